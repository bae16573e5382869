//! Deletes instances.

use super::create::refused;
use super::{Mode, Shard};
use crate::engine::unreadable;
use crate::operations::OperationError;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use stepwell_core::ids::{InstanceNumber, WorkflowId};
use stepwell_store::Op;
use tokio::sync::oneshot;

impl Shard {
    pub(super) async fn on_delete(
        &mut self,
        workflow: WorkflowId,
        ids: Vec<Arc<str>>,
        answer: oneshot::Sender<Vec<Result<(), OperationError>>>,
    ) {
        if self.shared.full.load(Ordering::Acquire) {
            let _ = answer.send(ids.iter().map(|_| Err(OperationError::Full)).collect());
            return;
        }
        let mut results = Vec::with_capacity(ids.len());
        for id in ids {
            results.push(self.delete(workflow, &id).await);
        }
        self.answer_when_durable(results, answer);
    }

    /// Removes an instance and everything about it; its id is free from now on. Its run is dropped, and what comes late
    /// (words of the run, timers, a slot) finds nobody: numbers are not used again.
    async fn delete(&mut self, workflow: WorkflowId, id: &Arc<str>) -> Result<(), OperationError> {
        if let Mode::Closed(why) = self.mode {
            return Err(refused(why));
        }
        let number = self.number_of(workflow, id).await;
        let number = number.map_err(|error| unreadable(&error))?;
        let number = number.ok_or(OperationError::Gone)?;
        let moved = self.moved.remove(&number).map_or(0, |moved| moved.notices);
        let pending = self
            .residents
            .get(&number)
            .map_or(moved, |resident| resident.commits_pending);
        // The store has it until the commit: until then it must not be found there.
        self.deleted.insert(number, pending + 1);
        self.durable.push(number);
        self.ops.push(Op::DeleteInstance { number });
        self.release_run(number);
        self.forget(number);
        self.spared.remove(&number);
        if let Some(live) = self.shared.registry.get(workflow) {
            let (worker, workflow) = (&*live.script, &*live.name);
            tracing::info!(target: "stepwell::instance", worker, workflow, instance = &**id, "deleted");
        }
        Ok(())
    }

    /// One of the groups that say something about the instance is durable.
    pub(super) fn deletion_is_durable(&mut self, number: InstanceNumber) {
        if let Some(notices) = self.deleted.get_mut(&number) {
            *notices -= 1;
            if *notices == 0 {
                self.deleted.remove(&number);
            }
        }
    }
}
