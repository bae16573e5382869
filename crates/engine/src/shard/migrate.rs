//! Instances that go on in another version of their Workflow.

use super::create::refused;
use super::{Mode, Shard};
use crate::engine::unreadable;
use crate::operations::OperationError;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use stepwell_core::ids::{InstanceNumber, WorkflowId};
use stepwell_store::{Op, Phase};
use tokio::sync::oneshot;

/// An instance outside of memory whose version has just changed: the store has it until the commit.
pub(super) struct Moved {
    pub(super) version: u32,
    /// Notices until it is durable.
    pub(super) notices: u32,
}

impl Shard {
    pub(super) async fn on_migrate(
        &mut self,
        workflow: WorkflowId,
        ids: Vec<Arc<str>>,
        version: u32,
        answer: oneshot::Sender<Vec<Result<bool, OperationError>>>,
    ) {
        if self.shared.full.load(Ordering::Acquire) {
            let _ = answer.send(ids.iter().map(|_| Err(OperationError::Full)).collect());
            return;
        }
        let mut results = Vec::with_capacity(ids.len());
        for id in ids {
            results.push(self.migrate(workflow, &id, version).await);
        }
        self.answer_when_durable(results, answer);
    }

    async fn migrate(
        &mut self,
        workflow: WorkflowId,
        id: &Arc<str>,
        version: u32,
    ) -> Result<bool, OperationError> {
        if let Mode::Closed(why) = self.mode {
            return Err(refused(why));
        }
        if let Some(number) = self.by_id.get(&(workflow, id.clone())).copied() {
            return self.migrate_resident(number, version);
        }
        // What is not in memory is in the store as it is. One that sleeps is not loaded for this.
        let head = self.shared.store.find(workflow, id).await;
        let head = head.map_err(|error| unreadable(&error))?;
        let head = head.filter(|head| !self.deleted.contains_key(&head.number));
        let head = head.ok_or(OperationError::Gone)?;
        if head.phase.is_terminal() {
            return Err(OperationError::Ended);
        }
        let number = head.number;
        let current = self
            .moved
            .get(&number)
            .map_or(head.version, |moved| moved.version);
        if current == version {
            return Ok(false);
        }
        if head.phase != Phase::Runnable {
            self.move_sleeping(number, version);
            return Ok(true);
        }
        // Its old version may not be published, so that it stands in no queue.
        let loaded = self.ensure_loaded(number).await;
        if !loaded.map_err(|error| unreadable(&error))? {
            return Err(OperationError::Gone);
        }
        self.migrate_resident(number, version)
    }

    fn move_sleeping(&mut self, number: InstanceNumber, version: u32) {
        self.ops.push(Op::SetVersion { number, version });
        self.durable.push(number);
        let moved = self.moved.entry(number).or_insert(Moved { version, notices: 0 });
        moved.version = version;
        moved.notices += 1;
    }

    /// One of the groups that say something about the instance is durable.
    pub(super) fn move_is_durable(&mut self, number: InstanceNumber) {
        if let Some(moved) = self.moved.get_mut(&number) {
            moved.notices -= 1;
            if moved.notices == 0 {
                self.moved.remove(&number);
            }
        }
    }

    fn migrate_resident(&mut self, number: InstanceNumber, version: u32) -> Result<bool, OperationError> {
        let resident = self.residents.get(&number).ok_or(OperationError::Gone)?;
        if resident.instance.phase().is_final() {
            return Err(OperationError::Ended);
        }
        if resident.version == version {
            return Ok(false);
        }
        let runs = resident.run.is_some();
        self.set_version(number, version);
        if runs {
            self.run_again(number);
        }
        Ok(true)
    }
}
