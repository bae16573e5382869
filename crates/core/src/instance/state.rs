//! The state of one instance.

use super::{Effect, Effects, Phase};
use crate::failure::Failure;
use crate::ids::{CallId, RunNumber};
use crate::journal::Entry;
use crate::step::StepKey;
use crate::step_config::StepConfig;
use crate::value::Value;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

/// Where an instance is in its life (spec 2.8).
#[derive(Debug, Clone, PartialEq)]
pub enum Lifecycle {
    /// Queued, running or waiting.
    Active,
    /// Will be paused when the attempts that run have ended.
    Pausing,
    /// Paused; deadlines are frozen since then.
    Paused {
        /// Since when.
        since_ms: i64,
    },
    /// `run()` returned; the output is the value of this journal entry.
    Complete {
        /// The entry.
        seq: u32,
    },
    /// It ended with this error.
    Errored(Arc<Failure>),
    /// Somebody ended it.
    Terminated,
}

/// A step that has begun.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// From 0, in the order in which the steps first began.
    pub ordinal: u32,
    /// Where it is.
    pub state: StepState,
    /// The config of a `do` step that has not ended; `None` is the default.
    pub config: Option<Arc<StepConfig>>,
    /// Whether the config is in the journal.
    pub config_recorded: bool,
    /// The live run's call of it.
    pub call: Option<CallId>,
}

/// Where a step is.
#[derive(Debug, Clone, PartialEq)]
pub enum StepState {
    /// This attempt is to be started and has not been (a run that holds, a retry that is due).
    Ready {
        /// From 1.
        attempt: u32,
    },
    /// This attempt runs.
    Attempting {
        /// From 1.
        attempt: u32,
        /// Since when.
        started_ms: i64,
        /// Whether its start is in the journal.
        recorded: bool,
    },
    /// The next attempt is due later.
    RetryWait {
        /// The next attempt.
        attempt: u32,
        /// When.
        due_ms: i64,
        /// Its timer's key.
        key: u32,
    },
    /// A sleep.
    Sleeping {
        /// Until when.
        due_ms: i64,
        /// Its timer's key.
        key: u32,
    },
    /// A wait for an event.
    Waiting {
        /// Of this type.
        event_type: Arc<str>,
        /// When the wait began.
        started_ms: i64,
        /// When it times out.
        due_ms: i64,
        /// Its timer's key.
        key: u32,
        /// The timeout as asked for, for the error's text.
        timeout_ms: u64,
    },
    /// It has ended; the entry at `seq` says how.
    Ended {
        /// The journal entry.
        seq: u32,
        /// How.
        end: StepEnd,
    },
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq)]
pub enum StepEnd {
    /// A `do` step's result: the entry's value.
    Value,
    /// A sleep.
    Done,
    /// A wait's event: the entry's value.
    Event {
        /// When the event was accepted.
        event_ms: i64,
        /// Its type.
        event_type: Arc<str>,
    },
    /// It throws this.
    Failed(Arc<Failure>),
}

/// An event that no wait has taken yet.
#[derive(Debug, Clone, PartialEq)]
pub struct BufferedEvent {
    /// From 1 in order of arrival.
    pub id: u64,
    /// Its type.
    pub event_type: Arc<str>,
    /// When it came.
    pub at_ms: i64,
    /// Its payload; `None` if it is in the store only.
    pub value: Option<Value>,
}

/// The run that is in memory.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Live {
    pub(super) run: RunNumber,
    pub(super) since_ms: i64,
    /// The run starts no callback of its own accord.
    pub(super) hold: bool,
    /// Counts what was said to the run; see [`super::Rest`].
    pub(super) said: u64,
    /// `said` when the run was last asked whether it is idle.
    pub(super) asked_at: Option<u64>,
}

/// One instance.
#[derive(Debug, Clone, PartialEq)]
pub struct Instance {
    pub(super) lifecycle: Lifecycle,
    pub(super) phase: Phase,
    pub(super) next_seq: u32,
    pub(super) steps: HashMap<StepKey, Step>,
    /// Ended steps in the order of their ends.
    pub(super) ended: Vec<StepKey>,
    /// Steps that have not ended, by ordinal.
    pub(super) open: BTreeMap<u32, StepKey>,
    pub(super) next_ordinal: u32,
    pub(super) events: VecDeque<BufferedEvent>,
    pub(super) next_event_id: u64,
    pub(super) crashes: u32,
    pub(super) live: Option<Live>,
    pub(super) calls: HashMap<CallId, StepKey>,
}

impl Instance {
    /// An instance that has just been created.
    pub fn new() -> Self {
        Self {
            lifecycle: Lifecycle::Active,
            phase: Phase::Runnable,
            next_seq: 0,
            steps: HashMap::new(),
            ended: Vec::new(),
            open: BTreeMap::new(),
            next_ordinal: 0,
            events: VecDeque::new(),
            next_event_id: 1,
            crashes: 0,
            live: None,
            calls: HashMap::new(),
        }
    }

    /// Where it is in its life.
    pub fn lifecycle(&self) -> &Lifecycle {
        &self.lifecycle
    }

    /// The phase that the store has, or will have with the effects so far.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// The run that is in memory.
    pub fn live_run(&self) -> Option<RunNumber> {
        self.live.as_ref().map(|live| live.run)
    }

    /// When the run that is in memory began.
    pub fn live_since_ms(&self) -> Option<i64> {
        self.live.as_ref().map(|live| live.since_ms)
    }

    /// Ended steps in completion order, with the journal entry of each end: what a replay is fed.
    pub fn ended(&self) -> impl Iterator<Item = (&StepKey, u32, &StepEnd)> {
        self.ended
            .iter()
            .filter_map(|key| match &self.steps.get(key)?.state {
                StepState::Ended { seq, end } => Some((key, *seq, end)),
                _ => None,
            })
    }

    /// Steps that have begun and not ended, in the order in which they began.
    pub fn open(&self) -> impl Iterator<Item = (&StepKey, &Step)> {
        self.open
            .values()
            .filter_map(|key| Some((key, self.steps.get(key)?)))
    }

    /// Whether an attempt is running.
    pub fn is_attempting(&self) -> bool {
        self.open()
            .any(|(_, step)| matches!(step.state, StepState::Attempting { .. }))
    }

    /// Whether the start of some attempt is not in the journal yet ([`Instance::record_starts`]).
    pub fn has_unrecorded_starts(&self) -> bool {
        self.open()
            .any(|(_, step)| matches!(step.state, StepState::Attempting { recorded: false, .. }))
    }

    /// The step that a call of the live run belongs to.
    pub(super) fn called(&self, call: CallId) -> Option<StepKey> {
        self.calls.get(&call).cloned()
    }

    pub(super) fn append(&mut self, effects: &mut Effects, entry: Entry, value: Option<Value>) -> u32 {
        let seq = self.next_seq;
        self.next_seq += 1;
        effects.push(Effect::Append {
            seq,
            entry: Arc::new(entry),
            value,
        });
        seq
    }

    pub(super) fn set_phase(&mut self, effects: &mut Effects, phase: Phase) {
        if self.phase != phase {
            self.phase = phase;
            effects.push(Effect::SetPhase(phase));
        }
    }

    /// Adds a step that has just begun.
    pub(super) fn begin(&mut self, key: &StepKey, state: StepState, config: Option<Arc<StepConfig>>) {
        let step = Step {
            ordinal: self.next_ordinal,
            state,
            config,
            config_recorded: false,
            call: None,
        };
        self.open.insert(self.next_ordinal, key.clone());
        self.next_ordinal += 1;
        self.steps.insert(key.clone(), step);
    }

    /// Marks a step as ended by the journal entry `seq`; returns the call of the live run that waits for it.
    pub(super) fn finish(&mut self, key: &StepKey, seq: u32, end: StepEnd) -> Option<CallId> {
        let step = self.steps.get_mut(key)?;
        step.state = StepState::Ended { seq, end };
        step.config = None;
        let call = step.call.take();
        self.open.remove(&step.ordinal);
        self.ended.push(key.clone());
        if let Some(call) = call {
            self.calls.remove(&call);
        }
        call
    }

    /// Forgets what belongs to the run that was in memory.
    pub(super) fn detach_run(&mut self) {
        self.live = None;
        self.calls.clear();
        for key in self.open.values() {
            if let Some(step) = self.steps.get_mut(key) {
                step.call = None;
            }
        }
    }

    /// Removes every timer of an open step.
    pub(super) fn delete_timers(&self, effects: &mut Effects) {
        for (_, step) in self.open() {
            if let Some((due_ms, key)) = step.timer() {
                effects.push(Effect::DeleteTimer { due_ms, key });
            }
        }
    }

    /// Says something to the run, after the commit.
    pub(super) fn say(&mut self, effects: &mut Effects, message: crate::run::ToRun) {
        if let Some(live) = &mut self.live {
            live.said += 1;
            effects.push(Effect::Send(message));
        }
    }
}

impl Default for Instance {
    fn default() -> Self {
        Self::new()
    }
}

impl Step {
    /// Due time and key of its timer, if it has one.
    pub fn timer(&self) -> Option<(i64, u32)> {
        match &self.state {
            StepState::RetryWait { due_ms, key, .. }
            | StepState::Sleeping { due_ms, key }
            | StepState::Waiting { due_ms, key, .. } => Some((*due_ms, *key)),
            _ => None,
        }
    }
}
