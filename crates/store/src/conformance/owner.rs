//! An owner of shards as tests need it: keeps epochs and sequence numbers, and makes ops.

use crate::{BatchOutcome, Lease, NewInstance, Op, Phase, ShardBatch, Store, TimerKey, Trigger};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::time::Duration;
use stepwell_core::ids::{InstanceNumber, ShardId, WorkflowId};
use stepwell_core::journal::Entry;
use stepwell_core::value::Value;

/// Long enough for every case.
pub const TTL: Duration = Duration::from_mins(10);
/// The node that cases run as.
pub const NODE: u64 = 1;

/// Holds all shards of a store.
pub struct Owner<'a> {
    /// The store.
    pub store: &'a dyn Store,
    /// By shard, with the sequence number moved on by each commit.
    pub leases: BTreeMap<ShardId, Lease>,
}

impl<'a> Owner<'a> {
    /// Acquires all shards.
    pub async fn new(store: &'a dyn Store) -> Self {
        let leases = store.acquire(NODE, usize::MAX, TTL).await.unwrap();
        assert!(
            leases.len() >= 2,
            "the suite needs a fresh store of two shards or more"
        );
        let leases = leases.into_iter().map(|lease| (lease.shard, lease)).collect();
        Self { store, leases }
    }

    /// The next batch of the shard.
    pub fn batch(&self, shard: ShardId, ops: Vec<Op>) -> ShardBatch {
        let lease = self.leases[&shard];
        ShardBatch {
            shard,
            epoch: lease.epoch,
            expected: lease.seq,
            ops,
        }
    }

    /// Commits one batch.
    pub async fn commit(&mut self, shard: ShardId, ops: Vec<Op>) -> BatchOutcome {
        let batch = self.batch(shard, ops);
        self.send(batch).await
    }

    /// Commits one batch that was made before.
    pub async fn send(&mut self, batch: ShardBatch) -> BatchOutcome {
        let shard = batch.shard;
        let outcome = self.store.commit(vec![batch]).await.unwrap().remove(0);
        if let (BatchOutcome::Committed(seq), Some(lease)) = (&outcome, self.leases.get_mut(&shard)) {
            lease.seq = *seq;
        }
        outcome
    }

    /// Commits one batch that must succeed.
    pub async fn apply(&mut self, shard: ShardId, ops: Vec<Op>) {
        let next = self.leases[&shard].seq + 1;
        let outcome = self.commit(shard, ops).await;
        assert_eq!(outcome, BatchOutcome::Committed(next));
    }

    /// Creates an instance and returns where it is.
    pub async fn create(&mut self, new: NewInstance) -> (ShardId, InstanceNumber) {
        let (shard, number) = (self.shard_of(&new), new.number);
        self.apply(shard, vec![Op::CreateInstance(Box::new(new))]).await;
        (shard, number)
    }

    /// The shard that an instance belongs to.
    pub fn shard_of(&self, new: &NewInstance) -> ShardId {
        ShardId::of(new.workflow, &new.id, self.leases.len() as u32)
    }

    /// An instance of Workflow 1 in this shard, with a number of this shard.
    pub fn instance_in(&self, shard: ShardId, nth: u64) -> NewInstance {
        let shards = self.leases.len() as u64;
        let mut ids = (0..).map(|i| format!("instance-{nth}-{i}"));
        let id = ids.find(|id| ShardId::of(WorkflowId(1), id, shards as u32) == shard);
        new_instance(nth * shards + u64::from(shard.0) + 1, &id.unwrap())
    }
}

/// An instance of Workflow 1.
pub fn new_instance(number: u64, id: &str) -> NewInstance {
    NewInstance {
        number: InstanceNumber(number),
        workflow: WorkflowId(1),
        id: id.into(),
        version: 7,
        created_ms: 1_000 + number as i64,
        trigger: Trigger::Binding,
        options: serde_json::json!({"retention": {"successMs": 1.5e-7, "name": "ä\u{0}\u{1F600}"}}),
        params: value(b"{\"amount\":12}"),
    }
}

/// A value of these bytes.
pub fn value(bytes: &[u8]) -> Value {
    Value::from_bytes(Bytes::copy_from_slice(bytes))
}

/// A value of `length` bytes of all kinds, different for each `seed`.
pub fn noise(length: usize, seed: u64) -> Value {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    Value::from_bytes(std::iter::repeat_with(next).take(length).collect())
}

/// An op that appends a small entry.
pub fn append(number: InstanceNumber, seq: u32, value: Option<Value>) -> Op {
    let entry = Entry::Completed {
        at_ms: 2_000 + i64::from(seq),
        started_ms: None,
    };
    Op::AppendJournal {
        number,
        seq,
        entry: entry.into(),
        value,
    }
}

/// An op that changes the phase.
pub fn phase(number: InstanceNumber, phase: Phase, at_ms: i64) -> Op {
    Op::SetPhase { number, phase, at_ms }
}

/// An op that buffers an event.
pub fn event(number: InstanceNumber, id: u64, value: Value) -> Op {
    Op::BufferEvent {
        number,
        id,
        event_type: format!("type-{}", id % 2).into(),
        at_ms: 3_000 + id as i64,
        value,
    }
}

/// A timer.
pub fn timer(due_ms: i64, number: InstanceNumber, key: u32) -> TimerKey {
    TimerKey {
        due_ms,
        instance: number,
        key,
    }
}
