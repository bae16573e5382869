//! What is stored, and what is known of it in memory.

use crate::engine::{Engine, stopping};
use crate::operations::{OperationError, Status};
use crate::shard::{LiveStatus, Message};
use std::collections::HashMap;
use stepwell_core::ids::{InstanceNumber, WorkflowId};
use stepwell_store::{Created, InstanceHead, Phase};
use tokio::sync::oneshot;

/// The instances of a Workflow whose status their stored phase does not tell: those that run, most of all.
pub(super) struct Overlay(HashMap<InstanceNumber, LiveStatus>);

impl Overlay {
    /// Asks all shards. What the store says after this is not older than what they say.
    pub(super) async fn of(engine: &Engine, workflow: WorkflowId) -> Result<Self, OperationError> {
        let mut asked = Vec::new();
        for mailbox in &engine.shared.mailboxes {
            let (answer, answered) = oneshot::channel();
            mailbox.send(Message::Overlay { workflow, answer });
            asked.push(answered);
        }
        let mut live = HashMap::new();
        for answered in asked {
            for one in answered.await.map_err(|_| stopping())?? {
                live.insert(one.number, one);
            }
        }
        Ok(Self(live))
    }

    /// The status of an instance. If its phase has changed since the shards were asked, the store knows better.
    pub(super) fn status(&self, head: &InstanceHead) -> Status {
        match self.0.get(&head.number) {
            Some(live) if live.phase == head.phase => live.status,
            _ => Status::of(head.phase),
        }
    }

    /// The counts by status that belong to stored counts by phase, of those created then; without those that are zero. Their
    /// sum is that of the stored counts.
    pub(super) fn counts(&self, stored: Vec<(Phase, u64)>, created: Created) -> Vec<(Status, u64)> {
        let mut counts = [0; Status::ALL.len()];
        for (phase, count) in stored {
            counts[Status::of(phase) as usize] += count;
        }
        for live in self.0.values().filter(|live| created.contains(live.created_ms)) {
            let from = &mut counts[Status::of(live.phase) as usize];
            if *from > 0 {
                *from -= 1;
                counts[live.status as usize] += 1;
            }
        }
        let counts = Status::ALL
            .into_iter()
            .map(|status| (status, counts[status as usize]));
        counts.filter(|(_, count)| *count > 0).collect()
    }
}
