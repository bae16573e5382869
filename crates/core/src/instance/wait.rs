//! Sleeps and waits for events, as the run asks for them.

use super::{Effect, Effects, Instance, StepEnd, StepState};
use crate::duration;
use crate::failure::Failure;
use crate::ids::CallId;
use crate::journal::Entry;
use crate::limits;
use crate::run::ToRun;
use crate::step::StepKey;
use std::sync::Arc;

impl Instance {
    pub(super) fn on_sleep(
        &mut self,
        call: CallId,
        key: &StepKey,
        raw: &serde_json::Value,
        now_ms: i64,
        effects: &mut Effects,
    ) {
        if self.resume_wait(call, key, effects) {
            return;
        }
        match parse(raw) {
            Ok(ms) => self.start_sleep(call, key, now_ms.saturating_add_unsigned(ms), now_ms, effects),
            Err(failure) => self.say(effects, ToRun::Rejected { call, failure }),
        }
    }

    pub(super) fn on_sleep_until(
        &mut self,
        call: CallId,
        key: &StepKey,
        until_ms: Option<i64>,
        now_ms: i64,
        effects: &mut Effects,
    ) {
        if self.resume_wait(call, key, effects) {
            return;
        }
        match until_ms {
            None => {
                let failure = Failure::new(
                    "TypeError",
                    "step.sleepUntil needs a valid Date or a number of ms",
                );
                self.say(effects, ToRun::Rejected { call, failure });
            }
            Some(until) if until < now_ms => {
                // Recorded, because on a replay every moment of the past is past.
                let failure =
                    Failure::new("Error", "You can't sleep until a time in the past, time-traveler");
                let entry = Entry::StepFailed {
                    step: key.clone(),
                    at_ms: now_ms,
                    failure: failure.clone(),
                };
                self.record_starts(effects);
                self.begin(
                    key,
                    StepState::Sleeping {
                        due_ms: until,
                        key: self.next_seq,
                    },
                    None,
                );
                let seq = self.append(effects, entry, None);
                self.finish(key, seq, StepEnd::Failed(Arc::new(failure.clone())));
                self.say(effects, ToRun::Rejected { call, failure });
            }
            Some(until) => self.start_sleep(call, key, until, now_ms, effects),
        }
    }

    fn start_sleep(
        &mut self,
        call: CallId,
        key: &StepKey,
        until_ms: i64,
        now_ms: i64,
        effects: &mut Effects,
    ) {
        if until_ms > now_ms.saturating_add_unsigned(limits::SLEEP_MS) {
            let failure = too_long(key, "sleep");
            return self.say(effects, ToRun::Rejected { call, failure });
        }
        let entry = Entry::SleepStarted {
            step: key.clone(),
            at_ms: now_ms,
            until_ms,
        };
        self.record_starts(effects); // journal order is start order
        let seq = self.append(effects, entry, None);
        self.begin(
            key,
            StepState::Sleeping {
                due_ms: until_ms,
                key: seq,
            },
            None,
        );
        self.attach(call, key);
        effects.push(Effect::PutTimer {
            due_ms: until_ms,
            key: seq,
        });
    }

    pub(super) fn on_wait(
        &mut self,
        call: CallId,
        key: &StepKey,
        event_type: &str,
        timeout: Option<&serde_json::Value>,
        now_ms: i64,
        effects: &mut Effects,
    ) {
        if self.resume_wait(call, key, effects) {
            return;
        }
        let timeout_ms = match timeout.map_or(Ok(limits::EVENT_TIMEOUT_DEFAULT_MS), parse) {
            Ok(ms) if ms > limits::EVENT_TIMEOUT_MAX_MS => {
                let failure = too_long(key, "timeout");
                return self.say(effects, ToRun::Rejected { call, failure });
            }
            Ok(ms) => ms,
            Err(failure) => return self.say(effects, ToRun::Rejected { call, failure }),
        };
        let due_ms = now_ms.saturating_add_unsigned(timeout_ms);
        let event_type: Arc<str> = event_type.into();
        let entry = Entry::WaitStarted {
            step: key.clone(),
            event_type: event_type.to_string(),
            at_ms: now_ms,
            until_ms: due_ms,
        };
        self.record_starts(effects);
        let seq = self.append(effects, entry, None);
        let state = StepState::Waiting {
            event_type: event_type.clone(),
            started_ms: now_ms,
            due_ms,
            key: seq,
            timeout_ms,
        };
        self.begin(key, state, None);
        self.attach(call, key);
        let kept = self
            .events
            .iter()
            .position(|event| event.event_type == event_type);
        let taken = kept.is_some_and(|at| self.take_buffered(at, key, now_ms, effects));
        if !taken {
            effects.push(Effect::PutTimer { due_ms, key: seq });
        }
    }

    /// A wait that an earlier run began: bind the call to it, or settle it. Returns whether it was one.
    fn resume_wait(&mut self, call: CallId, key: &StepKey, effects: &mut Effects) -> bool {
        if self.answer_if_ended(call, key, effects) {
            return true;
        }
        if !self.steps.contains_key(key) {
            return false;
        }
        self.attach(call, key);
        true
    }
}

/// Spec 11.1: a year at most. The original's text is not published.
fn too_long(key: &StepKey, what: &str) -> Failure {
    Failure::new(
        "WorkflowFatalError",
        format!("The {what} of step \"{}\" is longer than 365 days", key.name),
    )
}

fn parse(raw: &serde_json::Value) -> Result<u64, Failure> {
    duration::parse(raw).map_err(|_| {
        // Things that JSON cannot carry come as marks (docs/internals/run-channel.md).
        let marked = raw.get("$number").or_else(|| raw.get("$type")).unwrap_or(raw);
        let shown = marked.as_str().map_or_else(|| marked.to_string(), str::to_owned);
        Failure::new("TypeError", format!("Invalid duration \"{shown}\""))
    })
}
