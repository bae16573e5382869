//! Group commit: whatever was decided while one commit was on its way becomes durable with the next one, and only then
//! do messages and answers leave.

use crate::meters::Meters;
use crate::runtime::RunHandle;
use crate::shard::{Mailbox, Message};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
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
    /// Whether the disk is full; shared with the shards.
    full: Arc<AtomicBool>,
    meters: Arc<Meters>,
}

/// How long to wait before a commit that found the disk full is tried again.
const FULL_RETRY: Duration = Duration::from_millis(250);

/// Most groups of one commit.
const GROUPS_MAX: usize = 1024;

impl Committer {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        leases: &[Lease],
        mailboxes: Vec<Mailbox>,
        on_poisoned: Arc<dyn Fn(&str) + Send + Sync>,
        full: Arc<AtomicBool>,
        meters: Arc<Meters>,
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
            full,
            meters,
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
        let mut accepted = Vec::with_capacity(groups.len());
        for group in groups.drain(..) {
            match self.lanes.get(group.shard.0 as usize) {
                Some(lane) if group.generation >= lane.generation => accepted.push(group),
                Some(_) => refuse(group.after, Refused::Full),
                None => {}
            }
        }
        let failed = self.write(&mut accepted).await;
        for group in accepted {
            let index = group.shard.0 as usize;
            match failed.iter().find(|(shard, _)| *shard == index) {
                Some((_, why)) => refuse(group.after, *why),
                None => self.let_out(index, group.after),
            }
        }
    }

    /// One batch for each shard that has something to write.
    fn batches(&self, groups: &[Group]) -> Vec<ShardBatch> {
        let mut batches: Vec<ShardBatch> = Vec::new();
        for group in groups.iter().filter(|group| !group.ops.is_empty()) {
            let ops = group.ops.iter().cloned();
            if let Some(batch) = batches.iter_mut().find(|batch| batch.shard == group.shard) {
                batch.ops.extend(ops);
                continue;
            }
            let lane = &self.lanes[group.shard.0 as usize];
            batches.push(ShardBatch {
                shard: group.shard,
                epoch: lane.epoch,
                expected: lane.seq,
                ops: ops.collect(),
            });
        }
        batches
    }

    /// Commits, repeating where the store says that it helps. Returns the shards whose batch was not applied; groups that
    /// were refused because the disk is full are taken out.
    async fn write(&mut self, groups: &mut Vec<Group>) -> Vec<(usize, Refused)> {
        failpoint("before-commit");
        let (shards, outcomes) = loop {
            let batches = self.batches(groups);
            if batches.is_empty() {
                return Vec::new();
            }
            let shards: Vec<usize> = batches.iter().map(|batch| batch.shard.0 as usize).collect();
            let size: usize = batches.iter().map(|batch| batch.ops.len()).sum();
            let begin = Instant::now();
            match self.store.commit(batches).await {
                Ok(outcomes) => {
                    self.meters.commit.took(begin.elapsed());
                    self.meters.commit_size.observe(size as f64);
                    break (shards, outcomes);
                }
                Err(StoreError::Unavailable { retry_after, message }) => {
                    tracing::warn!(target: "stepwell::storage", "the store is unavailable, trying again: {message}");
                    tokio::time::sleep(retry_after.max(Duration::from_millis(1))).await;
                }
                Err(StoreError::Unknown { message }) => {
                    tracing::warn!(target: "stepwell::storage", "a commit's outcome is unknown, sending it again: {message}");
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                Err(StoreError::Full) => {
                    self.refuse_clients(groups);
                    tokio::time::sleep(FULL_RETRY).await;
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
        if self.full.swap(false, Ordering::AcqRel) {
            tracing::info!(target: "stepwell::storage", "there is room on the disk again: everything goes on");
        }
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

    /// The disk is full. What runs have done is held until there is room: calling user code again would repeat its side
    /// effects. What a client waits for is refused, with the shard's other groups of this commit, because they build on it;
    /// from now on the shards refuse new work at the door.
    fn refuse_clients(&mut self, groups: &mut Vec<Group>) {
        if !self.full.swap(true, Ordering::AcqRel) {
            tracing::error!(target: "stepwell::storage", "the disk is full: new work is refused, reads work, everything goes on when there is room");
        }
        let asks = |group: &Group| group.after.iter().any(|after| matches!(after, After::Answer(_)));
        let mut waited_for: Vec<ShardId> = groups
            .iter()
            .filter(|group| !group.ops.is_empty() && asks(group))
            .map(|group| group.shard)
            .collect();
        waited_for.sort_unstable();
        waited_for.dedup();
        for shard in &waited_for {
            self.fail(shard.0 as usize, Refused::Full);
        }
        for mut group in std::mem::take(groups) {
            if waited_for.contains(&group.shard) {
                refuse(group.after, Refused::Full);
                continue;
            }
            // Reads are told at once; what the shard and its runs wait for comes with the commit.
            let (answers, held) = group
                .after
                .into_iter()
                .partition(|after| matches!(after, After::Answer(_)));
            refuse(answers, Refused::Full);
            group.after = held;
            groups.push(group);
        }
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

/// Tells those who wait for an answer that there is none; the rest is dropped.
pub(crate) fn refuse(after: Vec<After>, why: Refused) {
    for after in after {
        if let After::Answer(answer) = after {
            answer(Err(why));
        }
    }
}
