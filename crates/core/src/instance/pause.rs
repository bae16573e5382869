//! Pause and resume (spec 2.8).

use super::{Effect, Effects, Instance, Lifecycle, Phase, StepState};
use crate::journal::Entry;
use crate::run::ToRun;

impl Instance {
    /// Asks for a pause: at once if no attempt runs, else when the last one that runs has ended. No effect on an
    /// instance that is paused, about to be, or has ended.
    pub fn pause(&mut self, now_ms: i64, effects: &mut Effects) {
        if self.lifecycle != Lifecycle::Active {
            return;
        }
        if self.is_attempting() && self.live.is_some() {
            self.append(effects, Entry::PauseRequested { at_ms: now_ms }, None);
            self.lifecycle = Lifecycle::Pausing;
            self.say(effects, ToRun::Hold);
        } else {
            self.pause_now(now_ms, effects);
        }
    }

    pub(super) fn pause_now(&mut self, now_ms: i64, effects: &mut Effects) {
        let at_ms = now_ms;
        self.append(effects, Entry::Paused { at_ms }, None);
        self.delete_timers(effects);
        self.detach_run();
        self.attempts_are_ready(); // of a run() that ended without awaiting them
        self.lifecycle = Lifecycle::Paused { since_ms: at_ms };
        effects.push(Effect::Release);
        self.set_phase(effects, Phase::Paused);
    }

    /// Resumes a paused instance: every deadline moves by the paused time. Also takes back a pause that is still
    /// coming. Returns whether there was something to resume.
    pub fn resume(&mut self, now_ms: i64, effects: &mut Effects) -> bool {
        match self.lifecycle {
            Lifecycle::Paused { since_ms } => {
                let shift_ms = (now_ms - since_ms).max(0);
                self.append(
                    effects,
                    Entry::Resumed {
                        at_ms: now_ms,
                        shift_ms,
                    },
                    None,
                );
                self.lifecycle = Lifecycle::Active;
                self.shift_deadlines(shift_ms);
                self.put_timers(effects);
                self.set_phase(effects, Phase::Runnable);
                self.deliver_kept(now_ms, effects);
                true
            }
            Lifecycle::Pausing => {
                // The run was told to hold: its calls wait to be told.
                self.append(
                    effects,
                    Entry::Resumed {
                        at_ms: now_ms,
                        shift_ms: 0,
                    },
                    None,
                );
                self.lifecycle = Lifecycle::Active;
                self.put_timers(effects); // those that came due since the request were taken, and had no effect
                let ready: Vec<_> = self
                    .open()
                    .filter(|(_, step)| matches!(step.state, StepState::Ready { .. }))
                    .map(|(key, _)| key.clone())
                    .collect();
                for key in ready {
                    self.start_if_ready(&key, now_ms, effects);
                }
                self.deliver_kept(now_ms, effects);
                true
            }
            _ => false,
        }
    }

    fn put_timers(&self, effects: &mut Effects) {
        for (_, step) in self.open() {
            if let Some((due_ms, key)) = step.timer() {
                effects.push(Effect::PutTimer { due_ms, key });
            }
        }
    }

    pub(super) fn shift_deadlines(&mut self, shift_ms: i64) {
        for key in self.open.values() {
            let Some(step) = self.steps.get_mut(key) else {
                continue;
            };
            if let StepState::RetryWait { due_ms, .. }
            | StepState::Sleeping { due_ms, .. }
            | StepState::Waiting { due_ms, .. } = &mut step.state
            {
                *due_ms = due_ms.saturating_add(shift_ms);
            }
        }
    }
}
