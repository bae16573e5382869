//! Reads `workflows`, with the rules and texts of wrangler (spec, workflows.md 3.1).

use stepwell_core::{duration, names};

use super::cron;
use super::model::{Retention, Workflow};
use super::names::is_identifier;
use super::node::Node;
use super::report::Report;

const KEYS: [&str; 9] = [
    "binding",
    "name",
    "class_name",
    "script_name",
    "limits",
    "concurrency",
    "schedules",
    "default_retention",
    "jurisdiction",
];

/// The settings that belong to the Worker that has the class.
const DEFINING_KEYS: [&str; 5] = [
    "limits",
    "concurrency",
    "schedules",
    "default_retention",
    "jurisdiction",
];

/// The most steps that an instance may have at Cloudflare.
const PRODUCTION_STEPS: u64 = 25_000;

/// The rule for the names of Workflows, in words.
pub(super) const NAME_RULE: &str = "Workflow names must be 1-64 characters long, start with a letter, number, or underscore, and may only contain letters, numbers, underscores, or hyphens.";

/// The Workflows under the top-level key; what is wrong goes to `report`.
pub(super) fn read(root: &Node, worker: &str, report: &mut Report<'_>) -> Vec<Workflow> {
    let Some(node) = root.get("workflows") else {
        return Vec::new();
    };
    if !node.is_list() {
        let (field, found) = (report.path("workflows"), node.stringify());
        report.error(
            node.at,
            format!("The field \"{field}\" should be an array but got {found}."),
        );
        return Vec::new();
    }
    let mut workflows: Vec<Workflow> = Vec::new();
    for (index, entry) in node.elements().iter().enumerate() {
        let field = format!("{}[{index}]", report.path("workflows"));
        let Some(workflow) = read_one(&field, entry, worker, report) else {
            continue;
        };
        if let Some(first) = workflows.iter().find(|other| other.name == workflow.name) {
            let at = entry.get("name").map_or(entry.at, |name| name.at);
            let (name, line) = (&workflow.name, first.place.line);
            report.error_with(
                at,
                format!("\"workflows\" bindings must have unique \"name\" values; duplicate(s) found: \"{name}\" (the first is on line {line})"),
                format!("give one of them another name, or bind \"{name}\" once and use env.{} in both places", first.binding),
            );
        }
        workflows.push(workflow);
    }
    workflows
}

fn read_one(field: &str, entry: &Node, worker: &str, report: &mut Report<'_>) -> Option<Workflow> {
    if !entry.is_table() {
        let found = entry.stringify();
        report.error(
            entry.at,
            format!("\"workflows\" bindings should be objects, but got {found}"),
        );
        return None;
    }
    let before = report.errors.len();
    let binding = required(field, entry, "binding", report);
    if let Some((at, binding)) = binding.as_ref().filter(|(_, binding)| !is_identifier(binding)) {
        report.error_with(
            *at,
            format!(
                "\"{field}\" binding \"binding\" field must be a JavaScript identifier but got {binding:?}."
            ),
            "it is the name on env: letters, digits, _ and $, not starting with a digit",
        );
    }
    let name = required(field, entry, "name", report);
    if let Some((at, _)) = name
        .as_ref()
        .filter(|(_, name)| names::check_workflow_name(name).is_err())
    {
        report.error(
            *at,
            format!("\"{field}\" binding \"name\" field is invalid. {NAME_RULE}"),
        );
    }
    let class_name = required(field, entry, "class_name", report);
    let script_name = script_name(field, entry, worker, report);
    let workflow = Workflow {
        schedules: schedules(field, entry, report),
        limits_steps: limit(field, entry, "limits", "steps", report),
        default_retention: retention(field, entry, report),
        concurrency_limit: limit(field, entry, "concurrency", "limit", report),
        jurisdiction: jurisdiction(field, entry, report),
        binding: binding.unwrap_or_default().1,
        name: name.unwrap_or_default().1,
        class_name: class_name.unwrap_or_default().1,
        script_name,
        place: report.place(entry.at),
        class_place: report.place(entry.get("class_name").unwrap_or(entry).at),
    };
    if let Some(script) = &workflow.script_name {
        for member in DEFINING_KEYS.iter().filter_map(|key| entry.member(key)) {
            let (name, key) = (&workflow.name, &member.name);
            report.error(member.at, format!("Workflow \"{name}\" has \"{key}\" configured but references external script \"{script}\". Configure {key} on the worker that defines the workflow."));
        }
    }
    warn_without_effect(field, entry, report);
    report.unexpected(field, entry, &KEYS);
    (report.errors.len() == before).then_some(workflow)
}

/// Keys that are read and checked and that nothing acts on yet: nothing is ignored in silence.
const WITHOUT_EFFECT: [(&str, &str); 3] = [
    ("schedules", "no instance is started by it"),
    ("default_retention", "finished instances are kept"),
    ("jurisdiction", "instances run on this machine"),
];

fn warn_without_effect(field: &str, entry: &Node, report: &mut Report<'_>) {
    for (key, consequence) in WITHOUT_EFFECT {
        if let Some(member) = entry.member(key) {
            report.warn_running(
                member.at,
                format!("`{field}.{key}` is not supported by Stepwell yet; {consequence}"),
            );
        }
    }
}

fn required(field: &str, entry: &Node, key: &str, report: &mut Report<'_>) -> Option<(usize, String)> {
    let value = entry.get(key);
    if let Some(text) = value.and_then(Node::text).filter(|text| !text.is_empty()) {
        return Some((value.map_or(entry.at, |value| value.at), text.to_owned()));
    }
    let at = value.map_or(entry.at, |value| value.at);
    let found = entry.stringify();
    report.error(
        at,
        format!("\"{field}\" bindings should have a string \"{key}\" field but got {found}."),
    );
    None
}

fn script_name(field: &str, entry: &Node, worker: &str, report: &mut Report<'_>) -> Option<String> {
    let value = entry.get("script_name")?;
    if let Some(script) = value.text() {
        // Its own name means its own class.
        return Some(script.to_owned()).filter(|script| script != worker && !script.is_empty());
    }
    let found = entry.stringify();
    report.error(
        value.at,
        format!(
            "\"{field}\" bindings should, optionally, have a string \"script_name\" field but got {found}."
        ),
    );
    None
}

fn schedules(field: &str, entry: &Node, report: &mut Report<'_>) -> Vec<String> {
    let Some(value) = entry.get("schedules") else {
        return Vec::new();
    };
    let mut list: Vec<(usize, String)> = Vec::new();
    let problem = if let Some(text) = value.text() {
        list.push((value.at, text.to_owned()));
        text.is_empty().then_some("must not be an empty string")
    } else if value.is_list() {
        let texts = value
            .elements()
            .iter()
            .filter_map(|node| Some((node.at, node.text()?.to_owned())));
        list.extend(texts);
        if value.elements().is_empty() {
            Some("must not be an empty array")
        } else if list.len() != value.elements().len() {
            Some("")
        } else {
            list.iter()
                .any(|(_, text)| text.is_empty())
                .then_some("must not contain empty strings")
        }
    } else {
        Some("")
    };
    match problem {
        Some("") => {
            let found = entry.stringify();
            report.error(value.at, format!("\"{field}\" bindings should, optionally, have a string or array of strings \"schedules\" field but got {found}."));
        }
        Some(problem) => report.error(
            value.at,
            format!("\"{field}\" bindings \"schedules\" field {problem}."),
        ),
        None => {
            for (at, text) in &list {
                if let Err(reason) = cron::check(text) {
                    report.error_with(
                        *at,
                        format!("\"{field}\" bindings \"schedules\" field: {text:?} is not a valid cron expression: {reason}."),
                        "for example \"*/15 * * * *\" (every 15 minutes) or \"0 3 * * MON\" (Mondays at three, UTC)",
                    );
                }
            }
        }
    }
    list.into_iter().map(|(_, text)| text).collect()
}

/// `limits.steps` or `concurrency.limit`: a table with one positive integer.
fn limit(field: &str, entry: &Node, table: &str, key: &str, report: &mut Report<'_>) -> Option<u32> {
    let node = object(field, entry, table, report)?;
    report.unexpected(&format!("{field}.{table}"), node, &[key]);
    let value = node.get(key)?;
    let Some(number) = value.positive() else {
        let found = value.stringify();
        report.error(
            value.at,
            format!(
                "\"{field}\" bindings \"{table}.{key}\" field must be a positive integer but got {found}."
            ),
        );
        return None;
    };
    if key == "steps" && number > PRODUCTION_STEPS {
        report.warn(value.at, format!("\"{field}\" has a step limit of {number}, which exceeds the production maximum of 25,000. This configuration may not work when deployed."));
    }
    Some(u32::try_from(number).unwrap_or(u32::MAX))
}

fn retention(field: &str, entry: &Node, report: &mut Report<'_>) -> Retention {
    let Some(node) = object(field, entry, "default_retention", report) else {
        return Retention::default();
    };
    report.unexpected(
        &format!("{field}.default_retention"),
        node,
        &["success_retention", "error_retention"],
    );
    let mut read = |key: &str| {
        let value = node.get(key)?;
        let parsed = match value.text() {
            Some(text) => duration::parse_str(text).ok().filter(|duration| *duration > 0),
            None => value.positive(),
        };
        if parsed.is_none() {
            let found = value.stringify();
            report.error(value.at, format!("\"{field}\" bindings \"default_retention.{key}\" field must be a positive integer of milliseconds or a duration string such as \"3 days\", but got {found}."));
        }
        parsed
    };
    Retention {
        success_ms: read("success_retention"),
        error_ms: read("error_retention"),
    }
}

fn jurisdiction(field: &str, entry: &Node, report: &mut Report<'_>) -> Option<String> {
    let value = entry.get("jurisdiction")?;
    if let Some(text) = value.text().filter(|text| ["eu", "fedramp", "us"].contains(text)) {
        return Some(text.to_owned());
    }
    let found = value.stringify();
    report.error(value.at, format!("\"{field}\" bindings \"jurisdiction\" field must be one of \"eu\", \"fedramp\", or \"us\", but got {found}."));
    None
}

fn object<'a>(field: &str, entry: &'a Node, key: &str, report: &mut Report<'_>) -> Option<&'a Node> {
    let node = entry.get(key)?;
    if !node.is_table() {
        let found = entry.stringify();
        report.error(
            node.at,
            format!(
                "\"{field}\" bindings should, optionally, have an object \"{key}\" field but got {found}."
            ),
        );
        return None;
    }
    Some(node)
}
