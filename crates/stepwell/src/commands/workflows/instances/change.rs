//! `pause`, `resume`, `terminate` and `restart`.

use super::super::done;
use super::Named;
use crate::arguments::{InstanceArguments, RestartArguments, TerminateArguments};
use clap::ValueEnum as _;
use serde_json::{Value, json};

pub(super) fn pause(arguments: &InstanceArguments) -> anyhow::Result<()> {
    change(arguments, &json!({ "status": "pause" }), "⏸️", "paused")
}

pub(super) fn resume(arguments: &InstanceArguments) -> anyhow::Result<()> {
    change(arguments, &json!({ "status": "resume" }), "🔄", "resumed")
}

pub(super) fn terminate(arguments: &TerminateArguments) -> anyhow::Result<()> {
    let body = if arguments.rollback {
        json!({ "status": "terminate", "rollback": true })
    } else {
        json!({ "status": "terminate" })
    };
    change(&arguments.instance, &body, "🥷", "terminated")
}

pub(super) fn restart(arguments: &RestartArguments) -> anyhow::Result<()> {
    let mut body = json!({ "status": "restart" });
    if let Some(name) = &arguments.from_step_name {
        let mut from = json!({ "name": name });
        if let Some(count) = arguments.from_step_count {
            from["count"] = json!(count);
        }
        if let Some(kind) = arguments.from_step_type.and_then(|kind| kind.to_possible_value()) {
            from["type"] = json!(kind.get_name());
        }
        body["from"] = from;
    }
    change(&arguments.instance, &body, "🥷", "restarted")
}

fn change(arguments: &InstanceArguments, body: &Value, sign: &str, what: &str) -> anyhow::Result<()> {
    let named = Named::by(arguments)?;
    let answer = named
        .api
        .change(named.workflow, &named.id, body)
        .map_err(|error| named.explain(&error))?;
    let sentence = format!(
        "{sign} The instance \"{}\" from {} was {what} successfully",
        named.id, named.workflow
    );
    done(arguments.output.json, &answer.result, &sentence);
    Ok(())
}
