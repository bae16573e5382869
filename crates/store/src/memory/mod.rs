//! The reference store: everything in memory, as plainly as possible. It says what the right answer is when another
//! store is tested, and it serves tests of the engine. It never fails; faults are put around it where they are needed.

mod apply;
mod shard;

use crate::lease_table::LeaseTable;
use crate::{
    BatchOutcome, ConflictKind, InboxMessage, InstanceHead, Lease, Listing, Loaded, Op, Phase, Runnable,
    ShardBatch, Span, Store, StoreError, StoreInfo, TimerKey, validate,
};
use async_trait::async_trait;
use parking_lot::Mutex;
use shard::{Instance, Shard};
use std::collections::BTreeMap;
use std::time::Duration;
use stepwell_core::ids::{InstanceNumber, ShardId, WorkflowId};
use stepwell_core::journal::Entry;
use stepwell_core::value::Value;

/// A store without a disk.
#[derive(Debug)]
pub struct MemoryStore {
    shards: u32,
    leases: LeaseTable,
    data: Mutex<Data>,
}

#[derive(Debug, Default)]
struct Data {
    shards: Vec<Shard>,
    /// `None`: forgotten.
    workflows: Vec<Option<String>>,
    jobs: BTreeMap<u32, String>,
    commits: u64,
    entries: u64,
}

impl MemoryStore {
    /// An empty store with this many shards (at least one).
    pub fn new(shards: u32) -> Self {
        let shards = shards.max(1);
        let data = Data {
            shards: (0..shards).map(|_| Shard::default()).collect(),
            ..Data::default()
        };
        Self {
            shards,
            leases: LeaseTable::default(),
            data: Mutex::new(data),
        }
    }

    /// Forgets who holds which shard, as the end of the process does to a store on disk. The next `acquire` gets all.
    pub fn forget_leases(&self) {
        self.leases.forget();
    }

    /// Reads the instance, if it is in this shard.
    fn instance<T>(
        &self,
        shard: ShardId,
        number: InstanceNumber,
        read: impl FnOnce(&Instance) -> T,
    ) -> Result<Option<T>, StoreError> {
        validate::shard(shard, self.shards)?;
        let data = self.data.lock();
        Ok(data.shards[shard.0 as usize].instances.get(&number).map(read))
    }

    /// Reads a shard.
    fn shard<T>(&self, shard: ShardId, read: impl FnOnce(&Shard) -> T) -> Result<T, StoreError> {
        validate::shard(shard, self.shards)?;
        Ok(read(&self.data.lock().shards[shard.0 as usize]))
    }
}

impl Data {
    fn commit(&mut self, batch: &ShardBatch) -> BatchOutcome {
        let shard = &self.shards[batch.shard.0 as usize];
        // Epoch 0 is nobody's: a shard that was never acquired takes no batch.
        if batch.epoch != shard.epoch || batch.epoch == 0 {
            return BatchOutcome::Fenced { current: shard.epoch };
        }
        if batch.expected != shard.seq {
            if shard.last.as_ref() == Some(batch) {
                return BatchOutcome::Committed(shard.seq);
            }
            return BatchOutcome::Conflict {
                op: 0,
                what: ConflictKind::BatchSequence,
            };
        }
        if let Err((op, what)) = self.apply(batch) {
            return BatchOutcome::Conflict { op, what };
        }
        let shard = &mut self.shards[batch.shard.0 as usize];
        shard.seq += 1;
        shard.last = Some(batch.clone());
        let appended = |op: &&Op| matches!(op, Op::AppendJournal { .. });
        self.entries += batch.ops.iter().filter(appended).count() as u64;
        BatchOutcome::Committed(shard.seq)
    }

    /// Instances of all shards that `keep` picks.
    fn heads(&self, keep: impl Fn(&InstanceHead) -> bool) -> Vec<InstanceHead> {
        let instances = self.shards.iter().flat_map(|shard| shard.instances.values());
        let heads = instances.map(|instance| &instance.head);
        heads.filter(|head| keep(head)).cloned().collect()
    }
}

#[async_trait]
impl Store for MemoryStore {
    fn info(&self) -> StoreInfo {
        let data = self.data.lock();
        StoreInfo {
            shards: self.shards,
            format: 1,
            commits: data.commits,
            entries: data.entries,
        }
    }

    async fn acquire(&self, node: u64, max: usize, ttl: Duration) -> Result<Vec<Lease>, StoreError> {
        let mut data = self.data.lock();
        let mut leases = Vec::new();
        for id in self.leases.free(self.shards, max) {
            let shard = &mut data.shards[id.0 as usize];
            shard.epoch += 1;
            leases.push(Lease {
                shard: id,
                epoch: shard.epoch,
                seq: shard.seq,
            });
        }
        self.leases.grant(node, &leases, ttl);
        Ok(leases)
    }

    async fn renew(&self, node: u64, held: &[Lease], ttl: Duration) -> Result<Vec<ShardId>, StoreError> {
        Ok(self.leases.renew(node, held, ttl))
    }

    async fn release(&self, node: u64, held: &[Lease]) -> Result<(), StoreError> {
        self.leases.release(node, held);
        Ok(())
    }

    async fn commit(&self, batches: Vec<ShardBatch>) -> Result<Vec<BatchOutcome>, StoreError> {
        validate::batches(&batches, self.shards)?;
        let mut data = self.data.lock();
        let before: u64 = data.shards.iter().map(|shard| shard.seq).sum();
        let outcomes = batches.iter().map(|batch| data.commit(batch)).collect();
        let after: u64 = data.shards.iter().map(|shard| shard.seq).sum();
        data.commits += u64::from(after > before);
        Ok(outcomes)
    }

    async fn enqueue(&self, messages: Vec<InboxMessage>) -> Result<(), StoreError> {
        validate::messages(&messages, self.shards)?;
        let mut data = self.data.lock();
        let mut added: Vec<&InboxMessage> = Vec::new();
        for message in &messages {
            let present = data.shards[message.shard.0 as usize].inbox.values();
            let mut all = present.chain(added.iter().copied().filter(|other| other.shard == message.shard));
            let same_source =
                |other: &InboxMessage| (other.source, other.source_id) == (message.source, message.source_id);
            if all.clone().any(same_source) {
                continue;
            }
            if all.any(|other| other.id == message.id) {
                return Err(StoreError::Invalid(format!(
                    "the inbox id {} is taken by another message",
                    message.id
                )));
            }
            added.push(message);
        }
        data.commits += u64::from(!added.is_empty());
        for message in added {
            let inbox = &mut data.shards[message.shard.0 as usize].inbox;
            inbox.insert(message.id, message.clone());
        }
        Ok(())
    }

    async fn inbox(&self, shard: ShardId, limit: usize) -> Result<Vec<InboxMessage>, StoreError> {
        self.shard(shard, |shard| shard.inbox.values().take(limit).cloned().collect())
    }

    async fn runnable(
        &self,
        shard: ShardId,
        after: Option<InstanceNumber>,
        limit: usize,
    ) -> Result<Vec<Runnable>, StoreError> {
        self.shard(shard, |shard| shard.runnable(after, limit))
    }

    async fn timers(
        &self,
        shard: ShardId,
        after: Option<TimerKey>,
        until_ms: i64,
        limit: usize,
    ) -> Result<Vec<TimerKey>, StoreError> {
        self.shard(shard, |shard| shard.timers(after, until_ms, limit))
    }

    async fn load(&self, shard: ShardId, number: InstanceNumber) -> Result<Option<Loaded>, StoreError> {
        self.instance(shard, number, Instance::loaded)
    }

    async fn params(&self, shard: ShardId, number: InstanceNumber) -> Result<Option<Value>, StoreError> {
        self.instance(shard, number, |instance| instance.params.clone())
    }

    async fn values(
        &self,
        shard: ShardId,
        number: InstanceNumber,
        from: u32,
        max_bytes: u64,
    ) -> Result<Vec<(u32, Value)>, StoreError> {
        let values = self.instance(shard, number, |instance| instance.values(from, max_bytes))?;
        Ok(values.unwrap_or_default())
    }

    async fn event_value(
        &self,
        shard: ShardId,
        number: InstanceNumber,
        id: u64,
    ) -> Result<Option<Value>, StoreError> {
        let value = self.instance(shard, number, |instance| instance.event_value(id))?;
        Ok(value.flatten())
    }

    async fn find(&self, workflow: WorkflowId, id: &str) -> Result<Option<InstanceHead>, StoreError> {
        let data = self.data.lock();
        let name = (workflow, id.into());
        let find = |shard: &Shard| Some(shard.instances.get(shard.names.get(&name)?)?.head.clone());
        Ok(data.shards.iter().find_map(find))
    }

    async fn list(&self, listing: Listing) -> Result<Vec<InstanceHead>, StoreError> {
        let mut heads = self.data.lock().heads(|head| listing.has(head));
        listing.cut(&mut heads);
        Ok(heads)
    }

    async fn heads(&self, of: Vec<(ShardId, InstanceNumber)>) -> Result<Vec<InstanceHead>, StoreError> {
        let mut heads = Vec::with_capacity(of.len());
        for (shard, number) in of {
            heads.extend(self.instance(shard, number, |instance| instance.head.clone())?);
        }
        Ok(heads)
    }

    async fn first_entries(
        &self,
        of: Vec<(ShardId, InstanceNumber)>,
        limit: usize,
    ) -> Result<Vec<Vec<Entry>>, StoreError> {
        let first = |instance: &Instance| {
            let entries = instance.journal.iter().take(limit);
            entries.map(|(entry, _)| Entry::clone(entry)).collect()
        };
        of.into_iter()
            .map(|(shard, number)| Ok(self.instance(shard, number, first)?.unwrap_or_default()))
            .collect()
    }

    async fn counts(&self, workflow: WorkflowId, span: Span) -> Result<Vec<(Phase, u64)>, StoreError> {
        let counted = |head: &InstanceHead| head.workflow == workflow && span.contains(head.number);
        let heads = self.data.lock().heads(counted);
        let count = |phase| heads.iter().filter(|head| head.phase == phase).count() as u64;
        let counts = Phase::ALL.into_iter().map(|phase| (phase, count(phase)));
        Ok(counts.filter(|(_, count)| *count > 0).collect())
    }

    async fn workflow(&self, name: &str) -> Result<WorkflowId, StoreError> {
        let mut data = self.data.lock();
        let found = data
            .workflows
            .iter()
            .position(|known| known.as_deref() == Some(name));
        let index = found.unwrap_or_else(|| {
            data.workflows.push(Some(name.to_owned()));
            data.commits += 1;
            data.workflows.len() - 1
        });
        Ok(WorkflowId(index as u32 + 1))
    }

    async fn forget_workflow(&self, name: &str) -> Result<Option<WorkflowId>, StoreError> {
        let mut data = self.data.lock();
        let found = data
            .workflows
            .iter()
            .position(|known| known.as_deref() == Some(name));
        let Some(index) = found else { return Ok(None) };
        data.workflows[index] = None;
        data.commits += 1;
        Ok(Some(WorkflowId(index as u32 + 1)))
    }

    async fn forgotten_workflows(&self) -> Result<Vec<WorkflowId>, StoreError> {
        let data = self.data.lock();
        let ids = (1..).map(WorkflowId).zip(&data.workflows);
        Ok(ids.filter(|(_, name)| name.is_none()).map(|(id, _)| id).collect())
    }

    async fn workflows(&self) -> Result<Vec<(WorkflowId, String)>, StoreError> {
        let data = self.data.lock();
        let ids = (1..).map(WorkflowId);
        let named = ids.zip(&data.workflows);
        let named = named.filter_map(|(id, name)| Some((id, name.clone()?)));
        let mut all: Vec<_> = named.collect();
        all.sort_by(|a, b| a.1.cmp(&b.1));
        Ok(all)
    }

    async fn set_job(&self, workflow: WorkflowId, job: Option<String>) -> Result<(), StoreError> {
        let mut data = self.data.lock();
        match job {
            Some(job) => drop(data.jobs.insert(workflow.0, job)),
            None => drop(data.jobs.remove(&workflow.0)),
        }
        data.commits += 1;
        Ok(())
    }

    async fn jobs(&self) -> Result<Vec<(WorkflowId, String)>, StoreError> {
        let data = self.data.lock();
        let jobs = data.jobs.iter().map(|(id, job)| (WorkflowId(*id), job.clone()));
        Ok(jobs.collect())
    }

    async fn maintain(&self, _budget: Duration) -> Result<(), StoreError> {
        Ok(())
    }

    async fn probe(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
