//! What a transition wants done in the world.

use crate::ids::CallId;
use crate::journal::Entry;
use crate::run::ToRun;
use crate::value::Value;
use std::sync::Arc;

/// The phase of an instance as the store's indexes know it (`stepwell_store::Phase` has the same variants).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Has work to do: queued or running.
    Runnable,
    /// Hibernates.
    Waiting,
    /// Paused.
    Paused,
    /// Ended well.
    Complete,
    /// Ended with an error.
    Errored,
    /// Ended by somebody.
    Terminated,
}

impl Phase {
    /// Whether the instance has ended (a restart can still revive it).
    pub fn is_final(self) -> bool {
        matches!(self, Self::Complete | Self::Errored | Self::Terminated)
    }
}

/// One thing to do. Those that write go into one commit; those that speak to the run happen after it.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Append to the journal.
    Append {
        /// Its place.
        seq: u32,
        /// The entry.
        entry: Arc<Entry>,
        /// Its value.
        value: Option<Value>,
    },
    /// Empty journal, events and timers (a full restart).
    Clear,
    /// Set the persisted phase.
    SetPhase(Phase),
    /// Add a timer.
    PutTimer {
        /// When it is due.
        due_ms: i64,
        /// The journal entry that started the wait.
        key: u32,
    },
    /// Remove a timer.
    DeleteTimer {
        /// As given to `PutTimer`.
        due_ms: i64,
        /// As given to `PutTimer`.
        key: u32,
    },
    /// Keep an event.
    BufferEvent {
        /// Its number.
        id: u64,
        /// Its type.
        event_type: Arc<str>,
        /// When it came.
        at_ms: i64,
        /// Its payload.
        value: Value,
    },
    /// Remove a kept event.
    TakeEvent {
        /// Its number.
        id: u64,
    },
    /// After the commit: tell the run.
    Send(ToRun),
    /// After the commit: tell the run the value of the journal entry `seq` (of a wait that ended before the run asked).
    SendRecorded {
        /// The call that asked.
        call: CallId,
        /// The entry.
        seq: u32,
    },
    /// Drop the run, if there is one.
    Release,
    /// The instance has ended and may leave memory after the commit.
    Ended(Phase),
}

/// The effects of one transition, in order.
pub type Effects = Vec<Effect>;
