//! Group commit: whatever was decided while one commit was on its way becomes durable with the next one, and only then
//! do messages and answers leave.

use crate::runtime::RunHandle;
use crate::shard::{Mailbox, Message};
use std::sync::Arc;
use std::time::Duration;
use stepwell_core::ids::{InstanceNumber, ShardId};
use stepwell_core::run::ToRun;
use stepwell_store::{BatchOutcome, Lease, Op, ShardBatch, Store, StoreError, failpoint};
use tokio::sync::mpsc;

/// Why a group was not applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The disk is full.
    Full,
    /// The shard has another owner, or its rows are not what the owner thought.
    Lost,
}

/// What a shard decided in one go.
pub(crate) struct Group {
    pub(crate) shard: ShardId,
    /// Groups of a generation that has failed are refused, because they build on what was not applied.
    pub(crate) generation: u64,
    pub(crate) ops: Vec<Op>,
    pub(crate) after: Vec<After>,
}

/// What happens once the group is durable.
pub(crate) enum After {
    /// A message to a run.
    Send(Arc<RunHandle>, ToRun),
    /// An answer to somebody who waits; told also when the group is refused.
    Answer(Box<dyn FnOnce(Result<(), Refused>) + Send>),
    /// The shard looks at these instances again.
    Durable(Vec<InstanceNumber>),
}

struct Lane {
    epoch: u64,
    seq: u64,
    /// The lowest generation that is accepted.
    generation: u64,
    mailbox: Mailbox,
}

/// The task that commits for all shards of a store.
pub(crate) struct Committer {
    store: Arc<dyn Store>,
    lanes: Vec<Lane>,
    on_poisoned: Arc<dyn Fn(&str) + Send + Sync>,
}

/// Most groups of one commit.
const GROUPS_MAX: usize = 1024;

impl Committer {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        leases: &[Lease],
        mailboxes: Vec<Mailbox>,
        on_poisoned: Arc<dyn Fn(&str) + Send + Sync>,
    ) -> Self {
        let lanes = leases
            .iter()
            .zip(mailboxes)
            .map(|(lease, mailbox)| Lane {
                epoch: lease.epoch,
                seq: lease.seq,
                generation: 0,
                mailbox,
            })
            .collect();
        Self {
            store,
            lanes,
            on_poisoned,
        }
    }

    /// Runs until every sender is gone.
    pub(crate) async fn run(mut self, mut groups: mpsc::UnboundedReceiver<Group>) {
        let mut taken = Vec::with_capacity(GROUPS_MAX);
        while groups.recv_many(&mut taken, GROUPS_MAX).await > 0 {
            self.commit(&mut taken).await;
        }
    }

    async fn commit(&mut self, groups: &mut Vec<Group>) {
        let mut ops: Vec<Vec<Op>> = (0..self.lanes.len()).map(|_| Vec::new()).collect();
        let mut accepted = Vec::with_capacity(groups.len());
        for group in groups.drain(..) {
            let index = group.shard.0 as usize;
            let Some(lane) = self.lanes.get(index) else {
                continue;
            };
            if group.generation < lane.generation {
                refuse(group.after, Refused::Full);
                continue;
            }
            let mut own = group.ops;
            ops[index].append(&mut own);
            accepted.push((index, group.after));
        }
        let batches: Vec<ShardBatch> = ops
            .into_iter()
            .enumerate()
            .filter(|(_, ops)| !ops.is_empty())
            .map(|(index, ops)| {
                let lane = &self.lanes[index];
                ShardBatch {
                    shard: ShardId(index as u32),
                    epoch: lane.epoch,
                    expected: lane.seq,
                    ops,
                }
            })
            .collect();
        let failed = if batches.is_empty() {
            Vec::new()
        } else {
            self.write(batches).await
        };
        for (index, after) in accepted {
            match failed.iter().find(|(shard, _)| *shard == index) {
                Some((_, why)) => refuse(after, *why),
                None => self.let_out(index, after),
            }
        }
    }

    /// Commits, repeating where the store says that it helps. Returns the shards whose batch was not applied.
    async fn write(&mut self, batches: Vec<ShardBatch>) -> Vec<(usize, Refused)> {
        let shards: Vec<usize> = batches.iter().map(|batch| batch.shard.0 as usize).collect();
        failpoint("before-commit");
        let outcomes = loop {
            match self.store.commit(batches.clone()).await {
                Ok(outcomes) => break outcomes,
                Err(StoreError::Unavailable { retry_after, message }) => {
                    tracing::warn!(target: "stepwell::storage", "the store is unavailable, trying again: {message}");
                    tokio::time::sleep(retry_after.max(Duration::from_millis(1))).await;
                }
                Err(StoreError::Unknown { message }) => {
                    tracing::warn!(target: "stepwell::storage", "a commit's outcome is unknown, sending it again: {message}");
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                Err(StoreError::Full) => {
                    for index in &shards {
                        self.fail(*index, Refused::Full);
                    }
                    return shards.into_iter().map(|index| (index, Refused::Full)).collect();
                }
                Err(error) => {
                    (self.on_poisoned)(&error.to_string());
                    for index in &shards {
                        self.fail(*index, Refused::Lost);
                    }
                    return shards.into_iter().map(|index| (index, Refused::Lost)).collect();
                }
            }
        };
        failpoint("after-commit");
        let mut failed = Vec::new();
        for (index, outcome) in shards.into_iter().zip(outcomes) {
            match outcome {
                BatchOutcome::Committed(seq) => self.lanes[index].seq = seq,
                BatchOutcome::Fenced { current } => {
                    tracing::error!(target: "stepwell::storage", "shard {index} has another owner (epoch {current})");
                    self.fail(index, Refused::Lost);
                    failed.push((index, Refused::Lost));
                }
                BatchOutcome::Conflict { op, what } => {
                    tracing::error!(target: "stepwell::storage", "shard {index}: op {op} contradicts the store ({what:?}); reloading the shard");
                    self.fail(index, Refused::Lost);
                    failed.push((index, Refused::Lost));
                }
            }
        }
        failed
    }

    fn fail(&mut self, index: usize, why: Refused) {
        let lane = &mut self.lanes[index];
        lane.generation += 1;
        lane.mailbox.send(Message::CommitFailed {
            generation: lane.generation,
            why,
        });
    }

    fn let_out(&self, index: usize, after: Vec<After>) {
        for after in after {
            match after {
                After::Send(run, message) => run.send(message),
                After::Answer(answer) => answer(Ok(())),
                After::Durable(numbers) => self.lanes[index].mailbox.send(Message::Durable(numbers)),
            }
        }
    }
}

fn refuse(after: Vec<After>, why: Refused) {
    for after in after {
        if let After::Answer(answer) = after {
            answer(Err(why));
        }
    }
}
