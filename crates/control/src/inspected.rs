//! What code exports, as running it shows.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// What the start of a bundle in a throwaway process showed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Inspected {
    /// Named exports with what they are.
    pub named: BTreeMap<String, ExportKind>,
    /// The handlers of the default export (`fetch`, `scheduled`, `queue`, …); `None` without a default export.
    pub default_handlers: Option<Vec<String>>,
    /// How long the start took, in milliseconds.
    pub startup_ms: u64,
    /// The graphs of its Workflow classes (spec 4.11), of those that could be read.
    #[serde(default)]
    pub graphs: BTreeMap<String, Json>,
}

/// What an export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportKind {
    /// A class that extends `WorkflowEntrypoint`.
    Workflow,
    /// A class that extends `DurableObject`.
    DurableObject,
    /// A class that extends `WorkerEntrypoint`.
    Entrypoint,
    /// A class or function that extends none of these.
    Class,
    /// Anything else.
    Other,
}

impl Inspected {
    /// Whether there is something that can be called: a default export, or a class.
    pub(crate) fn can_be_called(&self) -> bool {
        let class = |kind: &ExportKind| *kind != ExportKind::Other;
        self.default_handlers.is_some() || self.named.values().any(class)
    }

    /// Why the export is not of this kind, in words; `None` if it is.
    pub(crate) fn lacks(&self, class: &str, wanted: ExportKind) -> Option<String> {
        let base = match wanted {
            ExportKind::Workflow => "WorkflowEntrypoint",
            ExportKind::DurableObject => "DurableObject",
            _ => "WorkerEntrypoint",
        };
        match self.named.get(class) {
            Some(kind) if *kind == wanted => return None,
            // A class of objects may also extend nothing, as in old code.
            Some(ExportKind::Class) if wanted == ExportKind::DurableObject => return None,
            _ => {}
        }
        let others = self.named.iter().filter(|(_, kind)| **kind == wanted);
        let others: Vec<_> = others.map(|(name, _)| name.as_str()).collect();
        let why = if self.named.contains_key(class) {
            format!("the export of this name does not extend {base}")
        } else {
            "the code has no export of this name".to_owned()
        };
        Some(match others.as_slice() {
            [] => format!("{why}, and no exported class extends {base}"),
            some => format!("{why}; exported classes that extend {base}: {}", some.join(", ")),
        })
    }
}
