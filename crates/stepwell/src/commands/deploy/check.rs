//! `--check`: whether the new code goes on with the instances that there are.

use crate::commands::place::{About, explain};
use crate::printer;
use anyhow::bail;
use serde_json::Value;
use stepwell_client::{Api, Form, Method};

/// Uploads a version that is not live and has the journals of all live instances replayed on it. Returns the version's id.
///
/// # Errors
/// What the server says; and if an instance would not go on as it began: nothing was switched then.
pub(super) fn check(api: &Api, script: &str, form: &Form, quiet: bool) -> anyhow::Result<String> {
    let path = ["workers", "scripts", script, "check"];
    let answer = api
        .upload(&Method::POST, &path, &[], form)
        .map_err(|error| explain(&error, api, About::Account))?;
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut objections = Vec::new();
    for workflow in list(&answer.result["workflows"]) {
        let name = text(&workflow["name"]);
        let diverging = list(&workflow["diverging"]);
        if !quiet {
            printer::data(&format!(
                "Checked {name}: {} of {} live instances go on with the new code",
                workflow["checked"].as_u64().unwrap_or(0) - diverging.len() as u64,
                workflow["checked"].as_u64().unwrap_or(0) + workflow["left_out"].as_u64().unwrap_or(0),
            ));
        }
        let objection = |one: &Value| format!("  {name} {}: {}", text(&one["id"]), text(&one["reason"]));
        objections.extend(diverging.iter().map(objection));
        if workflow["left_out"].as_u64().is_some_and(|left_out| left_out > 0) {
            objections.push(format!(
                "  {name}: there was no time for {} instances",
                workflow["left_out"]
            ));
        }
    }
    let version = text(&answer.result["version_id"]);
    if objections.is_empty() {
        return Ok(version);
    }
    bail!(
        "the new code would not go on with these instances:\n{}\nhint: nothing was switched; the version is uploaded as {version}. Instances stay on their version anyway, so `stepwell deploy` without --check harms none; those that are to move with `stepwell workflows instances migrate` need code that asks for the same steps",
        objections.join("\n")
    )
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
