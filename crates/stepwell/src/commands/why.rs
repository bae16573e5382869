//! `stepwell why`: why an instance is not moving, since when, until when, and what would help.

use super::place::{About, connect, explain};
use super::workflows::{fields, id_of, status_label, time_text};
use crate::arguments::InstanceArguments;
use crate::printer::{self, moment};
use serde_json::json;
use std::process::ExitCode;
use stepwell_client::Api;
use stepwell_client::types::{Failure, Instance, Reason};

pub(crate) fn run(arguments: &InstanceArguments) -> anyhow::Result<ExitCode> {
    let workflow = arguments.name.as_str();
    let api = connect(&arguments.place)?;
    let id = id_of(&api, workflow, &arguments.id)?;
    let answer = api
        .reason(workflow, &id)
        .map_err(|error| explain(&error, &api, About::Instance(workflow, &id)))?;
    let mut whole = answer.result.clone();
    let reason: Reason = answer.read()?;
    let failed = if reason.status == "errored" {
        Some(failure(&api, workflow, &id)?)
    } else {
        None
    };
    if arguments.output.json {
        if let Some(Failed { error, step }) = &failed {
            whole["error"] = json!(
                error
                    .as_ref()
                    .map(|error| json!({ "name": error.name, "message": error.message }))
            );
            whole["failed_step"] = json!(
                step.as_ref()
                    .map(|(name, attempts)| json!({ "name": name, "attempts": attempts }))
            );
        }
        printer::data(&serde_json::to_string_pretty(&whole)?);
        return Ok(ExitCode::SUCCESS);
    }
    let now_ms = moment::now_ms();
    let time = |time: &Option<String>| time_text(time.as_deref(), now_ms);
    let (error, step) = failed
        .map(|failed| (failed.error, failed.step))
        .unwrap_or_default();
    let step = step.map(|(name, attempts)| {
        let plural = if attempts == 1 { "" } else { "s" };
        format!("{name}, after {attempts} attempt{plural}")
    });
    printer::data(&fields(&[
        ("Instance", Some(format!("{workflow}/{id}"))),
        ("Status", Some(status_label(&reason.status).to_owned())),
        ("Reason", Some(reason.text.clone())),
        ("Error", error.map(|error| error.to_string())),
        ("Failed step", step),
        ("Since", time(&reason.since)),
        ("Until", time(&reason.until)),
        ("To resolve", reason.command.clone()),
    ]));
    Ok(ExitCode::SUCCESS)
}

/// Why an instance ended errored.
struct Failed {
    error: Option<Failure>,
    /// The step that failed last, and how often it was tried; none if `run()` threw by itself.
    step: Option<(String, usize)>,
}

fn failure(api: &Api, workflow: &str, id: &str) -> anyhow::Result<Failed> {
    let answer = api
        .instance(workflow, id)
        .map_err(|error| explain(&error, api, About::Instance(workflow, id)))?;
    let instance: Instance = answer.read()?;
    let failed = instance
        .steps
        .iter()
        .rev()
        .find(|step| step.success == Some(false));
    let step = failed.and_then(|step| Some((step.name.clone()?, step.attempts.len())));
    Ok(Failed {
        error: instance.error,
        step,
    })
}
