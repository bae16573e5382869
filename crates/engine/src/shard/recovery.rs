//! The start of a shard, and the way back after a refused write.

use super::{Message, Mode, Shard};
use crate::admission::{Lane, Ticket};
use crate::committer::{Refused, refuse};
use std::collections::HashSet;
use std::sync::atomic::Ordering;
use stepwell_core::ids::{InstanceNumber, WorkflowId};
use stepwell_core::instance::Rest;
use stepwell_store::{Runnable, StoreError};

/// Heads read at a time.
const PAGE: usize = 1024;

impl Shard {
    /// Queues what is runnable of Workflows that are new here, and of versions that can run again. Nothing is loaded before
    /// it has a slot, and nothing here is proportional to the instances that sleep (spec/storage.md 3.3).
    pub(super) async fn recover(&mut self) {
        if self.mode != Mode::Open {
            return; // this comes again when writes work
        }
        let residents: Vec<InstanceNumber> = self.residents.keys().copied().collect();
        for number in residents {
            self.follow(number);
            self.queue_if_runnable(number);
            self.unload_if_idle(number);
        }
        let registry = &self.shared.registry;
        let new: HashSet<WorkflowId> = registry
            .ids()
            .into_iter()
            .filter(|id| !self.recovered.contains(id))
            .collect();
        let (back, parked) = std::mem::take(&mut self.parked)
            .into_iter()
            .partition::<HashSet<_>, _>(|(id, version)| registry.version_for(*id, *version).is_some());
        self.parked = parked;
        if new.is_empty() && back.is_empty() {
            return;
        }
        match self.queue_runnable(&new, &back).await {
            Ok(()) => self.recovered.extend(new),
            Err(error) => {
                tracing::error!(target: "stepwell::storage", "recovering shard {} failed: {error}", self.id.0);
                self.parked.extend(back);
                self.mode = Mode::Closed(Refused::Lost);
            }
        }
    }

    /// A run that only waits is let go of if its instance is to go on in another version; one that is at work ends that
    /// first, and goes on there when it has left memory.
    fn follow(&mut self, number: InstanceNumber) {
        let Some(resident) = self.residents.get(&number) else {
            return;
        };
        let waits = resident.run.is_some() && matches!(resident.instance.rest(), Rest::Waits { .. });
        let registry = &self.shared.registry;
        let to = registry.version_for(resident.workflow, resident.version);
        if waits && to.is_some_and(|(_, version)| version.number != resident.version) {
            self.run_again(number);
        }
    }

    async fn queue_runnable(
        &mut self,
        workflows: &HashSet<WorkflowId>,
        versions: &HashSet<(WorkflowId, u32)>,
    ) -> Result<(), StoreError> {
        let mut after: Option<InstanceNumber> = None;
        loop {
            let page = self.shared.store.runnable(self.id, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.head.number);
            for Runnable { head, begun } in &page {
                let of = (head.workflow, head.version);
                let wanted = workflows.contains(&head.workflow) || versions.contains(&of);
                if !wanted || self.residents.contains_key(&head.number) {
                    continue;
                }
                if self.shared.registry.version_for(of.0, of.1).is_none() {
                    self.parked.insert(of);
                    continue;
                }
                let ticket = Ticket {
                    shard: self.id,
                    number: head.number,
                    workflow: head.workflow,
                    lane: if *begun { Lane::Woken } else { Lane::New },
                };
                if self.shared.admission.ask(ticket) {
                    self.mailbox.send(Message::Admitted(ticket));
                }
            }
        }
    }

    /// A group was not applied: what is in memory may not be what is stored. Forget it all; reads still work.
    pub(super) fn on_commit_failed(&mut self, generation: u64, why: Refused) {
        if generation <= self.generation {
            return;
        }
        self.generation = generation;
        if why == Refused::Lost {
            tracing::error!(target: "stepwell::storage", "a commit was refused: the shard reloads");
        }
        self.mode = Mode::Closed(why);
        self.ops.clear();
        refuse(std::mem::take(&mut self.after), why);
        self.durable.clear();
        self.deleted.clear();
        self.moved.clear();
        self.recovered.clear();
        self.parked.clear();
        self.starts.clear();
        self.starts_due = None;
        self.checks.clear();
        self.timers.clear();
        // Also those that only stand ready: the start of an earlier attempt may be in the store.
        self.spared.extend(self.residents.keys());
        let numbers: Vec<InstanceNumber> = self.residents.keys().copied().collect();
        for number in numbers {
            self.release_run(number);
            self.forget(number);
        }
    }

    /// Tries a write; if it works, starts over from the store.
    pub(super) async fn try_to_reopen(&mut self) {
        if self.shared.store.probe().await.is_err() {
            return;
        }
        self.shared.full.store(false, Ordering::Release);
        tracing::info!(target: "stepwell::storage", "writes work again");
        self.mode = Mode::Open;
        self.recover().await;
    }
}
