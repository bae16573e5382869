//! What is stored, and what is known of it in memory.

use crate::engine::{Engine, stopping};
use crate::operations::{OperationError, Status};
use crate::shard::{LiveStatus, Mailbox, Message, Of};
use std::collections::HashMap;
use stepwell_core::ids::{InstanceNumber, ShardId, WorkflowId};
use stepwell_store::{InstanceHead, Phase, Span};
use tokio::sync::oneshot;

/// Instances whose status their stored phase does not tell: those that run, most of all. There are never more of them
/// than may run at once.
pub(crate) struct Overlay(HashMap<InstanceNumber, LiveStatus>);

impl Overlay {
    /// Asks all shards. What the store says after this is not older than what they say.
    pub(super) async fn of(engine: &Engine, workflow: WorkflowId) -> Result<Self, OperationError> {
        Self::ask(engine, &Of::Workflow(workflow)).await
    }

    /// That of all Workflows.
    pub(crate) async fn of_all(engine: &Engine) -> Result<Self, OperationError> {
        Self::ask(engine, &Of::All).await
    }

    async fn ask(engine: &Engine, of: &Of) -> Result<Self, OperationError> {
        let shards = engine.shared.mailboxes.iter();
        Self::answers(shards.map(|mailbox| (mailbox, of.clone()))).await
    }

    /// Nobody.
    pub(super) fn none() -> Self {
        Self(HashMap::new())
    }

    /// Asks about these instances. What the store says of them after this is not older.
    pub(super) async fn of_these(
        engine: &Engine,
        instances: &[(ShardId, InstanceNumber)],
    ) -> Result<Self, OperationError> {
        let mut by_shard: HashMap<ShardId, Vec<InstanceNumber>> = HashMap::new();
        for (shard, number) in instances {
            by_shard.entry(*shard).or_default().push(*number);
        }
        let mailbox = |shard: ShardId| &engine.shared.mailboxes[shard.0 as usize];
        let asked = by_shard.into_iter();
        Self::answers(asked.map(|(shard, numbers)| (mailbox(shard), Of::These(numbers)))).await
    }

    async fn answers<'a>(asked: impl Iterator<Item = (&'a Mailbox, Of)>) -> Result<Self, OperationError> {
        let mut waiting = Vec::new();
        for (mailbox, of) in asked {
            let (answer, answered) = oneshot::channel();
            mailbox.send(Message::Overlay { of, answer });
            waiting.push(answered);
        }
        let mut live = HashMap::new();
        for answered in waiting {
            for one in answered.await.map_err(|_| stopping())?? {
                live.insert(one.number, one);
            }
        }
        Ok(Self(live))
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Where those are that have this status.
    pub(super) fn with(&self, status: Status) -> impl Iterator<Item = (ShardId, InstanceNumber)> {
        let live = self.0.values().filter(move |live| live.status == status);
        live.map(|live| (live.shard, live.number))
    }

    /// When the run of an instance that has a live status began.
    pub(super) fn live_since_ms(&self, number: InstanceNumber) -> Option<i64> {
        self.0.get(&number)?.live_since_ms
    }

    /// The status of an instance. If its phase has changed since the shards were asked, the store knows better.
    pub(super) fn status(&self, head: &InstanceHead) -> Status {
        match self.0.get(&head.number) {
            Some(live) if live.phase == head.phase => live.status,
            _ => Status::of(head.phase),
        }
    }

    /// The counts by status of a Workflow that belong to stored counts by phase, of these numbers; without those that
    /// are zero. Their sum is that of the stored counts.
    pub(super) fn counts(
        &self,
        workflow: WorkflowId,
        stored: Vec<(Phase, u64)>,
        span: Span,
    ) -> Vec<(Status, u64)> {
        let mut counts = [0; Status::ALL.len()];
        for (phase, count) in stored {
            counts[Status::of(phase) as usize] += count;
        }
        let live = self.0.values().filter(|live| live.workflow == workflow);
        for live in live.filter(|live| span.contains(live.number)) {
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
