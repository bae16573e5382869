//! The state of an instance from its journal.

use super::state::BufferedEvent;
use super::{Instance, Lifecycle, Phase, StepEnd, StepState};
use crate::failure::Failure;
use crate::journal::Entry;
use crate::step::StepKey;
use crate::step_config::StepConfig;
use std::sync::Arc;

impl Instance {
    /// Folds a journal, given in order, and the kept events, oldest first. An attempt that had started and not ended is
    /// `Attempting` in the result: the caller charges it ([`Instance::charge_attempts`]) if its process is known to be dead.
    pub fn fold(
        phase: Phase,
        journal: impl IntoIterator<Item = (u32, Entry)>,
        events: impl IntoIterator<Item = BufferedEvent>,
    ) -> Self {
        let mut instance = Self { phase, ..Self::new() };
        for (seq, entry) in journal {
            instance.next_seq = seq + 1;
            instance.fold_entry(seq, entry);
        }
        for event in events {
            instance.next_event_id = instance.next_event_id.max(event.id + 1);
            instance.events.push_back(event);
        }
        instance
    }

    fn fold_entry(&mut self, seq: u32, entry: Entry) {
        match entry {
            Entry::AttemptStarted {
                step,
                attempt,
                at_ms,
                config,
            } => {
                self.fold_attempt(&step, attempt, at_ms, config);
            }
            Entry::StepSucceeded {
                step,
                attempt,
                started_ms,
                config,
                ..
            } => {
                self.fold_attempt(&step, attempt, started_ms, config);
                self.finish(&step, seq, StepEnd::Value);
            }
            Entry::AttemptFailed {
                step,
                attempt,
                started_ms,
                config,
                failure,
                retry_at_ms,
                ..
            } => {
                self.fold_attempt(&step, attempt, started_ms, config);
                self.fold_failed(&step, attempt, failure, retry_at_ms, seq);
            }
            Entry::SleepStarted { step, until_ms, .. } => {
                self.begin(
                    &step,
                    StepState::Sleeping {
                        due_ms: until_ms,
                        key: seq,
                    },
                    None,
                );
            }
            Entry::SleepEnded { step, .. } => {
                self.finish(&step, seq, StepEnd::Done);
            }
            Entry::WaitStarted {
                step,
                event_type,
                at_ms,
                until_ms,
            } => {
                let state = StepState::Waiting {
                    event_type: event_type.into(),
                    started_ms: at_ms,
                    due_ms: until_ms,
                    key: seq,
                    timeout_ms: (until_ms - at_ms).max(0) as u64,
                };
                self.begin(&step, state, None);
            }
            Entry::WaitEnded { step, event_ms, .. } => self.fold_wait_ended(&step, event_ms, seq),
            Entry::StepFailed { step, failure, .. } => {
                if !self.steps.contains_key(&step) {
                    self.begin(&step, StepState::Sleeping { due_ms: 0, key: seq }, None);
                }
                self.finish(&step, seq, StepEnd::Failed(Arc::new(failure)));
            }
            Entry::PauseRequested { .. } => self.lifecycle = Lifecycle::Pausing,
            Entry::Paused { at_ms } => {
                // Paused with attempts that have not ended: their run was lost, and they are made again.
                self.attempts_are_ready();
                self.lifecycle = Lifecycle::Paused { since_ms: at_ms };
            }
            Entry::Resumed { shift_ms, .. } => {
                self.lifecycle = Lifecycle::Active;
                self.shift_deadlines(shift_ms);
            }
            Entry::Restarted { from: Some(from), .. } => {
                self.events.clear();
                self.forget_from(&from);
            }
            Entry::Restarted { from: None, .. } => {}
            Entry::Crashed { .. } => self.crashes += 1,
            Entry::Completed { .. } => self.lifecycle = Lifecycle::Complete { seq },
            Entry::Errored { failure, .. } => self.lifecycle = Lifecycle::Errored(Arc::new(failure)),
            Entry::Terminated { .. } => self.lifecycle = Lifecycle::Terminated,
        }
    }

    fn fold_attempt(&mut self, key: &StepKey, attempt: u32, started_ms: i64, config: Option<StepConfig>) {
        let state = StepState::Attempting {
            attempt,
            started_ms,
            recorded: true,
        };
        if let Some(step) = self.steps.get_mut(key) {
            step.state = state;
            if let Some(config) = config {
                step.config = Some(Arc::new(config));
            }
        } else {
            self.begin(key, state, config.map(Arc::new));
        }
        if let Some(step) = self.steps.get_mut(key) {
            step.config_recorded = true;
        }
    }

    fn fold_failed(
        &mut self,
        key: &StepKey,
        attempt: u32,
        failure: Failure,
        retry_at_ms: Option<i64>,
        seq: u32,
    ) {
        match retry_at_ms {
            Some(due_ms) => {
                if let Some(step) = self.steps.get_mut(key) {
                    step.state = StepState::RetryWait {
                        attempt: attempt + 1,
                        due_ms,
                        key: seq,
                    };
                }
            }
            None => {
                self.finish(key, seq, StepEnd::Failed(Arc::new(failure)));
            }
        }
    }

    fn fold_wait_ended(&mut self, key: &StepKey, event_ms: i64, seq: u32) {
        let event_type = match self.steps.get(key).map(|step| &step.state) {
            Some(StepState::Waiting { event_type, .. }) => event_type.clone(),
            _ => "".into(),
        };
        self.finish(key, seq, StepEnd::Event { event_ms, event_type });
    }
}
