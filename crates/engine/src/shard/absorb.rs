//! Turns the effects of a transition into store operations, messages and timers.

use super::{Mode, Shard};
use crate::committer::After;
use crate::shard::resident::Resident;
use std::sync::atomic::Ordering;
use stepwell_core::ids::InstanceNumber;
use stepwell_core::instance::{Effect, Effects, Instance, Phase};
use stepwell_core::journal::Entry;
use stepwell_core::run::ToRun;
use stepwell_store::{Op, Phase as StoredPhase, TimerKey};
use tokio::time::Instant;

impl Shard {
    /// Applies a transition to an instance in memory and takes its effects. `None` if it is not in memory or the shard
    /// cannot write.
    pub(super) fn apply<R>(
        &mut self,
        number: InstanceNumber,
        transition: impl FnOnce(&mut Instance, i64, &mut Effects) -> R,
    ) -> Option<R> {
        if self.mode != Mode::Open {
            return None;
        }
        let now_ms = self.now_ms();
        let resident = self.residents.get_mut(&number)?;
        let mut effects = Effects::new();
        let result = transition(&mut resident.instance, now_ms, &mut effects);
        self.absorb(number, effects, now_ms);
        Some(result)
    }

    fn absorb(&mut self, number: InstanceNumber, effects: Effects, now_ms: i64) {
        let mut look_again = false;
        for effect in effects {
            match effect {
                Effect::Append { seq, entry, value } => {
                    self.shared.meters.count(&entry);
                    self.announce(number, &entry);
                    self.ops.push(Op::AppendJournal {
                        number,
                        seq,
                        entry,
                        value,
                    });
                }
                Effect::Clear => self.ops.push(Op::ClearInstance { number }),
                Effect::SetPhase(phase) => {
                    self.ops.push(Op::SetPhase {
                        number,
                        phase: stored(phase),
                        at_ms: now_ms,
                    });
                    look_again = true;
                }
                Effect::PutTimer { due_ms, key } => {
                    let timer = TimerKey {
                        due_ms,
                        instance: number,
                        key,
                    };
                    self.timers.put(timer, now_ms);
                    self.ops.push(Op::PutTimer(timer));
                }
                Effect::DeleteTimer { due_ms, key } => {
                    self.ops.push(Op::DeleteTimer(TimerKey {
                        due_ms,
                        instance: number,
                        key,
                    }));
                }
                Effect::BufferEvent {
                    id,
                    event_type,
                    at_ms,
                    value,
                } => {
                    self.ops.push(Op::BufferEvent {
                        number,
                        id,
                        event_type,
                        at_ms,
                        value,
                    });
                }
                Effect::TakeEvent { id } => self.ops.push(Op::TakeEvent { number, id }),
                Effect::Send(message) => self.say(number, message),
                Effect::SendRecorded { call, seq } => self.send_recorded(number, call, seq),
                Effect::Release => {
                    self.release_run(number);
                    look_again = true;
                }
                Effect::Ended(_) => look_again = true,
            }
        }
        if look_again {
            self.look_again_when_durable(number);
        }
        self.list_starts(number);
        self.note_live(number);
    }

    /// Notes, durably, the version that an instance in memory is of from now on.
    pub(super) fn set_version(&mut self, number: InstanceNumber, version: u32) {
        let Some(resident) = self.residents.get_mut(&number) else {
            return;
        };
        if self.mode == Mode::Open && std::mem::replace(&mut resident.version, version) != version {
            self.ops.push(Op::SetVersion { number, version });
            self.look_again_when_durable(number);
        }
    }

    /// The shard decides anew about the instance when everything decided so far is durable.
    pub(super) fn look_again_when_durable(&mut self, number: InstanceNumber) {
        if let Some(resident) = self.residents.get_mut(&number) {
            resident.commits_pending += 1;
            self.durable.push(number);
        }
    }

    fn say(&mut self, number: InstanceNumber, message: ToRun) {
        if let Some(run) = self
            .residents
            .get(&number)
            .and_then(|resident| resident.run.clone())
        {
            self.after.push(After::Send(run, message));
        }
    }

    /// Drops the run and gives its slot back.
    pub(super) fn release_run(&mut self, number: InstanceNumber) {
        let Some(resident) = self.residents.get_mut(&number) else {
            return;
        };
        resident.run = None;
        resident.credit = None;
        self.note_live(number);
        self.release_slot(number);
    }

    pub(super) fn release_slot(&mut self, number: InstanceNumber) {
        let Some(resident) = self.residents.get_mut(&number) else {
            return;
        };
        if let super::resident::Slot::Held(lane) = resident.slot {
            resident.slot = super::resident::Slot::None;
            let admitted = self.shared.admission.release(resident.workflow, lane);
            self.shared.admitted(admitted);
        }
    }

    fn list_starts(&mut self, number: InstanceNumber) {
        let Some(resident) = self.residents.get_mut(&number) else {
            return;
        };
        if !resident.starts_listed && resident.instance.has_unrecorded_starts() {
            resident.starts_listed = true;
            self.starts.push(number);
            self.starts_due
                .get_or_insert_with(|| Instant::now() + self.shared.options.start_lag);
        }
    }

    /// Writes the starts of attempts: with a commit that is happening anyway, or when they have waited long enough.
    pub(super) fn write_starts(&mut self) {
        let overdue = self.starts_due.is_some_and(|due| due <= Instant::now());
        if self.starts.is_empty() || (self.ops.is_empty() && !overdue) {
            return;
        }
        self.starts_due = None;
        for number in std::mem::take(&mut self.starts) {
            if let Some(resident) = self.residents.get_mut(&number) {
                resident.starts_listed = false;
            }
            self.apply(number, |instance, _, effects| instance.record_starts(effects));
        }
    }

    /// The log lines of an instance's life.
    fn announce(&self, number: InstanceNumber, entry: &Entry) {
        let Some(resident) = self.residents.get(&number) else {
            return;
        };
        let Some(live) = self.shared.registry.get(resident.workflow) else {
            return;
        };
        let (worker, workflow, instance) = (&*live.script, &*live.name, &*resident.id);
        match entry {
            Entry::AttemptFailed {
                step,
                attempt,
                failure,
                retry_at_ms: Some(at),
                at_ms,
                ..
            } => {
                let retry_in_ms = at - at_ms;
                let stack = failure.stack.as_deref();
                tracing::warn!(target: "stepwell::instance", worker, workflow, instance, step = %step, attempt, retry_in_ms, error = %failure, stack, "retry");
            }
            Entry::AttemptFailed {
                step,
                attempt,
                failure,
                ..
            } => {
                let stack = failure.stack.as_deref();
                tracing::warn!(target: "stepwell::instance", worker, workflow, instance, step = %step, attempt, error = %failure, stack, "step failed");
            }
            Entry::StepSucceeded {
                step,
                attempt,
                started_ms,
                at_ms,
                ..
            } => {
                tracing::debug!(target: "stepwell::instance", worker, workflow, instance, step = %step, attempt, took_ms = at_ms - started_ms, "step");
            }
            Entry::SleepStarted {
                step,
                at_ms,
                until_ms,
            } => {
                tracing::debug!(target: "stepwell::instance", worker, workflow, instance, step = %step, for_ms = until_ms - at_ms, "sleep");
            }
            Entry::WaitStarted { step, event_type, .. } => {
                tracing::debug!(target: "stepwell::instance", worker, workflow, instance, step = %step, event_type, "wait");
            }
            Entry::Completed { at_ms, .. } => {
                tracing::info!(target: "stepwell::instance", worker, workflow, instance, took_ms = at_ms - resident.created_ms, "complete");
            }
            Entry::Errored { failure, .. } => {
                let stack = failure.stack.as_deref();
                tracing::error!(target: "stepwell::instance", worker, workflow, instance, error = %failure, stack, "errored");
            }
            Entry::Terminated { .. } => {
                tracing::info!(target: "stepwell::instance", worker, workflow, instance, "terminated");
            }
            Entry::Paused { .. } => {
                tracing::info!(target: "stepwell::instance", worker, workflow, instance, "paused");
            }
            Entry::Resumed { .. } => {
                tracing::info!(target: "stepwell::instance", worker, workflow, instance, "resumed");
            }
            Entry::Restarted { .. } => {
                tracing::info!(target: "stepwell::instance", worker, workflow, instance, "restarted");
            }
            _ => {}
        }
    }

    pub(super) fn keep(&mut self, resident: Resident) {
        self.by_id
            .insert((resident.workflow, resident.id.clone()), resident.number);
        let number = resident.number;
        if self.residents.insert(number, resident).is_none() {
            self.shared.residents.fetch_add(1, Ordering::Relaxed);
        }
        self.note_live(number);
    }

    pub(super) fn forget(&mut self, number: InstanceNumber) {
        if let Some(resident) = self.residents.remove(&number) {
            self.shared.residents.fetch_sub(1, Ordering::Relaxed);
            self.by_id.remove(&(resident.workflow, resident.id));
            self.live.remove(&number);
        }
    }
}

/// The store's name for a phase.
pub(super) fn stored(phase: Phase) -> StoredPhase {
    match phase {
        Phase::Runnable => StoredPhase::Runnable,
        Phase::Waiting => StoredPhase::Waiting,
        Phase::Paused => StoredPhase::Paused,
        Phase::Complete => StoredPhase::Complete,
        Phase::Errored => StoredPhase::Errored,
        Phase::Terminated => StoredPhase::Terminated,
    }
}

/// The core's name for a phase.
pub(super) fn folded(phase: StoredPhase) -> Phase {
    match phase {
        StoredPhase::Runnable => Phase::Runnable,
        StoredPhase::Waiting => Phase::Waiting,
        StoredPhase::Paused => Phase::Paused,
        StoredPhase::Complete => Phase::Complete,
        StoredPhase::Errored => Phase::Errored,
        StoredPhase::Terminated => Phase::Terminated,
    }
}
