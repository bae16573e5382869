//! Brings instances into memory.

use super::absorb::folded;
use super::resident::Resident;
use super::{Mode, Shard};
use std::sync::Arc;
use stepwell_core::ids::{CallId, InstanceNumber, WorkflowId};
use stepwell_core::instance::{BufferedEvent, Instance, StepEnd};
use stepwell_core::run::ToRun;
use stepwell_store::{Loaded, StoreError};

impl Shard {
    /// Makes sure that the instance is in memory. False if there is none.
    pub(super) async fn ensure_loaded(&mut self, number: InstanceNumber) -> Result<bool, StoreError> {
        if self.residents.contains_key(&number) {
            return Ok(true);
        }
        if self.deleted.contains_key(&number) {
            return Ok(false);
        }
        let Some(loaded) = self.shared.store.load(self.id, number).await? else {
            return Ok(false);
        };
        let mut resident = fold(loaded);
        if let Some(moved) = self.moved.remove(&number) {
            (resident.version, resident.commits_pending) = (moved.version, moved.notices);
        }
        self.keep(resident);
        if self.mode == Mode::Open && self.spared.remove(&number) {
            self.apply(number, |instance, now_ms, effects| {
                instance.run_lost(now_ms, effects);
            });
        }
        // What a process that died left open is charged before anything else happens to the instance.
        self.apply(number, |instance, now_ms, effects| {
            instance.recover(now_ms, effects);
        });
        Ok(true)
    }

    /// The number of the instance with this id, in memory or not.
    pub(super) async fn number_of(
        &mut self,
        workflow: WorkflowId,
        id: &Arc<str>,
    ) -> Result<Option<InstanceNumber>, StoreError> {
        if let Some(number) = self.by_id.get(&(workflow, id.clone())) {
            return Ok(Some(*number));
        }
        let stored = self.shared.store.find(workflow, id).await?;
        let stored = stored.map(|head| head.number);
        Ok(stored.filter(|number| !self.deleted.contains_key(number)))
    }

    /// Gives kept events their payloads before a transition may deliver them.
    pub(super) async fn supply_events(&mut self, number: InstanceNumber, ids: Vec<u64>) {
        for id in ids {
            match self.shared.store.event_value(self.id, number, id).await {
                Ok(Some(value)) => {
                    if let Some(resident) = self.residents.get_mut(&number) {
                        resident.instance.supply_event_value(id, value);
                    }
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(target: "stepwell::storage", "reading an event failed: {error}");
                }
            }
        }
    }

    /// Tells the run a value that was recorded before it asked. Rare: a wait that ended during the replay.
    pub(super) fn send_recorded(&mut self, number: InstanceNumber, call: CallId, seq: u32) {
        let Some(resident) = self.residents.get(&number) else {
            return;
        };
        let Some(run) = resident.run.clone() else { return };
        let event = resident.instance.ended().find_map(|(_, at, end)| match end {
            StepEnd::Event { event_ms, event_type } if at == seq => Some((*event_ms, event_type.clone())),
            _ => None,
        });
        let Some(event) = event else { return };
        let (store, shard) = (self.shared.store.clone(), self.id);
        // Weak: a run that the engine drops is not kept for this.
        let run = std::sync::Arc::downgrade(&run);
        tokio::spawn(async move {
            loop {
                let pause = match store.values(shard, number, seq, 1).await {
                    Ok(rows) => match rows.into_iter().next() {
                        Some((at, value)) if at == seq => {
                            let (event_ms, event_type) = event;
                            if let Some(run) = run.upgrade() {
                                run.send(ToRun::Event {
                                    call,
                                    value,
                                    event_ms,
                                    event_type,
                                });
                            }
                            return;
                        }
                        // The entry is in a commit that is on its way.
                        _ => std::time::Duration::from_millis(2),
                    },
                    Err(error) => {
                        tracing::error!(target: "stepwell::storage", "reading a recorded value failed, trying again: {error}");
                        super::READ_RETRY
                    }
                };
                tokio::time::sleep(pause).await;
                if run.strong_count() == 0 {
                    return;
                }
            }
        });
    }

    /// Takes an instance out of memory if nothing holds it there.
    pub(super) fn unload_if_idle(&mut self, number: InstanceNumber) {
        use super::resident::Slot;
        use stepwell_core::instance::Phase;
        let Some(resident) = self.residents.get(&number) else {
            return;
        };
        let idle = resident.run.is_none() && resident.slot == Slot::None && resident.commits_pending == 0;
        let stays = resident.instance.phase() == Phase::Runnable
            && self.mode == Mode::Open
            && !self.parked.contains(&(resident.workflow, resident.version));
        if idle && !stays {
            self.forget(number);
        }
    }
}

fn fold(loaded: Loaded) -> Resident {
    let head = loaded.head.clone();
    Resident::loaded(&head, instance(loaded))
}

/// The state that a stored instance folds to.
pub(crate) fn instance(loaded: Loaded) -> Instance {
    let phase = folded(loaded.head.phase);
    let journal = loaded.journal.into_iter().map(|row| (row.seq, row.entry));
    let events = loaded.events.into_iter().map(|event| BufferedEvent {
        id: event.id,
        event_type: event.event_type,
        at_ms: event.at_ms,
        value: None,
    });
    Instance::fold(phase, journal, events)
}
