//! `stepwell workflows`: as `wrangler workflows`, and a little more.

mod delete;
mod describe;
mod follow_latest;
mod instances;
mod labels;
mod list;
mod trigger;
mod versions;

use crate::arguments::{VersionsCommand, WorkflowsCommand};
use crate::printer::{self, Printer};
use std::process::ExitCode;

pub(super) use instances::id_of;
pub(super) use labels::{fields, status_label, time_cell, time_text};

/// Does what was typed.
pub(crate) fn run(command: &WorkflowsCommand, printer: &Printer) -> anyhow::Result<ExitCode> {
    match command {
        WorkflowsCommand::List(arguments) => list::run(arguments, printer),
        WorkflowsCommand::Describe(arguments) => describe::run(arguments),
        WorkflowsCommand::Trigger(arguments) => trigger::run(arguments),
        WorkflowsCommand::FollowLatest(arguments) => follow_latest::run(arguments),
        WorkflowsCommand::Delete(arguments) => delete::run(arguments),
        WorkflowsCommand::Versions(VersionsCommand::List(arguments)) => versions::list(arguments, printer),
        WorkflowsCommand::Instances(command) => instances::run(command, printer),
    }?;
    Ok(ExitCode::SUCCESS)
}

/// JSON as it is printed: for people too.
fn json(value: &serde_json::Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// Prints the result as JSON, or a sentence about it.
fn done(as_json: bool, result: &serde_json::Value, sentence: &str) {
    if as_json {
        printer::data(&json(result));
    } else {
        printer::data(sentence);
    }
}
