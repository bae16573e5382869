//! What an owner writes: batches of effects, fenced by epoch and sequence.

use crate::rows::{Phase, TimerKey, Trigger};
use std::sync::Arc;
use stepwell_core::ids::{InstanceNumber, ShardId, WorkflowId};
use stepwell_core::journal::Entry;
use stepwell_core::value::Value;

/// The right to write to a shard until somebody else gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// The shard.
    pub shard: ShardId,
    /// Fencing token: one more at each acquisition, never reused.
    pub epoch: u64,
    /// Batches committed so far; the next batch must expect this.
    pub seq: u64,
}

/// All effects of one shard in one group commit: applied whole and durable, or not at all.
#[derive(Debug, Clone, PartialEq)]
pub struct ShardBatch {
    /// The shard.
    pub shard: ShardId,
    /// The lease's epoch.
    pub epoch: u64,
    /// Batches committed before this one.
    pub expected: u64,
    /// Applied in order.
    pub ops: Vec<Op>,
}

/// An instance to be created.
#[derive(Debug, Clone, PartialEq)]
pub struct NewInstance {
    /// Its number, unique in the store.
    pub number: InstanceNumber,
    /// Its Workflow.
    pub workflow: WorkflowId,
    /// Its id, unique in the Workflow.
    pub id: Arc<str>,
    /// The version of its Workflow that it starts on.
    pub version: u32,
    /// Unix milliseconds.
    pub created_ms: i64,
    /// Who created it.
    pub trigger: Trigger,
    /// As in [`crate::InstanceHead::options`].
    pub options: serde_json::Value,
    /// The event's payload.
    pub params: Value,
}

/// One effect.
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    /// Creates an instance in phase `Runnable`. Conflict if (workflow, id) or the number is taken; `Invalid` if the
    /// id belongs to another shard.
    CreateInstance(Box<NewInstance>),
    /// Changes the phase (and the counters of [`crate::Store::counts`]).
    SetPhase {
        /// Whose.
        number: InstanceNumber,
        /// To what.
        phase: Phase,
        /// When, Unix milliseconds.
        at_ms: i64,
    },
    /// Changes the version. Conflict if there is no such instance.
    SetVersion {
        /// Whose.
        number: InstanceNumber,
        /// To what.
        version: u32,
    },
    /// Appends to the journal; `seq` must be the last one + 1, or 0 for the first. Conflict otherwise.
    AppendJournal {
        /// Whose.
        number: InstanceNumber,
        /// Its place.
        seq: u32,
        /// The entry.
        entry: Arc<Entry>,
        /// Its value; stores keep large ones as blobs of their own.
        value: Option<Value>,
    },
    /// Removes journal, buffered events and timers, keeps head and params (a full restart). The next `seq` is 0.
    ClearInstance {
        /// Whose.
        number: InstanceNumber,
    },
    /// Adds a timer; one that is there already is ignored.
    PutTimer(TimerKey),
    /// Removes a timer; one that is not there is ignored.
    DeleteTimer(TimerKey),
    /// Keeps an event until a wait takes it. Conflict if the instance has a buffered event with this id.
    BufferEvent {
        /// Whose.
        number: InstanceNumber,
        /// As in [`crate::BufferedEvent::id`].
        id: u64,
        /// Its type.
        event_type: Arc<str>,
        /// When it was accepted.
        at_ms: i64,
        /// Its payload.
        value: Value,
    },
    /// Removes a buffered event: a wait took it. One that is not there is ignored.
    TakeEvent {
        /// Whose.
        number: InstanceNumber,
        /// Which.
        id: u64,
    },
    /// Removes inbox messages that the same batch has dealt with.
    InboxTaken {
        /// By id: ids may become visible out of order.
        ids: Vec<u64>,
    },
    /// Removes an instance and everything it has. Conflict if it is not there.
    DeleteInstance {
        /// Which.
        number: InstanceNumber,
    },
}

/// What became of a [`ShardBatch`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BatchOutcome {
    /// Durable. Holds the shard's new sequence number.
    Committed(u64),
    /// Nothing was applied: the shard has another owner, whose epoch this is.
    Fenced {
        /// The epoch in force.
        current: u64,
    },
    /// Nothing was applied: the op at `op` contradicts what is stored.
    Conflict {
        /// Index into the batch's ops.
        op: usize,
        /// How.
        what: ConflictKind,
    },
}

/// How an op contradicts what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConflictKind {
    /// (workflow, id) is taken.
    InstanceExists,
    /// The journal's next sequence number is another one.
    JournalSequence,
    /// There is no such instance in this shard.
    NoInstance,
    /// The instance has a buffered event with this id.
    EventExists,
    /// `expected` is not the shard's sequence number (and the batch is not a repetition of the last one).
    BatchSequence,
}
