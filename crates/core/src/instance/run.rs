//! Messages of the run: attempts that begin and end.

use super::{Effect, Effects, Instance, Lifecycle, StepEnd, StepState};
use crate::failure::Failure;
use crate::ids::CallId;
use crate::journal::Entry;
use crate::retry;
use crate::run::{FromRun, ToRun, Verdict};
use crate::step::StepKey;
use crate::step_config::StepConfig;
use crate::value::Value;
use std::sync::Arc;

impl Instance {
    /// Takes a message of the live run. The caller has made sure that it is of that run.
    pub fn from_run(&mut self, message: FromRun, now_ms: i64, effects: &mut Effects) {
        if !matches!(self.lifecycle, Lifecycle::Active | Lifecycle::Pausing) {
            return; // the run is being dropped
        }
        match message {
            FromRun::Do { call, .. }
            | FromRun::Sleep { call, .. }
            | FromRun::SleepUntil { call, .. }
            | FromRun::Wait { call, .. }
                if self.calls.contains_key(&call) => {} // a number that is taken says nothing about which call is meant
            FromRun::Do {
                call,
                step,
                config,
                started,
            } => {
                self.on_do(call, &step, config, started, now_ms, effects);
            }
            FromRun::Succeeded { call, attempt, value } => {
                self.on_succeeded(call, attempt, value, now_ms, effects);
            }
            FromRun::Failed {
                call,
                attempt,
                failure,
                verdict,
            } => {
                self.on_failed(call, attempt, failure, verdict, now_ms, effects);
            }
            FromRun::Sleep { call, step, duration } => {
                self.on_sleep(call, &step, &duration, now_ms, effects);
            }
            FromRun::SleepUntil { call, step, until_ms } => {
                self.on_sleep_until(call, &step, until_ms, now_ms, effects);
            }
            FromRun::Wait {
                call,
                step,
                event_type,
                timeout,
            } => {
                self.on_wait(call, &step, &event_type, timeout.as_ref(), now_ms, effects);
            }
            FromRun::Returned { value, .. } => self.on_returned(value, now_ms, effects),
            FromRun::Threw { failure, .. } => self.on_threw(failure, now_ms, effects),
            FromRun::Idle { .. } => {}
        }
        if self.lifecycle == Lifecycle::Pausing && !self.is_attempting() {
            self.pause_now(now_ms, effects);
        }
    }

    fn on_do(
        &mut self,
        call: CallId,
        key: &StepKey,
        config: Option<StepConfig>,
        started: bool,
        now_ms: i64,
        effects: &mut Effects,
    ) {
        if !self.steps.contains_key(key) {
            let state = if started {
                StepState::Attempting {
                    attempt: 1,
                    started_ms: now_ms,
                    recorded: false,
                }
            } else {
                StepState::Ready { attempt: 1 }
            };
            self.begin(key, state, config.map(Arc::new));
        }
        if self.answer_if_ended(call, key, effects) {
            return;
        }
        self.attach(call, key);
        self.start_if_ready(key, now_ms, effects);
    }

    /// Binds a call of the live run to its step.
    pub(super) fn attach(&mut self, call: CallId, key: &StepKey) {
        if let Some(step) = self.steps.get_mut(key) {
            if let Some(older) = step.call.replace(call) {
                self.calls.remove(&older);
            }
            self.calls.insert(call, key.clone());
        }
        if let Some(live) = &mut self.live {
            live.said += 1; // the run moved: an older answer about idleness counts no more
        }
    }

    /// Settles a call whose step ended before the run asked for it (its timer fired during the replay).
    pub(super) fn answer_if_ended(&mut self, call: CallId, key: &StepKey, effects: &mut Effects) -> bool {
        let Some(StepState::Ended { seq, end }) = self.steps.get(key).map(|step| step.state.clone()) else {
            return false;
        };
        match end {
            StepEnd::Done => self.say(effects, ToRun::Done { call }),
            StepEnd::Failed(failure) => {
                self.say(
                    effects,
                    ToRun::Rejected {
                        call,
                        failure: failure.as_ref().clone(),
                    },
                );
            }
            StepEnd::Value | StepEnd::Event { .. } => {
                if let Some(live) = &mut self.live {
                    live.said += 1;
                }
                effects.push(Effect::SendRecorded { call, seq });
            }
        }
        true
    }

    /// Starts the attempt that is due, if the live run asks for the step and no pause is coming.
    pub(super) fn start_if_ready(&mut self, key: &StepKey, now_ms: i64, effects: &mut Effects) {
        if self.lifecycle != Lifecycle::Active {
            return;
        }
        let hold = self.live.as_ref().is_some_and(|live| live.hold);
        let Some(step) = self.steps.get_mut(key) else {
            return;
        };
        let (StepState::Ready { attempt }, Some(call)) = (step.state.clone(), step.call) else {
            return;
        };
        step.state = StepState::Attempting {
            attempt,
            started_ms: now_ms,
            recorded: false,
        };
        if !step.config_recorded {
            // Nothing of it is in the journal: it begins now, after whatever is there already.
            self.open.remove(&step.ordinal);
            step.ordinal = self.next_ordinal;
            self.open.insert(self.next_ordinal, key.clone());
            self.next_ordinal += 1;
        }
        if hold {
            // Quarantine: the start is committed before the callback runs, so that it can be charged.
            self.record_starts(effects);
        }
        self.say(effects, ToRun::Attempt { call, attempt });
    }

    /// The attempt that is running for a call: its step and since when.
    fn attempt_of(&self, call: CallId, attempt: u32) -> Option<(StepKey, i64)> {
        let key = self.called(call)?;
        match self.steps.get(&key)?.state {
            StepState::Attempting {
                attempt: running,
                started_ms,
                ..
            } if running == attempt => Some((key, started_ms)),
            _ => None,
        }
    }

    fn on_succeeded(&mut self, call: CallId, attempt: u32, value: Value, now_ms: i64, effects: &mut Effects) {
        let Some((key, started_ms)) = self.attempt_of(call, attempt) else {
            return;
        };
        self.record_starts_before(&key, effects);
        let config = self.config_to_record(&key);
        let entry = Entry::StepSucceeded {
            step: key.clone(),
            attempt,
            started_ms,
            at_ms: now_ms,
            config,
        };
        let seq = self.append(effects, entry, Some(value));
        self.finish(&key, seq, StepEnd::Value);
        self.say(effects, ToRun::Recorded { call });
    }

    fn on_failed(
        &mut self,
        call: CallId,
        attempt: u32,
        failure: Failure,
        verdict: Verdict,
        now_ms: i64,
        effects: &mut Effects,
    ) {
        let Some((key, started_ms)) = self.attempt_of(call, attempt) else {
            return;
        };
        self.record_starts_before(&key, effects);
        let config = self.config_of(&key);
        let (failure, delay_ms, ends_with) = judge(&config, &key, attempt, failure, verdict);
        let entry = Entry::AttemptFailed {
            step: key.clone(),
            attempt,
            started_ms,
            at_ms: now_ms,
            config: self.config_to_record(&key),
            failure: failure.clone(),
            retry_at_ms: delay_ms.map(|delay| now_ms.saturating_add_unsigned(delay)),
        };
        let seq = self.append(effects, entry, None);
        if let Some(delay) = delay_ms {
            return self.retry_later(&key, attempt + 1, delay, seq, now_ms, effects);
        }
        self.finish(&key, seq, StepEnd::Failed(Arc::new(failure.clone())));
        match ends_with {
            Some(error) => self.end_errored(error, now_ms, effects),
            None => self.say(effects, ToRun::Rejected { call, failure }),
        }
    }

    fn retry_later(
        &mut self,
        key: &StepKey,
        attempt: u32,
        delay_ms: u64,
        seq: u32,
        now_ms: i64,
        effects: &mut Effects,
    ) {
        let due_ms = now_ms.saturating_add_unsigned(delay_ms);
        let Some(step) = self.steps.get_mut(key) else {
            return;
        };
        if delay_ms == 0 {
            step.state = StepState::Ready { attempt };
            self.start_if_ready(key, now_ms, effects);
        } else {
            step.state = StepState::RetryWait {
                attempt,
                due_ms,
                key: seq,
            };
            effects.push(Effect::PutTimer { due_ms, key: seq });
        }
    }
}

/// What to record for a failed attempt, when to retry, and whether the instance ends with it.
fn judge(
    config: &StepConfig,
    key: &StepKey,
    attempt: u32,
    failure: Failure,
    verdict: Verdict,
) -> (Failure, Option<u64>, Option<Failure>) {
    let again = retry::may_retry(config, attempt);
    match verdict {
        Verdict::EndInstance(error) => (failure, None, Some(error)),
        Verdict::Retry if again => (failure, Some(retry::delay_ms(config, attempt, None)), None),
        Verdict::RetryAfter(raw) if again => match crate::duration::parse(&raw) {
            Ok(delay) => (failure, Some(retry::delay_ms(config, attempt, Some(delay))), None),
            Err(_) => (invalid_delay(key), None, None),
        },
        Verdict::Retry | Verdict::RetryAfter(_) | Verdict::Final => (failure, None, None),
    }
}

/// Spec 2.6: a delay function that returned nonsense.
fn invalid_delay(key: &StepKey) -> Failure {
    Failure::new(
        "NonRetryableDelayError",
        format!(
            "The delay function for step \"{key}\" returned an invalid delay value (expected a number of ms or a \
             duration string like \"30 seconds\")"
        ),
    )
}
