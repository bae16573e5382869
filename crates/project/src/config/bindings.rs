//! Finds the bindings that cannot be served, and checks that every name on `env` is given once.

use super::keys::{Shape, Treatment, treatment};
use super::model::{DurableObjectBinding, UnsupportedBinding, Workflow};
use super::node::{Member, Node};
use super::report::Report;

/// The bindings under the top-level key `member`, each with a warning.
pub(super) fn unsupported(member: &Member, shape: Shape, report: &mut Report<'_>) -> Vec<UnsupportedBinding> {
    let kind = member.name.as_str();
    let named = named(&member.value, shape);
    for (at, name) in &named {
        report.warn(*at, format!("`{kind}` is not supported by stepwell dev yet; env.{name} is a placeholder whose first use fails"));
    }
    match kind {
        "assets" => report.warn(
            member.at,
            "`assets` is not supported by stepwell dev yet; no files are served",
        ),
        "queues"
            if member
                .value
                .get("consumers")
                .is_some_and(|list| !list.elements().is_empty()) =>
        {
            let at = member
                .value
                .member("consumers")
                .map_or(member.at, |consumers| consumers.at);
            report.warn(
                at,
                "`queues.consumers` is not supported by stepwell dev yet; it is ignored",
            );
        }
        _ if named.is_empty() && !is_empty(&member.value) => {
            report.warn(
                member.at,
                format!("`{kind}` is not supported by stepwell dev yet; it is ignored"),
            );
        }
        _ => {}
    }
    let place = |at| report.place(at);
    named
        .into_iter()
        .map(|(at, name)| UnsupportedBinding {
            name,
            kind: kind.to_owned(),
            place: place(at),
        })
        .collect()
}

/// Workflows and Durable Objects of other Workers: also nothing that a single project can serve.
pub(super) fn foreign(
    workflows: &[Workflow],
    objects: &[DurableObjectBinding],
    report: &mut Report<'_>,
) -> Vec<UnsupportedBinding> {
    let workflows = workflows.iter().filter_map(|found| {
        Some((
            "workflows",
            &found.binding,
            found.script_name.as_ref()?,
            &found.place,
        ))
    });
    let objects = objects.iter().filter_map(|found| {
        Some((
            "durable_objects",
            &found.name,
            found.script_name.as_ref()?,
            &found.place,
        ))
    });
    let mut all = Vec::new();
    for (kind, name, script, place) in workflows.chain(objects) {
        let text = format!(
            "`{kind}` with the `script_name` of another Worker ({script}) is not supported by stepwell dev yet; env.{name} is a placeholder whose first use fails"
        );
        report.warnings.push(super::Warning {
            place: place.clone(),
            text,
        });
        all.push(UnsupportedBinding {
            name: name.clone(),
            kind: kind.to_owned(),
            place: place.clone(),
        });
    }
    all
}

/// Every name on `env` must be given once.
pub(super) fn check_unique(root: &Node, report: &mut Report<'_>) {
    let mut seen: Vec<(String, String, u32)> = Vec::new();
    for (at, name, key) in all_names(root) {
        let line = report.place(at).line;
        if let Some((_, other, first)) = seen.iter().find(|(other, ..)| *other == name) {
            let message = if *other == key {
                format!("{name} assigned to multiple {key} bindings (the first is on line {first}).")
            } else {
                format!("{name} assigned to {other} and {key} bindings (the first is on line {first}).")
            };
            report.error_with(
                at,
                message,
                "bindings must have unique names, so that each can be reached on env; rename one of them",
            );
        } else {
            seen.push((name, key, line));
        }
    }
}

fn all_names(root: &Node) -> Vec<(usize, String, String)> {
    let mut all = Vec::new();
    for member in root.members() {
        let names = match (member.name.as_str(), treatment(&member.name)) {
            ("vars", _) => named(&member.value, Shape::Names),
            ("workflows", _) => named(&member.value, Shape::ListOfBinding),
            ("durable_objects", _) => named(&member.value, Shape::Under("bindings", "name")),
            (_, Some(Treatment::Placeholder(shape))) => named(&member.value, shape),
            _ => Vec::new(),
        };
        all.extend(
            names
                .into_iter()
                .map(|(at, name)| (at, name, member.name.clone())),
        );
    }
    all
}

/// The names of the bindings that `value` lists, with the offsets of the names.
fn named(value: &Node, shape: Shape) -> Vec<(usize, String)> {
    let name = |entry: &Node, key: &str| {
        let name = entry.get(key)?;
        Some((name.at, name.text().filter(|name| !name.is_empty())?.to_owned()))
    };
    let list = |list: &Node, key: &str| {
        list.elements()
            .iter()
            .filter_map(|entry| name(entry, key))
            .collect()
    };
    match shape {
        Shape::ListOfBinding => list(value, "binding"),
        Shape::ListOfName => list(value, "name"),
        Shape::Single => name(value, "binding").into_iter().collect(),
        Shape::Names => value
            .members()
            .iter()
            .map(|member| (member.at, member.name.clone()))
            .collect(),
        Shape::Under(key, name) => value.get(key).map_or_else(Vec::new, |node| list(node, name)),
    }
}

fn is_empty(value: &Node) -> bool {
    value.members().is_empty() && value.elements().is_empty()
}
