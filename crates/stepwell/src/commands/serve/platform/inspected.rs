//! What an uploaded bundle is: what running it showed, and the graphs that reading it gives.

use std::collections::BTreeMap;
use std::sync::Arc;
use stepwell_control::{ExportKind, Inspected};
use stepwell_runtime as runtime;

/// In the control plane's terms.
pub(super) async fn of(found: runtime::Inspected, code: Arc<str>) -> Inspected {
    let named = found.exports.named.into_iter();
    let named: BTreeMap<String, ExportKind> = named.map(|(name, found)| (name, kind(found))).collect();
    let classes = named.iter().filter(|(_, kind)| **kind == ExportKind::Workflow);
    let classes: Vec<String> = classes.map(|(name, _)| name.clone()).collect();
    // Reading takes its time, and must not hold up what runs.
    let graphs = tokio::task::spawn_blocking(move || stepwell_graph::of_all(&code, &classes));
    Inspected {
        named,
        default_handlers: found.exports.default_handlers,
        startup_ms: found.startup_time_ms,
        graphs: graphs.await.unwrap_or_default(),
    }
}

fn kind(kind: runtime::ExportKind) -> ExportKind {
    match kind {
        runtime::ExportKind::Workflow => ExportKind::Workflow,
        runtime::ExportKind::DurableObject => ExportKind::DurableObject,
        runtime::ExportKind::Entrypoint => ExportKind::Entrypoint,
        runtime::ExportKind::Class => ExportKind::Class,
        runtime::ExportKind::Other => ExportKind::Other,
    }
}
