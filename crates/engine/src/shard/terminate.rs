//! Ends many instances.

use super::create::refused;
use super::{Mode, Shard};
use crate::engine::unreadable;
use crate::operations::{OperationError, Status};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use stepwell_core::ids::WorkflowId;
use tokio::sync::oneshot;

impl Shard {
    pub(super) async fn on_terminate(
        &mut self,
        workflow: WorkflowId,
        ids: Vec<Arc<str>>,
        only: Option<Status>,
        answer: oneshot::Sender<Vec<Result<bool, OperationError>>>,
    ) {
        if self.shared.full.load(Ordering::Acquire) {
            let _ = answer.send(ids.iter().map(|_| Err(OperationError::Full)).collect());
            return;
        }
        let mut results = Vec::with_capacity(ids.len());
        for id in ids {
            results.push(self.terminate_one(workflow, &id, only).await);
        }
        self.answer_when_durable(results, answer);
    }

    async fn terminate_one(
        &mut self,
        workflow: WorkflowId,
        id: &Arc<str>,
        only: Option<Status>,
    ) -> Result<bool, OperationError> {
        if let Mode::Closed(why) = self.mode {
            return Err(refused(why));
        }
        let number = self.number_of(workflow, id).await;
        let number = number.map_err(|error| unreadable(&error))?;
        let number = number.ok_or(OperationError::Gone)?;
        let loaded = self.ensure_loaded(number).await;
        if !loaded.map_err(|error| unreadable(&error))? {
            return Err(OperationError::Gone);
        }
        let status = self.residents.get(&number).map(|resident| {
            let ended = resident.instance.phase().is_final();
            (!ended).then(|| resident.status())
        });
        let wanted = match status.flatten() {
            Some(status) => only.is_none_or(|only| only == status),
            None => false,
        };
        if wanted {
            self.apply(number, |instance, now_ms, effects| {
                instance.terminate(now_ms, effects);
            });
        }
        self.unload_if_idle(number);
        Ok(wanted)
    }
}
