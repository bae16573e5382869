//! Leaves out what has no steps in it.

use crate::graph::{BreakKind, Function, Kind, Node};
use std::collections::{BTreeMap, BTreeSet};

/// Takes out the functions without steps, the calls of them, and every loop, branch and block that then has nothing to
/// show.
pub(crate) fn prune(nodes: &mut Vec<Node>, functions: &mut BTreeMap<String, Function>) {
    let stepping = stepping(functions);
    functions.retain(|name, _| stepping.contains(name.as_str()));
    let names: BTreeSet<String> = stepping.iter().map(|name| (*name).clone()).collect();
    body(nodes, &names);
    for function in functions.values_mut() {
        body(&mut function.nodes, &names);
    }
}

/// The functions that lead to a step.
fn stepping(functions: &BTreeMap<String, Function>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    loop {
        let before = found.len();
        for (name, function) in functions {
            if has_step(&function.nodes, &found) {
                found.insert(name.clone());
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

fn has_step(nodes: &[Node], stepping: &BTreeSet<String>) -> bool {
    nodes.iter().any(|node| match &node.kind {
        Kind::StepDo { .. }
        | Kind::StepSleep { .. }
        | Kind::StepSleepUntil { .. }
        | Kind::StepWaitForEvent { .. } => true,
        Kind::FunctionCall { name } => stepping.contains(name),
        _ => node.lists().iter().any(|nodes| has_step(nodes, stepping)),
    })
}

/// Of a function, or of a step's callback.
fn body(nodes: &mut Vec<Node>, stepping: &BTreeSet<String>) {
    if !has_step(nodes, stepping) {
        nodes.clear();
        return;
    }
    list(nodes, stepping);
    // The last line ends the function anyway.
    let last = nodes.last().map(|node| &node.kind);
    if matches!(
        last,
        Some(Kind::Break {
            kind: BreakKind::Return
        })
    ) {
        nodes.pop();
    }
}

fn list(nodes: &mut Vec<Node>, stepping: &BTreeSet<String>) {
    for node in nodes.iter_mut() {
        let is_step = matches!(node.kind, Kind::StepDo { .. });
        for inner in node.lists_mut() {
            if is_step {
                body(inner, stepping);
            } else {
                list(inner, stepping);
            }
        }
    }
    nodes.retain(|node| match &node.kind {
        Kind::FunctionCall { name } => stepping.contains(name),
        Kind::StepDo { .. }
        | Kind::StepSleep { .. }
        | Kind::StepSleepUntil { .. }
        | Kind::StepWaitForEvent { .. }
        | Kind::Break { .. } => true,
        // Where the way may end early, that is worth a branch.
        Kind::If { branches } | Kind::Switch { branches, .. } => {
            branches.iter().any(|branch| !branch.nodes.is_empty())
        }
        _ => node.lists().iter().any(|nodes| has_step(nodes, stepping)),
    });
}
