//! Checks the shape of `exports`; what it declares is not used yet.

use stepwell_core::names;

use super::node::{Member, Node};
use super::report::Report;
use super::workflows::NAME_RULE;

/// A state of a Durable Object class, with the keys that it needs and those that it may have.
struct State {
    name: &'static str,
    required: &'static [&'static str],
    allowed: &'static [&'static str],
}

const STATES: [State; 5] = [
    State {
        name: "created",
        required: &["storage"],
        allowed: &["type", "state", "storage", "container"],
    },
    State {
        name: "deleted",
        required: &[],
        allowed: &["type", "state"],
    },
    State {
        name: "renamed",
        required: &["renamed_to"],
        allowed: &["type", "state", "renamed_to"],
    },
    State {
        name: "transferred",
        required: &["transferred_to"],
        allowed: &["type", "state", "transferred_to"],
    },
    State {
        name: "expecting-transfer",
        required: &["storage", "transfer_from"],
        allowed: &["type", "state", "storage", "transfer_from", "container"],
    },
];

/// Checks `exports`; what is wrong goes to `report`.
pub(super) fn check(root: &Node, report: &mut Report<'_>) {
    let Some(node) = root.get("exports") else { return };
    if !node.is_table() {
        let found = node.stringify();
        report.error(
            node.at,
            format!(
                "The optional \"exports\" field should be an object keyed by class name, but got {found}"
            ),
        );
    }
    for member in node.members() {
        let name = &member.name;
        if !member.value.is_table() {
            let found = member.value.stringify();
            report.error(
                member.value.at,
                format!("\"exports.{name}\" should be an object but got {found}."),
            );
            continue;
        }
        match member.value.get("type").and_then(Node::text) {
            Some("durable-object") => durable_object(member, report),
            Some("worker") => {
                report.unexpected(&format!("exports.{name}"), &member.value, &["type", "cache"]);
            }
            Some("workflow") => workflow(member, report),
            _ => {
                let kind = member.value.get("type");
                let found = kind.map_or_else(|| "undefined".to_owned(), Node::stringify);
                report.error(
                    kind.map_or(member.value.at, |kind| kind.at),
                    format!("\"exports.{name}.type\" must be \"durable-object\", \"worker\", or \"workflow\", but got {found}."),
                );
            }
        }
    }
    let has_objects = node
        .members()
        .iter()
        .any(|member| member.value.get("type").and_then(Node::text) == Some("durable-object"));
    if let Some(migrations) = root
        .member("migrations")
        .filter(|member| has_objects && !member.value.is_empty())
    {
        report.error(migrations.at, "`migrations` and `exports` are mutually exclusive. Choose one or the other to declare your Durable Object lifecycle, but not both.");
    }
}

fn durable_object(member: &Member, report: &mut Report<'_>) {
    let (class, node) = (&member.name, &member.value);
    let written = node.get("state");
    let name = written.map_or(Some("created"), Node::text);
    let Some(state) = STATES.iter().find(|state| Some(state.name) == name) else {
        let at = written.map_or(node.at, |state| state.at);
        let found = written.map_or_else(String::new, Node::stringify);
        report.error(at, format!("\"exports.{class}.state\" must be one of \"created\", \"deleted\", \"renamed\", \"transferred\", or \"expecting-transfer\" but got {found}."));
        return;
    };
    for key in state.required {
        let value = node.get(key);
        let text = value.and_then(Node::text).unwrap_or_default();
        let (name, at) = (state.name, value.map_or(node.at, |value| value.at));
        if *key == "storage" && !["sqlite", "legacy-kv"].contains(&text) {
            let found = value.map_or_else(|| "undefined".to_owned(), Node::stringify);
            report.error(at, format!("\"exports.{class}.storage\" is required for state \"{name}\" and must be one of sqlite and legacy-kv, but got {found}"));
        } else if text.is_empty() {
            report.error(at, format!("\"exports.{class}.{key}\" is required for state \"{name}\" and must be a non-empty string."));
        }
    }
    for extra in node
        .members()
        .iter()
        .filter(|member| !state.allowed.contains(&member.name.as_str()))
    {
        let (key, name, allowed) = (&extra.name, state.name, state.allowed.join(", "));
        report.error_with(
            extra.at,
            format!("\"exports.{class}.{key}\" is forbidden on state \"{name}\"."),
            format!("Allowed properties are: {allowed}."),
        );
    }
}

fn workflow(member: &Member, report: &mut Report<'_>) {
    const KEYS: [&str; 7] = [
        "type",
        "name",
        "limits",
        "concurrency",
        "schedules",
        "default_retention",
        "jurisdiction",
    ];
    let (class, node) = (&member.name, &member.value);
    let field = format!("exports.{class}.name");
    match report.optional_text(node, "name", &field) {
        Some((at, name)) if names::check_workflow_name(name).is_err() => {
            report.error(at, format!("\"{field}\" is invalid. {NAME_RULE}"));
        }
        None if node.get("name").is_none() => {
            report.error(node.at, format!("\"{field}\" is a required field."));
        }
        _ => {}
    }
    report.unexpected(&format!("exports.{class}"), node, &KEYS);
}
