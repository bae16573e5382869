//! What becomes of a Worker's Durable Objects: which code has them, and which files move.

use super::script::Ground;
use std::path::PathBuf;
use stepwell_control::model::{Namespace, ObjectMove};
use stepwell_control::{WorkerState, WorkerVersion};
use stepwell_runtime::FileOperation;
use stepwell_runtime::ObjectClass;

/// The live version whose code the objects run on: that with the greatest share, of several the newest.
pub(super) fn code_of(worker: &WorkerState) -> Option<&WorkerVersion> {
    let live = worker.shares.iter().filter_map(|share| {
        let version = worker.version(&share.version_id)?;
        Some((share.percentage, version))
    });
    let greatest =
        live.max_by(|(one, a), (other, b)| one.total_cmp(other).then(a.facts.number.cmp(&b.facts.number)));
    greatest.map(|(_, version)| &**version)
}

/// The namespaces as the runtime knows them.
pub(super) fn classes(namespaces: &[Namespace]) -> Vec<ObjectClass> {
    namespaces.iter().map(class).collect()
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
