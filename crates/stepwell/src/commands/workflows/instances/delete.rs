//! `stepwell workflows instances delete`

use super::super::json;
use crate::arguments::DeleteArguments;
use crate::commands::place::{About, connect, explain};
use crate::printer;
use anyhow::Context as _;
use serde_json::Value;
use std::path::Path;

/// What one request may name.
const IDS_MAX: usize = 100;

pub(super) fn run(arguments: &DeleteArguments) -> anyhow::Result<()> {
    let name = arguments.workflow.name.as_str();
    let ids = match &arguments.filename {
        Some(file) => read(file)?,
        None => arguments.ids.clone(),
    };
    if ids.is_empty() {
        anyhow::bail!(
            "no instance is named\nhint: stepwell workflows instances delete {name} ID…, or --filename FILE"
        );
    }
    if ids.len() > IDS_MAX {
        anyhow::bail!(
            "at most {IDS_MAX} instances can be deleted at once, {} are named",
            ids.len()
        );
    }
    let api = connect(&arguments.workflow.place)?;
    let ids = ids
        .iter()
        .map(|id| super::id_of(&api, name, id))
        .collect::<anyhow::Result<Vec<String>>>()?;
    let answer = api
        .delete_instances(name, &ids)
        .map_err(|error| explain(&error, &api, About::Workflow))?;
    let list = |field: &str| answer.result[field].as_array().cloned().unwrap_or_default();
    let (deleted, errors) = (list("deleted"), list("errors"));
    if arguments.workflow.output.json {
        printer::data(&json(&answer.result));
    } else if !deleted.is_empty() {
        let quoted: Vec<String> = deleted
            .iter()
            .map(|one| format!("\"{}\"", text(one, "id")))
            .collect();
        printer::data(&format!(
            "🗑️  Deleted workflow instances from \"{name}\": {}",
            quoted.join(", ")
        ));
    }
    if errors.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = errors
        .iter()
        .map(|error| format!("  - {}: {}", text(error, "id"), text(error, "message")))
        .collect();
    anyhow::bail!(
        "Failed to delete {} workflow instance(s):\n{}",
        errors.len(),
        lines.join("\n")
    )
}

fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object[field].as_str().unwrap_or_default()
}

fn read(file: &Path) -> anyhow::Result<Vec<String>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    serde_json::from_str(&text).map_err(|error| {
        anyhow::anyhow!(
            "{} must be a JSON array of ids, such as [\"a\", \"b\"]: {error}",
            file.display()
        )
    })
}
