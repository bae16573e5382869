//! What becomes of a Worker's Durable Objects: which code has them, and which files move.

use super::change::LiveVersion;
use super::script::Ground;
use std::path::PathBuf;
use stepwell_control::WorkerState;
use stepwell_control::model::{Namespace, ObjectMove};
use stepwell_runtime::{FileOperation, LiveObjects, ObjectClass};

/// The objects on the code of the live version with the greatest share, of several the newest.
pub(super) fn live(state: &WorkerState, shares: &[LiveVersion]) -> Option<LiveObjects> {
    let greatest = shares.iter().max_by(|one, other| {
        let by_share = one.percentage.total_cmp(&other.percentage);
        let number = |live: &LiveVersion| live.loaded.version.number();
        by_share.then(number(one).cmp(&number(other)))
    })?;
    if state.namespaces.is_empty() {
        return None;
    }
    Some(LiveObjects {
        version: greatest.loaded.version.clone(),
        classes: state.namespaces.iter().map(class).collect(),
    })
}

/// A namespace as the runtime knows it.
pub(super) fn class(namespace: &Namespace) -> ObjectClass {
    ObjectClass {
        class_name: namespace.class_name.clone(),
        unique_key: namespace.id.clone(),
        sqlite: namespace.sqlite,
    }
}

/// What is to be done with a namespace's files.
pub(super) fn operation(ground: &Ground, wanted: &ObjectMove) -> FileOperation {
    let place =
        |script: &str| -> PathBuf { ground.objects_of(&wanted.account, script).join(&wanted.namespace) };
    match &wanted.to {
        Some(to) => FileOperation::Move {
            from: place(&wanted.from),
            to: place(to),
        },
        None => FileOperation::Remove(place(&wanted.from)),
    }
}
