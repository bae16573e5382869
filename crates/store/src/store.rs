//! The trait.

use crate::{
    BatchOutcome, InboxMessage, InstanceHead, Lease, Listing, Loaded, Phase, Runnable, ShardBatch, Span,
    StoreError, TimerKey,
};
use async_trait::async_trait;
use std::time::Duration;
use stepwell_core::ids::{InstanceNumber, ShardId, WorkflowId};
use stepwell_core::journal::Entry;
use stepwell_core::value::Value;

/// What a store is, for start-up messages and `doctor`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreInfo {
    /// Number of virtual shards, fixed when the store was created.
    pub shards: u32,
    /// On-disk format.
    pub format: u32,
    /// Commits (fsyncs) and journal entries since the store was opened, for honest figures.
    pub commits: u64,
    /// Journal entries written since the store was opened.
    pub entries: u64,
}

/// Where instances live. Semantics of the operations: spec/storage.md 3.2; checked by the conformance suite.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Facts and counters.
    fn info(&self) -> StoreInfo;

    /// Takes up to `max` shards that nobody holds. Raises the epoch of each. Shards that `node` itself holds are not
    /// given again; `release` them, or let them expire.
    async fn acquire(&self, node: u64, max: usize, ttl: Duration) -> Result<Vec<Lease>, StoreError>;
    /// Prolongs leases. Returns the shards that are still held; an expired lease that nobody took counts as held.
    async fn renew(&self, node: u64, held: &[Lease], ttl: Duration) -> Result<Vec<ShardId>, StoreError>;
    /// Gives leases back. Leases of somebody else are left alone.
    async fn release(&self, node: u64, held: &[Lease]) -> Result<(), StoreError>;

    /// The one write path of an owner: one call is one durable commit; outcomes are per batch, in order. Several batches
    /// of one shard follow each other.
    async fn commit(&self, batches: Vec<ShardBatch>) -> Result<Vec<BatchOutcome>, StoreError>;

    /// Leaves messages for owners; needs no lease, idempotent by (source, source_id) as long as the message is in the
    /// inbox. `Invalid`, with nothing stored, if an id belongs to another message of the shard.
    async fn enqueue(&self, messages: Vec<InboxMessage>) -> Result<(), StoreError>;
    /// Messages waiting in a shard's inbox, oldest id first.
    async fn inbox(&self, shard: ShardId, limit: usize) -> Result<Vec<InboxMessage>, StoreError>;

    /// Instances of the shard in phase `Runnable`, in creation order, after `after`.
    async fn runnable(
        &self,
        shard: ShardId,
        after: Option<InstanceNumber>,
        limit: usize,
    ) -> Result<Vec<Runnable>, StoreError>;
    /// Timers of the shard after the cursor and due at or before `until_ms`, in order.
    async fn timers(
        &self,
        shard: ShardId,
        after: Option<TimerKey>,
        until_ms: i64,
        limit: usize,
    ) -> Result<Vec<TimerKey>, StoreError>;
    /// Head, journal heads and buffered events; `None` if there is no such instance.
    async fn load(&self, shard: ShardId, number: InstanceNumber) -> Result<Option<Loaded>, StoreError>;
    /// The event payload the instance was created with.
    async fn params(&self, shard: ShardId, number: InstanceNumber) -> Result<Option<Value>, StoreError>;
    /// Values of journal entries with `seq >= from`, in order, as many as fit into `max_bytes` but at least one.
    /// Entries without a value are left out.
    async fn values(
        &self,
        shard: ShardId,
        number: InstanceNumber,
        from: u32,
        max_bytes: u64,
    ) -> Result<Vec<(u32, Value)>, StoreError>;
    /// The payload of a buffered event.
    async fn event_value(
        &self,
        shard: ShardId,
        number: InstanceNumber,
        id: u64,
    ) -> Result<Option<Value>, StoreError>;

    /// The instance with this id.
    async fn find(&self, workflow: WorkflowId, id: &str) -> Result<Option<InstanceHead>, StoreError>;
    /// A page of a Workflow's instances.
    async fn list(&self, listing: Listing) -> Result<Vec<InstanceHead>, StoreError>;
    /// The heads of these instances, in that order; those that are not there are left out.
    async fn heads(&self, of: Vec<(ShardId, InstanceNumber)>) -> Result<Vec<InstanceHead>, StoreError>;
    /// The first journal entries of these instances, in that order and at most `limit` of each; none of an instance that is
    /// not there.
    async fn first_entries(
        &self,
        of: Vec<(ShardId, InstanceNumber)>,
        limit: usize,
    ) -> Result<Vec<Vec<Entry>>, StoreError>;
    /// How many instances of a Workflow with these numbers are in each phase, in the order of the phases, without those that
    /// have none. Cheap for [`Span::ALL`]; else it may look at every instance of the span.
    async fn counts(&self, workflow: WorkflowId, span: Span) -> Result<Vec<(Phase, u64)>, StoreError>;

    /// The number of the Workflow `name`; makes one if there is none (durable when it returns).
    async fn workflow(&self, name: &str) -> Result<WorkflowId, StoreError>;
    /// Frees the name of a Workflow, durably: `workflow` makes a new number for it from now on. Returns the old number, of
    /// which the instances stay; `None` if there is no such Workflow.
    async fn forget_workflow(&self, name: &str) -> Result<Option<WorkflowId>, StoreError>;
    /// Numbers of Workflows whose names were freed.
    async fn forgotten_workflows(&self) -> Result<Vec<WorkflowId>, StoreError>;
    /// All Workflows by name, without those that were forgotten.
    async fn workflows(&self) -> Result<Vec<(WorkflowId, String)>, StoreError>;
    /// Notes what has to be done with a Workflow, in words that the store does not look at, durably, in place of an
    /// earlier note; `None` takes it back.
    async fn set_job(&self, workflow: WorkflowId, job: Option<String>) -> Result<(), StoreError>;
    /// All such notes, by the numbers of their Workflows.
    async fn jobs(&self) -> Result<Vec<(WorkflowId, String)>, StoreError>;

    /// Upkeep: checkpoints, space given back. Takes about `budget`.
    async fn maintain(&self, budget: Duration) -> Result<(), StoreError>;
    /// Whether a small durable write works now; the way out of `Full`.
    async fn probe(&self) -> Result<(), StoreError>;
}
