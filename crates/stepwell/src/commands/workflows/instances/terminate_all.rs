//! `stepwell workflows instances terminate-all`

use super::super::done;
use crate::arguments::TerminateAllArguments;
use crate::commands::place::{About, connect, explain};
use clap::ValueEnum as _;

pub(super) fn run(arguments: &TerminateAllArguments) -> anyhow::Result<()> {
    let name = arguments.workflow.name.as_str();
    let api = connect(&arguments.workflow.place)?;
    if api.is_local() {
        anyhow::bail!(
            "a local dev session has no jobs that terminate all instances\nhint: stepwell workflows delete {name} --local \
             removes its instances"
        );
    }
    let status = arguments.status.and_then(|status| status.to_possible_value());
    let status = status.as_ref().map(clap::builder::PossibleValue::get_name);
    let answer = api
        .terminate_all(name, status)
        .map_err(|error| explain(&error, &api, About::Workflow))?;
    let which = status
        .map(|status| format!("with status \"{status}\" "))
        .unwrap_or_default();
    let state = if answer.result["status"] == "ok" {
        "has been started"
    } else {
        "is already running"
    };
    let sentence = format!(
        "🥷 A job to terminate instances from Workflow \"{name}\" {which}{state}. It might take a few minutes to complete."
    );
    done(arguments.workflow.output.json, &answer.result, &sentence);
    Ok(())
}
