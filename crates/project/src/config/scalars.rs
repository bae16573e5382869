//! Reads `vars`, `secrets`, `limits`, `triggers` and `version_metadata`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::cron;
use super::model::Limits;
use super::node::{Kind, Node};
use super::report::Report;

/// `vars`: texts stay texts, everything else is JSON.
pub(super) fn vars(root: &Node, report: &mut Report<'_>) -> BTreeMap<String, Value> {
    let Some(node) = root.get("vars") else {
        return BTreeMap::new();
    };
    let field = report.path("vars");
    not_a_table(node, &field, report);
    let mut vars = BTreeMap::new();
    for member in node.members() {
        let name = &member.name;
        if let Kind::Date(text) = &member.value.kind {
            report.error(member.value.at, format!("The field \"{field}.{name}\" is a TOML date, which is not supported. Please use a string instead, e.g. {name} = \"{text}\"."));
        }
        vars.insert(name.clone(), member.value.to_json());
    }
    vars
}

/// `secrets.required`: the only secrets that are taken from the files; `None` without `secrets`.
pub(super) fn required_secrets(root: &Node, report: &mut Report<'_>) -> Option<Vec<String>> {
    let node = root.get("secrets")?;
    let field = report.path("secrets");
    if not_a_table(node, &field, report) {
        return None;
    }
    report.unexpected(&field, node, &["required"]);
    let required = node
        .get("required")
        .map(|list| report.typed_texts(&format!("{field}.required"), list));
    Some(
        required
            .unwrap_or_default()
            .into_iter()
            .map(|(_, name)| name)
            .collect(),
    )
}

/// `version_metadata.binding`.
pub(super) fn version_metadata(root: &Node, report: &mut Report<'_>) -> Option<String> {
    let node = root.get("version_metadata")?;
    let field = report.path("version_metadata");
    if not_a_table(node, &field, report) {
        return None;
    }
    let binding = node.get("binding");
    if binding.and_then(Node::text).is_none() {
        let at = binding.map_or(node.at, |binding| binding.at);
        report.error(
            at,
            format!("\"{field}\": binding should have a string \"binding\" field."),
        );
    }
    Some(binding?.text()?.to_owned())
}

/// `limits` of the Worker.
pub(super) fn limits(root: &Node, report: &mut Report<'_>) -> Limits {
    let Some(node) = root.get("limits") else {
        return Limits::default();
    };
    if !node.is_table() {
        let found = node.stringify();
        report.error(
            node.at,
            format!("Expected \"limits\" to be of type object but got {found}."),
        );
        return Limits::default();
    }
    report.unexpected("limits", node, &["cpu_ms", "subrequests"]);
    let mut read = |key: &str| {
        let field = format!("limits.{key}");
        let number = report.optional_number(node, key, &field)?;
        let value = node.get(key)?;
        if value.positive().is_none() {
            report.error(
                value.at,
                format!("\"{field}\" field must be a positive integer but got {number}."),
            );
        }
        value.positive()
    };
    Limits {
        cpu_ms: read("cpu_ms"),
        subrequests: read("subrequests"),
    }
}

/// `triggers.crons`, each checked.
pub(super) fn crons(root: &Node, report: &mut Report<'_>) -> Option<Vec<String>> {
    let node = root.get("triggers").filter(|node| node.kind != Kind::Null)?;
    if !node.is_table() {
        let found = node.stringify();
        report.error(
            node.at,
            format!("Expected \"triggers\" to be of type object but got {found}."),
        );
        return None;
    }
    for key in ["crons", "events"] {
        if let Some(list) = node.get(key).filter(|list| !list.is_list()) {
            let found = node.stringify();
            report.error(
                list.at,
                format!("Expected \"triggers.{key}\" to be of type array, but got {found}."),
            );
        }
    }
    report.unexpected("triggers", node, &["crons", "events"]);
    if let Some(member) = node.member("events").filter(|member| !member.value.is_empty()) {
        report.warn_running(
            member.at,
            "`triggers.events` is not supported by Stepwell yet; no Workflow is started by them",
        );
    }
    let mut crons = Vec::new();
    for (index, entry) in node.get("crons")?.elements().iter().enumerate() {
        let field = format!("triggers.crons[{index}]");
        let Some(text) = entry.text() else {
            let found = entry.stringify();
            report.error(
                entry.at,
                format!("Expected \"{field}\" to be of type string but got {found}."),
            );
            continue;
        };
        if let Err(reason) = cron::check(text) {
            report.error(
                entry.at,
                format!("\"{field}\": {text:?} is not a valid cron expression: {reason}."),
            );
        }
        crons.push(text.to_owned());
    }
    Some(crons)
}

/// Whether `node` is no table, which is an error.
pub(super) fn not_a_table(node: &Node, field: &str, report: &mut Report<'_>) -> bool {
    if !node.is_table() {
        let found = node.stringify();
        report.error(
            node.at,
            format!("The field \"{field}\" should be an object but got {found}."),
        );
    }
    !node.is_table()
}
