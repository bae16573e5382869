//! What names a step: its kind, its name and how many of that kind and name came before it (spec 2.2).

use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// The kinds of step that have a counter of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StepKind {
    /// `step.do`
    Do,
    /// `step.sleep` and `step.sleepUntil`
    Sleep,
    /// `step.waitForEvent`
    WaitForEvent,
}

/// Identity of a step inside one instance: the `count`-th step (from 1) of this kind with this name.
///
/// Sleeps are keyed by name and count, not by duration, so that an edited duration or `sleepUntil` finds its
/// deadline again (spec 2.2).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StepKey {
    /// Which method was called.
    pub kind: StepKind,
    /// The name as the user gave it.
    pub name: Arc<str>,
    /// From 1, in program order of the run.
    pub count: u32,
}

impl StepKey {
    /// A key of any kind.
    pub fn new(kind: StepKind, name: impl Into<Arc<str>>, count: u32) -> Self {
        Self {
            kind,
            name: name.into(),
            count,
        }
    }
}

/// `name-count`, as people see it everywhere (spec 2.2).
impl fmt::Display for StepKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.name, self.count)
    }
}
