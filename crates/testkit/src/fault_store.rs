//! A store that fails as it is told to.

use async_trait::async_trait;
use parking_lot::Mutex;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;
use stepwell_core::ids::{InstanceNumber, ShardId, WorkflowId};
use stepwell_core::journal::Entry;
use stepwell_core::value::Value;
use stepwell_store::{
    BatchOutcome, InboxMessage, InstanceHead, Lease, Listing, Loaded, Phase, Runnable, ShardBatch, Span,
    Store, StoreError, StoreInfo, TimerKey,
};
use tokio::sync::Notify;

/// What happens to a commit, or with a probability of its own to a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Refused: no room. Lasts until [`FaultStore::make_room`].
    Full,
    /// Not applied, to be tried again.
    Unavailable,
    /// The answer is lost; the commit was applied or not.
    Unknown {
        /// Whether it was.
        applied: bool,
    },
    /// Takes this long.
    Slow(Duration),
    /// The process dies in the commit; nothing answers any more until [`FaultStore::revive`].
    Crash {
        /// Whether it was applied.
        applied: bool,
    },
}

type Plan = Box<dyn FnMut(u64) -> Option<Fault> + Send>;

struct Inner {
    commits: u64,
    dead: bool,
    full: bool,
    failing_reads: u32,
    journals_read: u64,
    timers_read: u64,
    plan: Plan,
}

/// Any store, with faults around it.
pub struct FaultStore {
    store: Arc<dyn Store>,
    inner: Mutex<Inner>,
    crashed: Notify,
}

impl FaultStore {
    /// Without faults so far.
    pub fn new(store: Arc<dyn Store>) -> Self {
        let inner = Inner {
            commits: 0,
            dead: false,
            full: false,
            failing_reads: 0,
            journals_read: 0,
            timers_read: 0,
            plan: Box::new(|_| None),
        };
        Self {
            store,
            inner: Mutex::new(inner),
            crashed: Notify::new(),
        }
    }

    /// `plan` is asked at every commit, with its number (from 1, over all), what is to happen to it.
    pub fn set_plan(&self, plan: impl FnMut(u64) -> Option<Fault> + Send + 'static) {
        self.inner.lock().plan = Box::new(plan);
    }

    /// Commits so far, failed ones too.
    pub fn commits(&self) -> u64 {
        self.inner.lock().commits
    }

    /// The disk is full from now on.
    pub fn fill(&self) {
        self.inner.lock().full = true;
    }

    /// There is room again.
    pub fn make_room(&self) {
        self.inner.lock().full = false;
    }

    /// The next so many reads fail.
    pub fn fail_reads(&self, count: u32) {
        self.inner.lock().failing_reads = count;
    }

    /// Instances loaded and timers read so far.
    pub fn read_counts(&self) -> (u64, u64) {
        let inner = self.inner.lock();
        (inner.journals_read, inner.timers_read)
    }

    /// Nothing answers any more, until [`FaultStore::revive`].
    pub fn kill(&self) {
        self.inner.lock().dead = true;
        self.crashed.notify_waiters();
    }

    /// A new process uses the store.
    pub fn revive(&self) {
        self.inner.lock().dead = false;
    }

    /// Whether a planned crash has come.
    pub fn is_dead(&self) -> bool {
        self.inner.lock().dead
    }

    /// Waits for a planned crash.
    pub async fn crashed(&self) {
        let crashed = self.crashed.notified();
        if !self.is_dead() {
            crashed.await;
        }
    }

    async fn alive(&self) {
        if self.is_dead() {
            pending::<()>().await;
        }
    }

    async fn readable(&self) -> Result<(), StoreError> {
        self.alive().await;
        let mut inner = self.inner.lock();
        if inner.failing_reads == 0 {
            return Ok(());
        }
        inner.failing_reads -= 1;
        Err(unavailable())
    }

    fn next_fault(&self) -> Option<Fault> {
        let mut inner = self.inner.lock();
        inner.commits += 1;
        let number = inner.commits;
        let fault = (inner.plan)(number);
        if fault == Some(Fault::Full) {
            inner.full = true;
        }
        if inner.full { Some(Fault::Full) } else { fault }
    }
}

fn unavailable() -> StoreError {
    StoreError::Unavailable {
        retry_after: Duration::from_millis(10),
        message: "as planned".into(),
    }
}

#[async_trait]
impl Store for FaultStore {
    fn info(&self) -> StoreInfo {
        self.store.info()
    }

    async fn acquire(&self, node: u64, max: usize, ttl: Duration) -> Result<Vec<Lease>, StoreError> {
        self.store.acquire(node, max, ttl).await
    }

    async fn renew(&self, node: u64, held: &[Lease], ttl: Duration) -> Result<Vec<ShardId>, StoreError> {
        self.store.renew(node, held, ttl).await
    }

    async fn release(&self, node: u64, held: &[Lease]) -> Result<(), StoreError> {
        self.store.release(node, held).await
    }

    async fn commit(&self, batches: Vec<ShardBatch>) -> Result<Vec<BatchOutcome>, StoreError> {
        self.alive().await;
        let fault = self.next_fault();
        match fault {
            None => self.store.commit(batches).await,
            Some(Fault::Slow(wait)) => {
                tokio::time::sleep(wait).await;
                self.alive().await;
                self.store.commit(batches).await
            }
            Some(Fault::Full) => Err(StoreError::Full),
            Some(Fault::Unavailable) => Err(unavailable()),
            Some(Fault::Unknown { applied }) => {
                if applied {
                    self.store.commit(batches).await?;
                }
                Err(StoreError::Unknown {
                    message: "as planned".into(),
                })
            }
            Some(Fault::Crash { applied }) => {
                if applied {
                    self.store.commit(batches).await?;
                }
                self.kill();
                pending().await
            }
        }
    }

    async fn enqueue(&self, messages: Vec<InboxMessage>) -> Result<(), StoreError> {
        self.alive().await;
        self.store.enqueue(messages).await
    }

    async fn inbox(&self, shard: ShardId, limit: usize) -> Result<Vec<InboxMessage>, StoreError> {
        self.readable().await?;
        self.store.inbox(shard, limit).await
    }

    async fn runnable(
        &self,
        shard: ShardId,
        after: Option<InstanceNumber>,
        limit: usize,
    ) -> Result<Vec<Runnable>, StoreError> {
        self.readable().await?;
        self.store.runnable(shard, after, limit).await
    }

    async fn timers(
        &self,
        shard: ShardId,
        after: Option<TimerKey>,
        until_ms: i64,
        limit: usize,
    ) -> Result<Vec<TimerKey>, StoreError> {
        self.readable().await?;
        let timers = self.store.timers(shard, after, until_ms, limit).await?;
        self.inner.lock().timers_read += timers.len() as u64;
        Ok(timers)
    }

    async fn load(&self, shard: ShardId, number: InstanceNumber) -> Result<Option<Loaded>, StoreError> {
        self.readable().await?;
        self.inner.lock().journals_read += 1;
        self.store.load(shard, number).await
    }

    async fn params(&self, shard: ShardId, number: InstanceNumber) -> Result<Option<Value>, StoreError> {
        self.readable().await?;
        self.store.params(shard, number).await
    }

    async fn values(
        &self,
        shard: ShardId,
        number: InstanceNumber,
        from: u32,
        max_bytes: u64,
    ) -> Result<Vec<(u32, Value)>, StoreError> {
        self.readable().await?;
        self.store.values(shard, number, from, max_bytes).await
    }

    async fn event_value(
        &self,
        shard: ShardId,
        number: InstanceNumber,
        id: u64,
    ) -> Result<Option<Value>, StoreError> {
        self.readable().await?;
        self.store.event_value(shard, number, id).await
    }

    async fn find(&self, workflow: WorkflowId, id: &str) -> Result<Option<InstanceHead>, StoreError> {
        self.readable().await?;
        self.store.find(workflow, id).await
    }

    async fn list(&self, listing: Listing) -> Result<Vec<InstanceHead>, StoreError> {
        self.readable().await?;
        self.store.list(listing).await
    }

    async fn heads(&self, of: Vec<(ShardId, InstanceNumber)>) -> Result<Vec<InstanceHead>, StoreError> {
        self.readable().await?;
        self.store.heads(of).await
    }

    async fn first_entries(
        &self,
        of: Vec<(ShardId, InstanceNumber)>,
        limit: usize,
    ) -> Result<Vec<Vec<Entry>>, StoreError> {
        self.readable().await?;
        self.store.first_entries(of, limit).await
    }

    async fn counts(&self, workflow: WorkflowId, span: Span) -> Result<Vec<(Phase, u64)>, StoreError> {
        self.readable().await?;
        self.store.counts(workflow, span).await
    }

    async fn workflow(&self, name: &str) -> Result<WorkflowId, StoreError> {
        self.alive().await;
        self.store.workflow(name).await
    }

    async fn forget_workflow(&self, name: &str) -> Result<Option<WorkflowId>, StoreError> {
        self.alive().await;
        self.store.forget_workflow(name).await
    }

    async fn forgotten_workflows(&self) -> Result<Vec<WorkflowId>, StoreError> {
        self.alive().await;
        self.store.forgotten_workflows().await
    }

    async fn workflows(&self) -> Result<Vec<(WorkflowId, String)>, StoreError> {
        self.alive().await;
        self.store.workflows().await
    }

    async fn set_job(&self, workflow: WorkflowId, job: Option<String>) -> Result<(), StoreError> {
        self.alive().await;
        self.store.set_job(workflow, job).await
    }

    async fn jobs(&self) -> Result<Vec<(WorkflowId, String)>, StoreError> {
        self.alive().await;
        self.store.jobs().await
    }

    async fn maintain(&self, budget: Duration) -> Result<(), StoreError> {
        self.alive().await;
        self.store.maintain(budget).await
    }

    async fn probe(&self) -> Result<(), StoreError> {
        self.alive().await;
        if self.inner.lock().full {
            return Err(StoreError::Full);
        }
        self.store.probe().await
    }
}
