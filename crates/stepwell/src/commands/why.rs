//! `stepwell why`: why an instance is not moving, since when, until when, and what would help.

use super::place::{About, connect, explain};
use super::workflows::{fields, id_of, status_label, time_text};
use crate::arguments::InstanceArguments;
use crate::printer::{self, moment};
use std::process::ExitCode;
use stepwell_client::types::Reason;

pub(crate) fn run(arguments: &InstanceArguments) -> anyhow::Result<ExitCode> {
    let workflow = arguments.name.as_str();
    let api = connect(&arguments.place)?;
    let id = id_of(&api, workflow, &arguments.id)?;
    let answer = api
        .reason(workflow, &id)
        .map_err(|error| explain(&error, &api, About::Instance(workflow, &id)))?;
    if arguments.output.json {
        printer::data(&serde_json::to_string_pretty(&answer.result)?);
        return Ok(ExitCode::SUCCESS);
    }
    let reason: Reason = answer.read()?;
    let now_ms = moment::now_ms();
    let time = |time: &Option<String>| time_text(time.as_deref(), now_ms);
    printer::data(&fields(&[
        ("Instance", Some(format!("{workflow}/{id}"))),
        ("Status", Some(status_label(&reason.status).to_owned())),
        ("Reason", Some(reason.text.clone())),
        ("Since", time(&reason.since)),
        ("Until", time(&reason.until)),
        ("To resolve", reason.command.clone()),
    ]));
    Ok(ExitCode::SUCCESS)
}
