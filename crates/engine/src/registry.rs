//! The Workflows that can be asked for, with every version that can run.

use crate::runtime::Runtime;
use parking_lot::RwLock;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use stepwell_core::ids::WorkflowId;

/// A Workflow of a script that has one version only, as `stepwell dev` has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// What operations ask for it by; unique in the engine.
    pub key: Arc<str>,
    /// `event.workflowName`, and its name in log lines.
    pub name: Arc<str>,
    /// The exported class.
    pub class_name: Arc<str>,
    /// Most `do` steps of an instance (`limits.steps`).
    pub step_limit: u32,
    /// Most instances that run at once (`concurrency.limit`).
    pub concurrency_limit: Option<usize>,
    /// Its version.
    pub version: u32,
}

/// A Workflow with all its versions that can run.
#[derive(Clone)]
pub struct Published {
    /// What operations ask for it by; unique in the engine.
    pub key: Arc<str>,
    /// `event.workflowName`, and its name in log lines.
    pub name: Arc<str>,
    /// Its versions, in any order. Without any it can be looked at, and its instances wait.
    pub versions: Vec<Version>,
    /// Which versions new instances start on; the newest if this names none of `versions`.
    pub shares: Vec<Share>,
    /// Instances go on in a version that is live (in `shares`), whichever they started on.
    pub follows_latest: bool,
}

/// One version of a Workflow, ready to run.
#[derive(Clone)]
pub struct Version {
    /// From 1; a newer version has a higher one.
    pub number: u32,
    /// The exported class.
    pub class_name: Arc<str>,
    /// Most `do` steps of an instance (`limits.steps`).
    pub step_limit: u32,
    /// Most instances of the Workflow, whatever their version, that run at once; that of the current version counts.
    ///
    /// The current version is the live one with the greatest share, of several the newest.
    pub concurrency_limit: Option<usize>,
    /// Where its code is.
    pub runtime: Arc<dyn Runtime>,
}

/// A part of the new instances.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// The version they start on.
    pub version: u32,
    /// How large the part is, in relation to the others.
    pub percentage: f64,
}

impl Published {
    /// Instances all go on in this one version.
    pub(crate) fn alone(definition: Definition, runtime: Arc<dyn Runtime>) -> Self {
        Self {
            key: definition.key,
            name: definition.name,
            versions: vec![Version {
                number: definition.version,
                class_name: definition.class_name,
                step_limit: definition.step_limit,
                concurrency_limit: definition.concurrency_limit,
                runtime,
            }],
            shares: Vec::new(),
            follows_latest: true,
        }
    }
}

/// A Workflow that can be asked for.
pub(crate) struct Live {
    pub(crate) key: Arc<str>,
    pub(crate) name: Arc<str>,
    /// The Worker that defines it.
    pub(crate) script: Arc<str>,
    versions: BTreeMap<u32, Arc<Version>>,
    shares: Vec<Share>,
    follows_latest: bool,
}

impl Live {
    pub(crate) fn new(script: Arc<str>, published: Published) -> Self {
        let versions = published.versions.into_iter();
        let versions: BTreeMap<_, _> = versions
            .map(|version| (version.number, Arc::new(version)))
            .collect();
        let mut shares = published.shares;
        shares.retain(|share| versions.contains_key(&share.version) && share.percentage > 0.0);
        Self {
            key: published.key,
            name: published.name,
            script,
            versions,
            shares,
            follows_latest: published.follows_latest,
        }
    }

    /// The version that an instance of version `number` runs on; `None` if that is not published.
    pub(crate) fn version_for(&self, number: u32) -> Option<&Arc<Version>> {
        let is_live = || self.shares.iter().any(|share| share.version == number);
        if self.follows_latest && !is_live() {
            return self.current();
        }
        self.versions.get(&number)
    }

    /// The live version with the greatest share, of several the newest: after a rollback, not the newest there is.
    pub(crate) fn current(&self) -> Option<&Arc<Version>> {
        let order = |a: &&Share, b: &&Share| {
            let by_share = a.percentage.total_cmp(&b.percentage);
            by_share.then(a.version.cmp(&b.version))
        };
        match self.shares.iter().max_by(order) {
            Some(share) => self.versions.get(&share.version),
            None => self.newest(),
        }
    }

    /// The newest version.
    fn newest(&self) -> Option<&Arc<Version>> {
        self.versions.last_key_value().map(|(_, version)| version)
    }

    /// Whether this version can run.
    pub(crate) fn has(&self, number: u32) -> bool {
        self.versions.contains_key(&number)
    }

    /// The version that a new instance starts on, by a random number; `None` if there is none.
    pub(crate) fn pick(&self, random: u64) -> Option<u32> {
        let newest = self.newest()?.number;
        let total: f64 = self.shares.iter().map(|share| share.percentage).sum();
        let mut rest = random as f64 / u64::MAX as f64 * total;
        for share in &self.shares {
            if rest < share.percentage {
                return Some(share.version);
            }
            rest -= share.percentage;
        }
        // No shares, or the last of them by a rounding error.
        Some(self.shares.last().map_or(newest, |share| share.version))
    }
}

/// A Workflow that another script defines.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) key: Arc<str>,
    pub(crate) script: Arc<str>,
}

#[derive(Default)]
struct Inner {
    by_key: HashMap<Arc<str>, WorkflowId>,
    by_id: HashMap<WorkflowId, Arc<Live>>,
    /// What the newest code of each script defines, live or not yet.
    claims: HashMap<Arc<str>, Vec<Arc<str>>>,
}

/// All Workflows, by key and by number.
#[derive(Default)]
pub(crate) struct Registry {
    inner: RwLock<Inner>,
}

impl Registry {
    /// Notes what the newest code of a script defines, instead of what it did before.
    pub(crate) fn claim(&self, script: &Arc<str>, keys: Vec<Arc<str>>) -> Result<(), Taken> {
        let mut inner = self.inner.write();
        for (other, claimed) in inner.claims.iter().filter(|(other, _)| *other != script) {
            if let Some(key) = claimed.iter().find(|claimed| keys.contains(claimed)) {
                return Err(Taken {
                    key: key.clone(),
                    script: other.clone(),
                });
            }
        }
        inner.claims.insert(script.clone(), keys);
        Ok(())
    }

    /// Forgets what a script defines.
    pub(crate) fn unclaim(&self, script: &str) {
        self.inner.write().claims.remove(script);
    }

    /// Replaces the live Workflows of a script; one that another script had is this one's from now on. `then` is told the
    /// concurrency limits of all Workflows before anybody else replaces any.
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
        let by_key = inner.by_id.iter();
        inner.by_key = by_key.map(|(id, live)| (live.key.clone(), *id)).collect();
        let limited = inner.by_id.iter();
        then(
            limited
                .filter_map(|(id, live)| Some((*id, live.current()?.concurrency_limit?)))
                .collect(),
        )
    }

    /// Takes away one Workflow.
    pub(crate) fn remove(&self, key: &str) {
        let mut inner = self.inner.write();
        if let Some(id) = inner.by_key.remove(key) {
            inner.by_id.remove(&id);
        }
    }

    pub(crate) fn id(&self, key: &str) -> Option<WorkflowId> {
        self.inner.read().by_key.get(key).copied()
    }

    /// The numbers of all Workflows that are defined.
    pub(crate) fn ids(&self) -> Vec<WorkflowId> {
        self.inner.read().by_id.keys().copied().collect()
    }

    /// Those that are defined, by key.
    pub(crate) fn all(&self) -> Vec<(WorkflowId, Arc<Live>)> {
        let inner = self.inner.read();
        let mut all: Vec<_> = inner.by_id.iter().map(|(id, live)| (*id, live.clone())).collect();
        all.sort_by(|(_, a), (_, b)| a.key.cmp(&b.key));
        all
    }

    pub(crate) fn get(&self, id: WorkflowId) -> Option<Arc<Live>> {
        self.inner.read().by_id.get(&id).cloned()
    }

    /// What an instance of this version runs on, with its Workflow; `None` as long as that is not published.
    pub(crate) fn version_for(&self, id: WorkflowId, number: u32) -> Option<(Arc<Live>, Arc<Version>)> {
        let live = self.get(id)?;
        let version = live.version_for(number)?.clone();
        Some((live, version))
    }
}
