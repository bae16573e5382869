//! Timers that come due.

use super::{Effect, Effects, Instance, Lifecycle, Phase, StepEnd, StepState};
use crate::failure::Failure;
use crate::journal::Entry;
use crate::run::ToRun;
use crate::step::StepKey;
use std::sync::Arc;

impl Instance {
    /// The timer `key` is due. Returns whether it still meant something (a stale one has no effect).
    pub fn timer_fired(&mut self, timer: u32, now_ms: i64, effects: &mut Effects) -> bool {
        if self.lifecycle != Lifecycle::Active {
            return false; // frozen or ended: resume puts the timers again
        }
        let Some((step, due_ms)) = self.step_of_timer(timer) else {
            return false;
        };
        if due_ms > now_ms {
            return false; // moved by a pause; the timer with the new due time is on its way
        }
        effects.push(Effect::DeleteTimer { due_ms, key: timer });
        match self.steps.get(&step).map(|step| step.state.clone()) {
            Some(StepState::RetryWait { attempt, .. }) => self.retry_due(&step, attempt, now_ms, effects),
            Some(StepState::Sleeping { .. }) => self.sleep_ended(&step, now_ms, effects),
            Some(StepState::Waiting { timeout_ms, .. }) => {
                self.wait_timed_out(&step, timeout_ms, now_ms, effects);
            }
            _ => {}
        }
        true
    }

    fn step_of_timer(&self, timer: u32) -> Option<(StepKey, i64)> {
        self.open().find_map(|(key, step)| {
            let (due_ms, of) = step.timer()?;
            (of == timer).then(|| (key.clone(), due_ms))
        })
    }

    fn retry_due(&mut self, key: &StepKey, attempt: u32, now_ms: i64, effects: &mut Effects) {
        if let Some(step) = self.steps.get_mut(key) {
            step.state = StepState::Ready { attempt };
        }
        self.start_if_ready(key, now_ms, effects);
        self.wake_if_absent(effects);
    }

    fn sleep_ended(&mut self, key: &StepKey, now_ms: i64, effects: &mut Effects) {
        let seq = self.append(
            effects,
            Entry::SleepEnded {
                step: key.clone(),
                at_ms: now_ms,
            },
            None,
        );
        if let Some(call) = self.finish(key, seq, StepEnd::Done) {
            self.say(effects, ToRun::Done { call });
        }
        self.wake_if_absent(effects);
    }

    fn wait_timed_out(&mut self, key: &StepKey, timeout_ms: u64, now_ms: i64, effects: &mut Effects) {
        let failure = Failure::new(
            "WorkflowTimeoutError",
            format!("Execution timed out after {timeout_ms}ms"),
        );
        let entry = Entry::StepFailed {
            step: key.clone(),
            at_ms: now_ms,
            failure: failure.clone(),
        };
        let seq = self.append(effects, entry, None);
        if let Some(call) = self.finish(key, seq, StepEnd::Failed(Arc::new(failure.clone()))) {
            self.say(effects, ToRun::Rejected { call, failure });
        }
        self.wake_if_absent(effects);
    }

    fn wake_if_absent(&mut self, effects: &mut Effects) {
        if self.live.is_none() {
            self.set_phase(effects, Phase::Runnable);
        }
    }
}
