//! The Workflows that the deployed code defines.

use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::Arc;
use stepwell_core::ids::WorkflowId;

/// One Workflow as the live code defines it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// Its name.
    pub name: Arc<str>,
    /// The exported class.
    pub class_name: Arc<str>,
    /// Most `do` steps of an instance (`limits.steps`).
    pub step_limit: u32,
    /// Most instances that run at once (`concurrency.limit`).
    pub concurrency_limit: Option<usize>,
    /// The version of the script that defines it.
    pub version: u32,
}

#[derive(Debug, Default)]
struct Inner {
    by_name: HashMap<Arc<str>, WorkflowId>,
    by_id: HashMap<WorkflowId, Arc<Definition>>,
}

/// All Workflows, by name and by number.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    inner: RwLock<Inner>,
}

impl Registry {
    /// Replaces the definitions.
    pub(crate) fn set(&self, definitions: Vec<(WorkflowId, Definition)>) {
        let mut inner = Inner::default();
        for (id, definition) in definitions {
            inner.by_name.insert(definition.name.clone(), id);
            inner.by_id.insert(id, Arc::new(definition));
        }
        *self.inner.write() = inner;
    }

    pub(crate) fn id(&self, name: &str) -> Option<WorkflowId> {
        self.inner.read().by_name.get(name).copied()
    }

    /// The numbers of all Workflows that are defined.
    pub(crate) fn ids(&self) -> Vec<WorkflowId> {
        self.inner.read().by_id.keys().copied().collect()
    }

    pub(crate) fn get(&self, id: WorkflowId) -> Option<Arc<Definition>> {
        self.inner.read().by_id.get(&id).cloned()
    }
}
