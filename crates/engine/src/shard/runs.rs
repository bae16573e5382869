//! What runs say, and runs that are lost.

use super::resident::Slot;
use super::{Mode, Shard};
use crate::runtime::{LostCause, RunEvent};
use std::time::Duration;
use stepwell_core::ids::{InstanceNumber, RunNumber};
use stepwell_core::instance::{Rest, StepState};
use stepwell_core::run::FromRun;
use stepwell_core::step::StepKey;
use stepwell_store::failpoint;

/// How long to wait before the next try when no process could be started.
const START_RETRY: Duration = Duration::from_secs(1);

impl Shard {
    pub(super) async fn on_run_event(&mut self, number: InstanceNumber, run: RunNumber, event: RunEvent) {
        let Some(resident) = self.residents.get_mut(&number) else {
            return;
        };
        if resident.instance.live_run() != Some(run) {
            return; // of a run that was dropped
        }
        match event {
            RunEvent::Credit(bytes) => {
                resident.quiet = None; // a long replay is no silence
                if let Some(credit) = &resident.credit {
                    credit.add(bytes);
                }
            }
            RunEvent::Message(message) => self.on_run_message(number, message).await,
            RunEvent::Asked(_) => {} // by checks only, which go elsewhere
            RunEvent::Lost(cause) => self.on_run_lost(number, cause),
        }
    }

    async fn on_run_message(&mut self, number: InstanceNumber, message: FromRun) {
        failpoint("run-message");
        match &message {
            FromRun::Idle { pending_outside } => return self.on_idle(number, *pending_outside),
            FromRun::Wait { event_type, .. } => {
                let missing = self
                    .residents
                    .get(&number)
                    .and_then(|resident| resident.instance.missing_event_value(event_type));
                if let Some(id) = missing {
                    self.supply_events(number, vec![id]).await;
                }
            }
            _ => {}
        }
        let settles = matches!(
            message,
            FromRun::Succeeded { .. }
                | FromRun::Failed { .. }
                | FromRun::Sleep { .. }
                | FromRun::SleepUntil { .. }
                | FromRun::Wait { .. }
        );
        self.apply(number, |instance, now_ms, effects| {
            instance.from_run(message, now_ms, effects);
        });
        if settles {
            self.leave_quarantine_if_cleared(number);
        }
    }

    fn on_run_lost(&mut self, number: InstanceNumber, cause: LostCause) {
        if self.mode != Mode::Open {
            return;
        }
        match cause {
            LostCause::Released => self.run_again(number),
            LostCause::CouldNotStart { reason } => self.back_off(number, &reason),
            LostCause::ProcessDied { reason } => self.on_process_died(number, &reason),
        }
    }

    /// The run is gone through no fault of its own: the next one goes on with the same attempts.
    pub(super) fn run_again(&mut self, number: InstanceNumber) {
        self.apply(number, |instance, now_ms, effects| {
            instance.run_lost(now_ms, effects);
        });
        self.release_run(number);
        self.look_again_when_durable(number);
    }

    fn back_off(&mut self, number: InstanceNumber, reason: &str) {
        tracing::error!(target: "stepwell::runtime", "no process for a run, trying again in {START_RETRY:?}: {reason}");
        self.apply(number, |instance, now_ms, effects| {
            instance.run_lost(now_ms, effects);
        });
        if let Some(resident) = self.residents.get_mut(&number) {
            resident.backing_off = true;
        }
        self.release_run(number);
        self.schedule_check(number, START_RETRY);
    }

    /// Design 4, crash quarantine: a run that was alone is charged; others that had user code live are suspects and go on
    /// alone; those that only waited go on as before.
    fn on_process_died(&mut self, number: InstanceNumber, reason: &str) {
        let Some(resident) = self.residents.get_mut(&number) else {
            return;
        };
        if matches!(resident.slot, Slot::Held(crate::admission::Lane::Quarantine)) {
            let charged = self
                .apply(number, |instance, now_ms, effects| {
                    if instance.charge_attempts(now_ms, effects) {
                        return true;
                    }
                    instance.crashed(now_ms, reason, effects);
                    false
                })
                .unwrap_or(false);
            tracing::warn!(target: "stepwell::runtime", charged, "a run in quarantine ended its process: {reason}");
            return self.run_again(number);
        }
        let attempting: Vec<StepKey> = resident
            .instance
            .open()
            .filter(|(_, step)| matches!(step.state, StepState::Attempting { .. }))
            .map(|(key, _)| key.clone())
            .collect();
        if !attempting.is_empty() || resident.instance.rest() == Rest::Silent {
            resident.suspect = Some(attempting);
            self.shared.meters.quarantined.increase();
        }
        self.run_again(number);
    }

    /// A suspect whose attempts of then have ended is one no more: it goes on among the others.
    fn leave_quarantine_if_cleared(&mut self, number: InstanceNumber) {
        let Some(resident) = self.residents.get_mut(&number) else {
            return;
        };
        let Some(suspects) = &resident.suspect else { return };
        let open: Vec<&StepKey> = resident.instance.open().map(|(key, _)| key).collect();
        if suspects.iter().any(|key| open.contains(&key)) || resident.instance.is_attempting() {
            return;
        }
        resident.suspect = None;
        if resident.run.is_some() {
            self.run_again(number);
        }
    }
}
