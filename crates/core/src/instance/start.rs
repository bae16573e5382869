//! A run comes into memory or leaves it; the starts of its attempts.

use super::state::Live;
use super::{Effect, Effects, Instance, Lifecycle, Phase, StepEnd, StepState};
use crate::failure::Failure;
use crate::ids::RunNumber;
use crate::journal::Entry;
use crate::limits;
use crate::retry;
use crate::step::StepKey;
use crate::step_config::StepConfig;
use std::sync::Arc;

impl Instance {
    /// A run has been given to the runtime. With `hold` it starts no callback before it is told to.
    pub fn run_started(&mut self, run: RunNumber, hold: bool, now_ms: i64) {
        self.detach_run();
        self.live = Some(Live {
            run,
            since_ms: now_ms,
            hold,
            said: 0,
            asked_at: None,
        });
    }

    /// The run is gone and nobody is to blame (new code, another run's crash): attempts that were running are started
    /// again with the same number by the next run.
    pub fn run_lost(&mut self, now_ms: i64, effects: &mut Effects) {
        self.detach_run();
        self.attempts_are_ready();
        if self.lifecycle == Lifecycle::Pausing {
            self.pause_now(now_ms, effects);
        }
    }

    pub(super) fn attempts_are_ready(&mut self) {
        for key in self.open.values() {
            let Some(step) = self.steps.get_mut(key) else {
                continue;
            };
            if let StepState::Attempting { attempt, .. } = step.state {
                step.state = StepState::Ready { attempt };
            }
        }
    }

    /// Puts an instance that was folded from the store back on its way: what a process that died left behind is charged,
    /// retries that came due are ready, a pause that was coming has come.
    pub fn recover(&mut self, now_ms: i64, effects: &mut Effects) {
        if !matches!(self.lifecycle, Lifecycle::Active | Lifecycle::Pausing) {
            return;
        }
        self.charge_attempts(now_ms, effects);
        if self.lifecycle == Lifecycle::Pausing {
            return self.pause_now(now_ms, effects);
        }
        let retries: Vec<(i64, u32)> = self
            .open()
            .filter(|(_, step)| matches!(step.state, StepState::RetryWait { .. }))
            .filter_map(|(_, step)| step.timer())
            .collect();
        for (due_ms, key) in retries {
            if due_ms <= now_ms {
                // Its timer may have been taken before a crash: this does what the timer would do.
                self.timer_fired(key, now_ms, effects);
            } else {
                // Put again, should the clock have gone back since the timer was taken.
                effects.push(Effect::PutTimer { due_ms, key });
            }
        }
    }

    /// Every attempt that was running failed with its process: the run was alone in it, or the engine itself died
    /// (spec 2.3, point 3). Returns whether there was one.
    pub fn charge_attempts(&mut self, now_ms: i64, effects: &mut Effects) -> bool {
        let crashed: Vec<(StepKey, u32, i64)> = self
            .open()
            .filter_map(|(key, step)| match step.state {
                StepState::Attempting {
                    attempt, started_ms, ..
                } => Some((key.clone(), attempt, started_ms)),
                _ => None,
            })
            .collect();
        for (key, attempt, started_ms) in &crashed {
            self.charge_attempt(key, *attempt, *started_ms, now_ms, effects);
        }
        !crashed.is_empty()
    }

    fn charge_attempt(
        &mut self,
        key: &StepKey,
        attempt: u32,
        started_ms: i64,
        now_ms: i64,
        effects: &mut Effects,
    ) {
        self.record_starts_before(key, effects);
        let config = self.config_of(key);
        let again = retry::may_retry(&config, attempt);
        let failure = if again {
            Failure::new(
                "WorkflowInternalError",
                "Attempt failed due to internal workflows error",
            )
        } else {
            let name = &key.name;
            Failure::new(
                "WorkflowInternalError",
                format!("Attempt {attempt} of step \"{name}\" did not finish"),
            )
        };
        let entry = Entry::AttemptFailed {
            step: key.clone(),
            attempt,
            started_ms,
            at_ms: now_ms,
            config: self.config_to_record(key),
            failure: failure.clone(),
            retry_at_ms: again.then_some(now_ms),
        };
        let seq = self.append(effects, entry, None);
        if again {
            if let Some(step) = self.steps.get_mut(key) {
                step.state = StepState::Ready { attempt: attempt + 1 };
            }
        } else {
            self.finish(key, seq, StepEnd::Failed(Arc::new(failure)));
        }
    }

    /// The run killed its own process with no attempt open. After [`limits::CRASHES_MAX`] of these the instance ends.
    pub fn crashed(&mut self, now_ms: i64, reason: &str, effects: &mut Effects) {
        self.append(effects, Entry::Crashed { at_ms: now_ms }, None);
        self.crashes += 1;
        if u64::from(self.crashes) >= limits::CRASHES_MAX {
            let message = format!(
                "The Workflow's code ended its process {} times outside of any step: {reason}",
                self.crashes
            );
            self.end_errored(Failure::new("WorkflowCrashError", message), now_ms, effects);
        }
    }

    /// Writes the starts of running attempts that are not in the journal yet, so that they ride in a commit that is
    /// happening anyway (design 4).
    pub fn record_starts(&mut self, effects: &mut Effects) {
        let keys: Vec<StepKey> = self.open.values().cloned().collect();
        for key in keys {
            self.record_start(&key, effects);
        }
    }

    /// As [`Instance::record_starts`], for the steps that began before `key`: journal order is start order.
    pub(super) fn record_starts_before(&mut self, key: &StepKey, effects: &mut Effects) {
        let Some(ordinal) = self.steps.get(key).map(|step| step.ordinal) else {
            return;
        };
        let earlier: Vec<StepKey> = self.open.range(..ordinal).map(|(_, key)| key.clone()).collect();
        for key in earlier {
            self.record_start(&key, effects);
        }
    }

    fn record_start(&mut self, key: &StepKey, effects: &mut Effects) {
        let Some(step) = self.steps.get_mut(key) else {
            return;
        };
        let StepState::Attempting {
            attempt,
            started_ms,
            recorded,
        } = &mut step.state
        else {
            return;
        };
        if std::mem::replace(recorded, true) {
            return;
        }
        let (attempt, at_ms) = (*attempt, *started_ms);
        let config = self.config_to_record(key);
        self.append(
            effects,
            Entry::AttemptStarted {
                step: key.clone(),
                attempt,
                at_ms,
                config,
            },
            None,
        );
    }

    /// The config of a step, with the default filled in.
    pub(super) fn config_of(&self, key: &StepKey) -> Arc<StepConfig> {
        let own = self.steps.get(key).and_then(|step| step.config.clone());
        own.unwrap_or_else(|| Arc::new(StepConfig::default_config()))
    }

    /// The config for the next entry of the step: only once, and only if it is not the default.
    pub(super) fn config_to_record(&mut self, key: &StepKey) -> Option<StepConfig> {
        let step = self.steps.get_mut(key)?;
        if std::mem::replace(&mut step.config_recorded, true) {
            return None;
        }
        step.config.as_deref().cloned()
    }

    /// The instance leaves memory because it waits for something far away. The caller has dropped its run.
    pub fn hibernate(&mut self, effects: &mut Effects) {
        self.detach_run();
        effects.push(Effect::Release);
        if !self.phase.is_final() && self.phase != Phase::Paused {
            self.set_phase(effects, Phase::Waiting);
        }
    }
}
