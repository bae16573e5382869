//! What a store gives back.

use serde::{Deserialize, Serialize};
use std::sync::Arc;
use stepwell_core::ids::{InstanceNumber, ShardId, WorkflowId};
use stepwell_core::journal::Entry;
use stepwell_core::value::Value;

/// The persisted phase of an instance: what recovery and listing need. `queued` and `running` are one phase here;
/// the owner overlays the live state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[repr(u8)]
pub enum Phase {
    /// Has work to do now: queued or running.
    Runnable = 0,
    /// Hibernates until a timer or an event.
    Waiting = 1,
    /// Paused.
    Paused = 2,
    /// Ended.
    Complete = 3,
    /// Ended.
    Errored = 4,
    /// Ended.
    Terminated = 5,
}

impl Phase {
    /// All phases, in the order of their numbers.
    pub const ALL: [Self; 6] = [
        Self::Runnable,
        Self::Waiting,
        Self::Paused,
        Self::Complete,
        Self::Errored,
        Self::Terminated,
    ];

    /// Those of instances that have not ended.
    pub const LIVE: [Self; 3] = [Self::Runnable, Self::Waiting, Self::Paused];

    /// The phase with this number; `None` if there is none. The numbers are part of the on-disk format.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// Whether the instance has ended.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Complete | Self::Errored | Self::Terminated)
    }
}

/// Who created an instance (spec 2.8: triggers).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[repr(u8)]
pub enum Trigger {
    /// REST.
    Api = 0,
    /// `env.MY_WORKFLOW.create`.
    Binding = 1,
    /// An event subscription.
    Event = 2,
    /// A schedule.
    Cron = 3,
}

impl Trigger {
    /// The trigger with this number; `None` if there is none. The numbers are part of the on-disk format.
    pub fn from_number(number: u8) -> Option<Self> {
        [Self::Api, Self::Binding, Self::Event, Self::Cron]
            .get(usize::from(number))
            .copied()
    }
}

/// An instance without its journal.
#[derive(Debug, Clone, PartialEq)]
pub struct InstanceHead {
    /// Its shard.
    pub shard: ShardId,
    /// Its number.
    pub number: InstanceNumber,
    /// Its Workflow.
    pub workflow: WorkflowId,
    /// Its id, unique in the Workflow.
    pub id: Arc<str>,
    /// The version of its Workflow that it runs on.
    pub version: u32,
    /// Its phase.
    pub phase: Phase,
    /// Creation time, Unix milliseconds.
    pub created_ms: i64,
    /// Last phase change, Unix milliseconds.
    pub updated_ms: i64,
    /// Who created it.
    pub trigger: Trigger,
    /// Options given at creation (retention and the like), JSON; `null` if none.
    pub options: serde_json::Value,
}

/// An instance that should run.
#[derive(Debug, Clone, PartialEq)]
pub struct Runnable {
    /// The head.
    pub head: InstanceHead,
    /// Whether its journal has entries: it has run before, and goes before new ones (spec 2.13).
    pub begun: bool,
}

/// One journal entry, without its value.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalRow {
    /// From 0, without gaps.
    pub seq: u32,
    /// The entry.
    pub entry: Entry,
    /// Length of its value in bytes, if it has one.
    pub value_bytes: Option<u64>,
}

/// An event that was accepted and that no wait has taken.
#[derive(Debug, Clone, PartialEq)]
pub struct BufferedEvent {
    /// From 1 in order of arrival, per instance, never reused.
    pub id: u64,
    /// Its type.
    pub event_type: Arc<str>,
    /// When it was accepted, Unix milliseconds.
    pub at_ms: i64,
}

/// An instance with its journal and events, without values.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The head.
    pub head: InstanceHead,
    /// All entries, in order.
    pub journal: Vec<JournalRow>,
    /// All buffered events, oldest first.
    pub events: Vec<BufferedEvent>,
}

/// A timer of an instance. `key` is the journal sequence number of the entry that started the wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TimerKey {
    /// When it is due, Unix milliseconds.
    pub due_ms: i64,
    /// Whose it is.
    pub instance: InstanceNumber,
    /// Which of that instance's.
    pub key: u32,
}

/// A message that a process without the shard's lease left for the owner.
#[derive(Debug, Clone, PartialEq)]
pub struct InboxMessage {
    /// Time-ordered number given by the sender.
    pub id: u64,
    /// The shard it is for.
    pub shard: ShardId,
    /// Who sent it; (source, source_id) is unique, so that a repeated send is stored once.
    pub source: u64,
    /// The sender's number for it.
    pub source_id: u64,
    /// JSON that the engine understands.
    pub body: serde_json::Value,
    /// A value that goes with it.
    pub value: Option<Value>,
}
