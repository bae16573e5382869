//! The end of an instance.

use super::{Effect, Effects, Instance, Lifecycle, Phase};
use crate::failure::Failure;
use crate::journal::Entry;
use crate::value::Value;
use std::sync::Arc;

impl Instance {
    pub(super) fn on_returned(&mut self, value: Value, now_ms: i64, effects: &mut Effects) {
        if self.lifecycle == Lifecycle::Pausing {
            return self.pause_now(now_ms, effects); // it runs again, and returns then (spec 2.8)
        }
        let entry = Entry::Completed {
            at_ms: now_ms,
            started_ms: self.started_without_steps(),
        };
        let seq = self.append(effects, entry, Some(value));
        self.end(Lifecycle::Complete { seq }, Phase::Complete, effects);
    }

    pub(super) fn on_threw(&mut self, failure: Failure, now_ms: i64, effects: &mut Effects) {
        if self.lifecycle == Lifecycle::Pausing {
            return self.pause_now(now_ms, effects);
        }
        self.end_errored(failure, now_ms, effects);
    }

    /// Ends the instance with an error. Also for the engine's own reasons (a run that hangs, a class that is gone).
    pub fn end_errored(&mut self, failure: Failure, now_ms: i64, effects: &mut Effects) {
        self.append(
            effects,
            Entry::Errored {
                at_ms: now_ms,
                started_ms: self.started_without_steps(),
                failure: failure.clone(),
            },
            None,
        );
        self.end(Lifecycle::Errored(Arc::new(failure)), Phase::Errored, effects);
    }

    /// Somebody ends the instance: at once, attempts that run are abandoned (spec 2.8). The caller has refused this for
    /// one that has ended.
    pub fn terminate(&mut self, now_ms: i64, effects: &mut Effects) {
        let entry = Entry::Terminated {
            at_ms: now_ms,
            started_ms: self.started_without_steps(),
        };
        self.append(effects, entry, None);
        self.end(Lifecycle::Terminated, Phase::Terminated, effects);
    }

    /// What the journal could not tell otherwise: when the run began of an instance that has no step.
    fn started_without_steps(&self) -> Option<i64> {
        self.live_since_ms().filter(|_| self.steps.is_empty())
    }

    fn end(&mut self, lifecycle: Lifecycle, phase: Phase, effects: &mut Effects) {
        if !matches!(self.lifecycle, Lifecycle::Paused { .. }) {
            self.delete_timers(effects);
        }
        self.detach_run();
        self.lifecycle = lifecycle;
        self.set_phase(effects, phase);
        effects.push(Effect::Release);
        effects.push(Effect::Ended(phase));
    }
}
