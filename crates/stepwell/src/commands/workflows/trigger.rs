//! `stepwell workflows trigger`

use super::done;
use crate::arguments::TriggerArguments;
use crate::commands::place::{About, connect, explain};
use serde_json::Value;

pub(super) fn run(arguments: &TriggerArguments) -> anyhow::Result<()> {
    let name = arguments.workflow.name.as_str();
    let params = arguments
        .params
        .as_deref()
        .filter(|text| !text.is_empty())
        .map(|text| parsed(text, "PARAMS"))
        .transpose()?;
    let api = connect(&arguments.workflow.place)?;
    let answer = api
        .create(name, arguments.id.as_deref(), params.as_ref())
        .map_err(|error| explain(&error, &api, About::Workflow))?;
    let id = answer.result["id"].as_str().unwrap_or_default();
    let what = if api.is_local() { "triggered" } else { "queued" };
    let sentence = format!("🚀 Workflow instance \"{id}\" has been {what} successfully");
    done(arguments.workflow.output.json, &answer.result, &sentence);
    Ok(())
}

/// JSON that was typed.
pub(super) fn parsed(text: &str, what: &str) -> anyhow::Result<Value> {
    serde_json::from_str(text).map_err(|error| {
        anyhow::anyhow!("{what} is not JSON: {error}\nhint: quote it for the shell, a string too: '{{\"a\": 1}}', '\"text\"'")
    })
}
