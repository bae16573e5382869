//! Restart, from the beginning or from a step (spec 2.8).

use super::{Effect, Effects, Instance, Lifecycle, Phase};
use crate::journal::Entry;
use crate::step::StepKey;

/// `restart({from})` named a step that the history does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepNotFound;

impl Instance {
    /// Starts again from the beginning; works from any status. Steps, events and timers are wiped.
    pub fn restart(&mut self, now_ms: i64, effects: &mut Effects) {
        self.detach_run();
        let phase = self.phase;
        let next_event_id = self.next_event_id;
        *self = Self {
            phase,
            next_event_id,
            ..Self::new()
        };
        effects.push(Effect::Release);
        effects.push(Effect::Clear);
        self.append(
            effects,
            Entry::Restarted {
                at_ms: now_ms,
                from: None,
            },
            None,
        );
        self.set_phase(effects, Phase::Runnable);
    }

    /// Starts again from the step `from`: results of steps that began before it are kept, everything else is wiped.
    pub fn restart_from(
        &mut self,
        from: &StepKey,
        now_ms: i64,
        effects: &mut Effects,
    ) -> Result<(), StepNotFound> {
        // A step that only waits for its first start is in no history; one that runs is, even if its start is not
        // written yet.
        let ready = |step: &super::Step| matches!(step.state, super::StepState::Ready { .. });
        if !self
            .steps
            .get(from)
            .is_some_and(|step| step.config_recorded || !ready(step))
        {
            return Err(StepNotFound);
        }
        self.record_starts(effects);
        effects.push(Effect::Release);
        if !matches!(self.lifecycle, Lifecycle::Paused { .. }) && !self.phase.is_final() {
            self.delete_timers(effects);
        }
        self.detach_run();
        for event in std::mem::take(&mut self.events) {
            effects.push(Effect::TakeEvent { id: event.id });
        }
        self.append(
            effects,
            Entry::Restarted {
                at_ms: now_ms,
                from: Some(from.clone()),
            },
            None,
        );
        self.forget_from(from);
        self.set_phase(effects, Phase::Runnable);
        Ok(())
    }

    /// Forgets `from`, every step that began after it, and every step that has not ended.
    pub(super) fn forget_from(&mut self, from: &StepKey) {
        let Some(ordinal) = self.steps.get(from).map(|step| step.ordinal) else {
            return;
        };
        self.open.clear();
        let Self { steps, ended, .. } = self;
        ended.retain(|key| steps.get(key).is_some_and(|step| step.ordinal < ordinal));
        let kept: std::collections::HashSet<&StepKey> = ended.iter().collect();
        steps.retain(|key, _| kept.contains(key));
        self.lifecycle = Lifecycle::Active;
        self.crashes = 0;
    }
}
