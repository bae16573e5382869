//! The Workflows that the deployed code defines.

use crate::runtime::Runtime;
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::Arc;
use stepwell_core::ids::WorkflowId;

/// One Workflow as the live code of a script defines it.
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

/// A Workflow that can run.
pub(crate) struct Live {
    pub(crate) definition: Definition,
    /// The Worker that defines it.
    pub(crate) script: Arc<str>,
    /// Where its code is.
    pub(crate) runtime: Arc<dyn Runtime>,
}

/// A Workflow that another script defines.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) name: Arc<str>,
    pub(crate) script: Arc<str>,
}

#[derive(Default)]
struct Inner {
    by_name: HashMap<Arc<str>, WorkflowId>,
    by_id: HashMap<WorkflowId, Arc<Live>>,
    /// What the newest code of each script defines, live or not yet.
    claims: HashMap<Arc<str>, Vec<Arc<str>>>,
}

/// All Workflows, by name and by number.
#[derive(Default)]
pub(crate) struct Registry {
    inner: RwLock<Inner>,
}

impl Registry {
    /// Notes what the newest code of a script defines, instead of what it did before.
    pub(crate) fn claim(&self, script: &Arc<str>, names: Vec<Arc<str>>) -> Result<(), Taken> {
        let mut inner = self.inner.write();
        for (other, claimed) in inner.claims.iter().filter(|(other, _)| *other != script) {
            if let Some(name) = claimed.iter().find(|claimed| names.contains(claimed)) {
                return Err(Taken {
                    name: name.clone(),
                    script: other.clone(),
                });
            }
        }
        inner.claims.insert(script.clone(), names);
        Ok(())
    }

    /// Forgets what a script defines.
    pub(crate) fn unclaim(&self, script: &str) {
        self.inner.write().claims.remove(script);
    }

    /// Replaces the live Workflows of a script. `then` is told the concurrency limits of all Workflows before anybody
    /// else replaces any.
    pub(crate) fn replace<R>(
        &self,
        script: &str,
        workflows: Vec<(WorkflowId, Live)>,
        then: impl FnOnce(HashMap<WorkflowId, usize>) -> R,
    ) -> R {
        let mut inner = self.inner.write();
        inner.by_id.retain(|_, live| &*live.script != script);
        for (id, live) in workflows {
            inner.by_id.insert(id, Arc::new(live));
        }
        let by_name = inner.by_id.iter();
        inner.by_name = by_name
            .map(|(id, live)| (live.definition.name.clone(), *id))
            .collect();
        let limited = inner.by_id.iter();
        then(
            limited
                .filter_map(|(id, live)| Some((*id, live.definition.concurrency_limit?)))
                .collect(),
        )
    }

    pub(crate) fn id(&self, name: &str) -> Option<WorkflowId> {
        self.inner.read().by_name.get(name).copied()
    }

    /// The numbers of all Workflows that are defined.
    pub(crate) fn ids(&self) -> Vec<WorkflowId> {
        self.inner.read().by_id.keys().copied().collect()
    }

    /// Those that can run, by name.
    pub(crate) fn all(&self) -> Vec<(WorkflowId, Arc<Live>)> {
        let inner = self.inner.read();
        let mut all: Vec<_> = inner.by_id.iter().map(|(id, live)| (*id, live.clone())).collect();
        all.sort_by(|(_, a), (_, b)| a.definition.name.cmp(&b.definition.name));
        all
    }

    pub(crate) fn get(&self, id: WorkflowId) -> Option<Arc<Live>> {
        self.inner.read().by_id.get(&id).cloned()
    }
}
