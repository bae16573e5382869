//! What is known of instances in memory, for lists and counts.

use super::absorb::stored;
use super::create::refused;
use super::{LiveStatus, Shard};
use crate::committer::After;
use crate::operations::{OperationError, Status};
use std::sync::atomic::Ordering;
use stepwell_core::ids::WorkflowId;
use tokio::sync::oneshot;

impl Shard {
    /// Answers when what it says is durable. Those whose phase says everything are left out: there may be many.
    pub(super) fn on_overlay(
        &mut self,
        workflow: WorkflowId,
        answer: oneshot::Sender<Result<Vec<LiveStatus>, OperationError>>,
    ) {
        let mut live = Vec::new();
        for resident in self.residents.values() {
            let (phase, status) = (stored(resident.instance.phase()), resident.status());
            if resident.workflow == workflow && status != Status::of(phase) {
                live.push(LiveStatus {
                    number: resident.number,
                    created_ms: resident.created_ms,
                    phase,
                    status,
                });
            }
        }
        if self.shared.full.load(Ordering::Acquire) {
            let _ = answer.send(Ok(live)); // reads do not wait for room
            return;
        }
        self.after.push(After::Answer(Box::new(move |outcome| {
            let _ = answer.send(outcome.map_err(refused).map(|()| live));
        })));
    }
}
