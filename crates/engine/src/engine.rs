//! The engine: starts the shards and the committer, and answers [`Operations`].

use crate::admission::Admission;
use crate::clock::Clock;
use crate::committer::Committer;
use crate::meters::Meters;
use crate::operations::OperationError;
use crate::options::Options;
use crate::rates::Rates;
use crate::registry::Registry;
use crate::shard::{Answer, Mailbox, Message, Operation, Shard, Shared};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use stepwell_core::ids::{ShardId, WorkflowId};
use stepwell_store::{Store, StoreError, StoreInfo};
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;

/// Why an engine could not start.
#[derive(thiserror::Error, Debug)]
pub enum StartError {
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Other nodes hold shards of this store.
    #[error("only {held} of {shards} shards could be acquired: another engine holds the rest")]
    Shards {
        /// Shards acquired.
        held: usize,
        /// Shards of the store.
        shards: u32,
    },
}

/// An engine over one store. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    pub(crate) shared: Arc<Shared>,
    tasks: Arc<[AbortHandle]>,
}

/// How long a lease lasts. The embedded store's are held by a lock on the directory.
const LEASE: Duration = Duration::from_secs(10);

impl Engine {
    /// Acquires every shard, starts their tasks and the committer, and recovers. Instances start to run when a runtime
    /// and the Workflows are given ([`Engine::publish`], [`Engine::deploy`]).
    pub async fn start(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        options: Options,
    ) -> Result<Self, StartError> {
        let shards = store.info().shards;
        let mut leases = store.acquire(1, shards as usize, LEASE).await?;
        leases.sort_by_key(|lease| lease.shard);
        if leases.len() != shards as usize {
            return Err(StartError::Shards {
                held: leases.len(),
                shards,
            });
        }
        let (mailboxes, receivers): (Vec<_>, Vec<_>) = (0..shards).map(|_| Mailbox::new()).unzip();
        let (groups, group_receiver) = mpsc::unbounded_channel();
        let full = Arc::new(AtomicBool::new(false));
        let meters = Arc::new(Meters::default());
        let committer = Committer::new(
            store.clone(),
            &leases,
            mailboxes.clone(),
            options.on_poisoned.clone(),
            full.clone(),
            meters.clone(),
        );
        let shared = Arc::new(Shared {
            full,
            admission: Admission::new(options.running_max, options.quarantined_max),
            rates: Rates::new(&options),
            terminating: Mutex::default(),
            store,
            clock,
            options,
            registry: Registry::default(),
            mailboxes,
            groups,
            // Numbers of runs are unique in the process.
            next_run: AtomicU64::new(1),
            residents: AtomicUsize::new(0),
            meters,
        });
        let mut tasks = vec![tokio::spawn(committer.run(group_receiver)).abort_handle()];
        for (index, receiver) in receivers.into_iter().enumerate() {
            let owner = Shard::new(ShardId(index as u32), shared.clone());
            tasks.push(tokio::spawn(owner.run(receiver)).abort_handle());
        }
        let engine = Self {
            shared,
            tasks: tasks.into(),
        };
        engine.go_on_forgetting().await?;
        engine.go_on_terminating().await?;
        Ok(engine)
    }

    /// Stops in order: starts nothing more, gives running attempts `grace` to end, commits what is decided.
    pub async fn stop(&self, grace: Duration) {
        let mut answers = Vec::new();
        for mailbox in &self.shared.mailboxes {
            let (answer, stopped) = oneshot::channel();
            mailbox.send(Message::Drain { answer, grace });
            answers.push(stopped);
        }
        for answer in answers {
            let _ = answer.await;
        }
    }

    /// Ends at once, without another write, as the end of the process does. What was decided and is not durable is lost.
    pub fn abort(&self) {
        for task in self.tasks.iter() {
            task.abort();
        }
    }

    /// Facts and counters of the store.
    pub fn store_info(&self) -> StoreInfo {
        self.shared.store.info()
    }

    /// Instances that are in memory now.
    pub fn resident_count(&self) -> usize {
        self.shared.residents.load(Ordering::Relaxed)
    }

    pub(crate) fn workflow_id(&self, key: &str) -> Result<WorkflowId, OperationError> {
        self.shared
            .registry
            .id(key)
            .ok_or_else(|| OperationError::NoWorkflow {
                // Whose it would be is of no interest to whoever asks.
                name: key.rsplit('/').next().unwrap_or(key).to_owned(),
            })
    }

    pub(crate) fn shard_of(&self, workflow: WorkflowId, id: &str) -> ShardId {
        ShardId::of(workflow, id, self.shared.mailboxes.len() as u32)
    }

    fn mailbox_of(&self, shard: ShardId) -> &Mailbox {
        &self.shared.mailboxes[shard.0 as usize]
    }

    pub(crate) async fn operate(
        &self,
        workflow: &str,
        id: &str,
        operation: Operation,
    ) -> Result<Answer, OperationError> {
        let workflow = self.workflow_id(workflow)?;
        let (answer, result) = oneshot::channel();
        let message = Message::Operate {
            workflow,
            id: id.into(),
            operation,
            answer,
        };
        self.mailbox_of(self.shard_of(workflow, id)).send(message);
        result.await.unwrap_or_else(|_| Err(stopping()))
    }

    pub(crate) async fn delete_all_of(
        &self,
        workflow: WorkflowId,
        ids: Vec<Arc<str>>,
    ) -> Vec<Result<(), OperationError>> {
        let ids = ids.into_iter().map(|id| (self.shard_of(workflow, &id), id));
        self.ask_shards(ids, |ids, answer| Message::Delete {
            workflow,
            ids,
            answer,
        })
        .await
    }

    /// Sends each shard its part in one message; the answers are in the order of the parts.
    pub(crate) async fn ask_shards<Q, T>(
        &self,
        parts: impl Iterator<Item = (ShardId, Q)>,
        message: impl Fn(Vec<Q>, oneshot::Sender<Vec<Result<T, OperationError>>>) -> Message,
    ) -> Vec<Result<T, OperationError>> {
        let mut total = 0;
        let mut by_shard: HashMap<ShardId, (Vec<usize>, Vec<Q>)> = HashMap::new();
        for (shard, part) in parts {
            let (indexes, own) = by_shard.entry(shard).or_default();
            indexes.push(total);
            own.push(part);
            total += 1;
        }
        let mut waiting = Vec::with_capacity(by_shard.len());
        for (shard, (indexes, parts)) in by_shard {
            let (answer, results) = oneshot::channel();
            self.mailbox_of(shard).send(message(parts, answer));
            waiting.push((indexes, results));
        }
        let mut all: Vec<_> = (0..total).map(|_| Err(stopping())).collect();
        for (indexes, results) in waiting {
            for (index, result) in indexes.into_iter().zip(results.await.unwrap_or_default()) {
                all[index] = result;
            }
        }
        all
    }
}

/// What a caller is told when the store could not be read.
pub(crate) fn unreadable(error: &StoreError) -> OperationError {
    tracing::error!(target: "stepwell::storage", "a read failed: {error}");
    OperationError::Unavailable {
        reason: error.to_string(),
    }
}

/// What a caller is told whose question nobody answers any more.
pub(crate) fn stopping() -> OperationError {
    OperationError::Unavailable {
        reason: "it is stopping".into(),
    }
}
