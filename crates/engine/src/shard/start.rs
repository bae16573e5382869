//! Slots, and the start of runs.

use super::feeder::{Credit, Feed};
use super::resident::Slot;
use super::{Mode, Shard};
use crate::admission::{Lane, Ticket};
use crate::runtime::{BegunStep, EndedStep, RunStart, StepEnd};
use std::sync::Arc;
use stepwell_core::ids::InstanceNumber;
use stepwell_core::instance::{Instance, Phase, StepEnd as FoldedEnd};
use stepwell_core::step::StepKind;
use stepwell_core::step_config::StepConfig;
use stepwell_core::value::Value;

impl Shard {
    /// Something decided about the instance is durable: queue it, or let it leave memory.
    pub(super) fn on_durable(&mut self, number: InstanceNumber) {
        self.deletion_is_durable(number);
        self.move_is_durable(number);
        let Some(resident) = self.residents.get_mut(&number) else {
            return;
        };
        resident.commits_pending = resident.commits_pending.saturating_sub(1);
        if resident.commits_pending > 0 {
            return;
        }
        self.queue_if_runnable(number);
        self.unload_if_idle(number);
    }

    /// Asks for a slot for an instance that should run and does not.
    pub(super) fn queue_if_runnable(&mut self, number: InstanceNumber) {
        if self.mode != Mode::Open || self.draining {
            return;
        }
        let Some(resident) = self.residents.get_mut(&number) else {
            return;
        };
        if resident.run.is_some()
            || resident.slot != Slot::None
            || resident.instance.phase() != Phase::Runnable
            || resident.backing_off
        {
            return;
        }
        let (workflow, version) = (resident.workflow, resident.version);
        if self.shared.registry.version_for(workflow, version).is_none() {
            self.parked.insert((workflow, version));
            return; // it is queued when its version is published
        }
        let lane = resident.lane();
        let ticket = Ticket {
            shard: self.id,
            number,
            workflow: resident.workflow,
            lane,
        };
        // Also with a slot it stands in the queue until the message comes: until then a pause or an end of the instance
        // must not give the slot back, or it would be given back twice.
        resident.slot = Slot::Queued;
        if self.shared.admission.ask(ticket) {
            self.mailbox.send(super::Message::Admitted(ticket));
            return;
        }
        let fresh = lane == Lane::New && resident.commits_pending == 0;
        if fresh && self.residents.len() > self.shared.options.queued_resident_max {
            self.forget(number); // the ticket is enough
        }
    }

    /// The instance has a slot: start its run.
    pub(super) async fn on_admitted(&mut self, ticket: Ticket) {
        let Ticket {
            number,
            lane,
            workflow,
            ..
        } = ticket;
        let loaded = match self.ensure_loaded(number).await {
            Ok(loaded) => loaded,
            Err(error) => {
                tracing::error!(target: "stepwell::storage", "loading an instance failed, trying again: {error}");
                return self.admit_later(ticket);
            }
        };
        let resident = self
            .residents
            .get_mut(&number)
            .filter(|resident| loaded && resident.run.is_none());
        let Some(resident) = resident else {
            // Deleted, or a second ticket of an instance that runs already: the slot goes to the next one.
            let admitted = self.shared.admission.release(workflow, lane);
            return self.shared.admitted(admitted);
        };
        resident.slot = Slot::Held(lane);
        let wanted = self.mode == Mode::Open
            && !self.draining
            && resident.instance.phase() == Phase::Runnable
            && (lane == Lane::Quarantine) == resident.suspect.is_some();
        if wanted && resident.commits_pending == 0 {
            return self.start_run(ticket).await;
        }
        self.release_slot(number);
        if self
            .residents
            .get(&number)
            .is_some_and(|resident| resident.commits_pending == 0)
        {
            self.queue_if_runnable(number);
            self.unload_if_idle(number);
        }
    }

    /// The store could not be read: the instance keeps its slot, and is admitted again after a while.
    fn admit_later(&self, ticket: Ticket) {
        self.send_later(super::Message::Admitted(ticket));
    }

    async fn start_run(&mut self, ticket: Ticket) {
        let Ticket { number, lane, .. } = ticket;
        let now_ms = self.now_ms();
        let Some(resident) = self.residents.get_mut(&number) else {
            return;
        };
        let (workflow, version) = (resident.workflow, resident.version);
        let Some((live, version)) = self.shared.registry.version_for(workflow, version) else {
            self.parked.insert((workflow, version));
            self.release_slot(number);
            return self.unload_if_idle(number);
        };
        let params = match resident.params.take() {
            Some(params) => params,
            None => match self.shared.store.params(self.id, number).await {
                Ok(params) => params.unwrap_or_else(|| Value::from_bytes("{}".into())),
                Err(error) => {
                    tracing::error!(target: "stepwell::storage", "reading an instance's params failed, trying again: {error}");
                    resident.slot = Slot::Queued;
                    return self.admit_later(ticket);
                }
            },
        };
        let Some(resident) = self.residents.get_mut(&number) else {
            return;
        };
        let run = self.shared.run_number();
        let alone = lane == Lane::Quarantine;
        let (ended, positions) = recorded_ends(&resident.instance);
        let begun = begun_steps(&resident.instance);
        let first = !std::mem::replace(&mut resident.woken, true);
        let start = RunStart {
            number,
            run,
            class_name: version.class_name.clone(),
            workflow_name: live.name.clone(),
            instance_id: resident.id.clone(),
            created_ms: resident.created_ms,
            params,
            step_limit: version.step_limit,
            ended,
            begun,
            alone,
            check: false,
        };
        let handle = version.runtime.start(start, Arc::new(self.mailbox.clone()));
        if !positions.is_empty() {
            let credit = Credit::new(self.shared.options.replay_credit_bytes);
            resident.credit = Some(credit.clone());
            let feed = Feed {
                store: self.shared.store.clone(),
                shard: self.id,
                number,
                positions,
                to: handle.feeder(),
                credit,
            };
            tokio::spawn(feed.run());
        }
        resident.run = Some(Arc::new(handle));
        resident.quiet = None;
        resident.instance.run_started(run, alone, now_ms);
        if first {
            tracing::info!(target: "stepwell::instance", worker = &*live.script, workflow = &*live.name, instance = &*resident.id, "started");
        } else {
            tracing::debug!(target: "stepwell::instance", worker = &*live.script, workflow = &*live.name, instance = &*resident.id, "continues");
        }
        self.note_live(number);
        self.schedule_check(number, self.pace());
        self.set_version(number, version.number); // should it follow the latest: it may go back to no other
    }
}

/// The index of recorded ends, and which of them have values: (journal seq, position).
pub(crate) fn recorded_ends(instance: &Instance) -> (Vec<EndedStep>, Vec<(u32, u32)>) {
    let mut ended = Vec::new();
    let mut positions = Vec::new();
    for (key, seq, end) in instance.ended() {
        let position = ended.len() as u32;
        let end = match end {
            FoldedEnd::Value => {
                positions.push((seq, position));
                StepEnd::Value
            }
            FoldedEnd::Done => StepEnd::Done,
            FoldedEnd::Event { event_ms, event_type } => {
                positions.push((seq, position));
                StepEnd::Event {
                    event_ms: *event_ms,
                    event_type: event_type.clone(),
                }
            }
            FoldedEnd::Failed(failure) => StepEnd::Failed(failure.as_ref().clone()),
        };
        ended.push(EndedStep {
            step: key.clone(),
            end,
        });
    }
    (ended, positions)
}

pub(crate) fn begun_steps(instance: &Instance) -> Vec<BegunStep> {
    instance
        .open()
        .filter(|(key, _)| key.kind == StepKind::Do)
        .map(|(key, step)| BegunStep {
            step: key.clone(),
            config: step
                .config
                .as_deref()
                .cloned()
                .unwrap_or_else(StepConfig::default_config),
        })
        .collect()
}
