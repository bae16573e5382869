//! Why an instance does not move: every one that has not ended has a reason, and since when.

use super::StepKind;
use super::history::History;
use crate::engine::{Engine, stopping, unreadable};
use crate::operations::{OperationError, Status};
use crate::shard::Message;
use std::sync::Arc;
use stepwell_core::failure::Failure;
use stepwell_core::ids::InstanceNumber;
use tokio::sync::oneshot;

/// What an instance waits for, or does. Times are Unix milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// Its status.
    pub status: Status,
    /// The version of its Workflow that it runs on.
    pub version: u32,
    /// When it was created, or last fell asleep, woke, was paused or ended.
    pub since_ms: i64,
    /// The reason.
    pub reason: Reason,
}

/// Why an instance is not moving.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It has ended.
    Ended,
    /// It is moving: user code runs.
    Running {
        /// When its run began.
        since_ms: i64,
        /// The attempts that run now; without any, code outside of steps runs.
        attempts: Vec<Running>,
        /// It runs in a process of its own, because it may have killed one.
        alone: bool,
    },
    /// It waits for all or any of these, the soonest first.
    Waiting {
        /// What for.
        waits: Vec<Wait>,
    },
    /// A pause was asked for, and comes when these attempts have ended.
    Pausing {
        /// The attempts that run now.
        attempts: Vec<Running>,
    },
    /// Somebody paused it.
    Paused,
    /// Others run.
    Queued {
        /// What is used up.
        limit: Limit,
        /// How many go before it.
        ahead: u64,
    },
    /// It has a slot, or will have as soon as what was decided about it is durable.
    Starting,
    /// Its version is not published: its Worker's version was taken away, or the Worker.
    NotPublished,
    /// No process could be started for it; the server tries again every second.
    NoProcess,
    /// The disk of the store is full.
    Full,
    /// The server is stopping, and starts nothing more.
    Stopping,
}

/// An attempt of a step that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// The step, with its count.
    pub step: String,
    /// From 1.
    pub attempt: u32,
    /// Since when.
    pub since_ms: i64,
}

/// Something that a step waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wait {
    /// A sleep.
    Sleep {
        /// The step, with its count.
        step: String,
        /// Until then.
        until_ms: i64,
    },
    /// A wait for an event.
    Event {
        /// The step, with its count.
        step: String,
        /// The event's type.
        event_type: Arc<str>,
        /// When the wait began.
        since_ms: i64,
        /// When it times out.
        until_ms: i64,
    },
    /// The next attempt of a step that failed.
    Retry {
        /// The step, with its count.
        step: String,
        /// The attempt that comes.
        attempt: u32,
        /// When.
        at_ms: i64,
        /// What the last attempt failed with.
        error: Option<Failure>,
    },
}

/// What an instance is queued behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Most instances that run at once, of all Workflows.
    Running(usize),
    /// Most instances of its Workflow that run at once (`concurrency.limit`).
    Workflow(usize),
    /// Most instances that run alone at once, because they may have killed a process.
    Quarantine(usize),
}

/// What a shard knows of it.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) number: InstanceNumber,
    pub(crate) status: Status,
    pub(crate) version: u32,
    pub(crate) reason: Reason,
}

impl Wait {
    /// When it is over at the latest.
    pub fn until_ms(&self) -> i64 {
        match self {
            Self::Sleep { until_ms, .. } | Self::Event { until_ms, .. } => *until_ms,
            Self::Retry { at_ms, .. } => *at_ms,
        }
    }
}

impl Engine {
    pub(super) async fn why(&self, workflow: &str, id: &str) -> Result<Why, OperationError> {
        let workflow = self.workflow_id(workflow)?;
        let shard = self.shard_of(workflow, id);
        let (answer, answered) = oneshot::channel();
        let id = id.into();
        self.shared.mailboxes[shard.0 as usize].send(Message::Why { workflow, id, answer });
        let mut known = answered.await.map_err(|_| stopping())??;
        let loaded = self.shared.store.load(shard, known.number).await;
        let loaded = loaded.map_err(|error| unreadable(&error))?;
        let loaded = loaded.ok_or(OperationError::NotFound)?;
        let since_ms = loaded.head.updated_ms;
        if let Reason::Waiting { waits } = &mut known.reason {
            add_errors(waits, &History::of(loaded.journal));
        }
        Ok(Why {
            status: known.status,
            version: known.version,
            since_ms,
            reason: known.reason,
        })
    }
}

/// What the last attempts failed with, only the journal knows.
fn add_errors(waits: &mut [Wait], history: &History) {
    for wait in waits {
        let Wait::Retry { step, error, .. } = wait else {
            continue;
        };
        let attempts = history.steps.iter().find_map(|known| match &known.detail.kind {
            StepKind::Do { attempts, .. } if known.detail.name == *step => Some(attempts),
            _ => None,
        });
        let failed = attempts.and_then(|attempts| attempts.iter().rev().find_map(|one| one.error.clone()));
        *error = failed;
    }
}
