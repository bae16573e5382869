//! The engine: starts the shards and the committer, and answers [`Operations`].

use crate::admission::Admission;
use crate::clock::Clock;
use crate::committer::Committer;
use crate::operations::{Create, InstanceStatus, OperationError, Operations, Status, check_payload};
use crate::options::Options;
use crate::registry::Registry;
use crate::shard::{Answer, Mailbox, Message, NewRequest, Operation, Shard, Shared};
use async_trait::async_trait;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use stepwell_core::ids::{ShardId, WorkflowId};
use stepwell_core::limits;
use stepwell_core::names;
use stepwell_core::step::StepKey;
use stepwell_core::value::Value;
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
        let committer = Committer::new(
            store.clone(),
            &leases,
            mailboxes.clone(),
            options.on_poisoned.clone(),
            full.clone(),
        );
        let shared = Arc::new(Shared {
            full,
            admission: Admission::new(options.running_max, options.quarantined_max),
            store,
            clock,
            options,
            registry: Registry::default(),
            mailboxes,
            groups,
            // Numbers of runs are unique in the process.
            next_run: AtomicU64::new(1),
            residents: AtomicUsize::new(0),
        });
        let mut tasks = vec![tokio::spawn(committer.run(group_receiver)).abort_handle()];
        for (index, receiver) in receivers.into_iter().enumerate() {
            let owner = Shard::new(ShardId(index as u32), shared.clone());
            tasks.push(tokio::spawn(owner.run(receiver)).abort_handle());
        }
        Ok(Self {
            shared,
            tasks: tasks.into(),
        })
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
            .ok_or_else(|| OperationError::NoWorkflow { name: key.to_owned() })
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

    fn check(&self, workflow: WorkflowId, request: Create) -> Result<NewRequest, OperationError> {
        let version = self.pick_version(workflow)?;
        let fresh_id = request.id.is_none();
        let id: Arc<str> = match request.id {
            Some(id) => {
                names::check_instance_id(&id).map_err(|failure| OperationError::Invalid {
                    class: "WorkflowError",
                    message: failure.to_string(),
                })?;
                id.into()
            }
            None => uuid::Uuid::new_v4().to_string().into(),
        };
        let params = request.params.unwrap_or_else(|| Value::from_bytes("{}".into()));
        check_payload("The params of the instance are", &params)?;
        Ok(NewRequest {
            workflow,
            version,
            id,
            fresh_id,
            params,
            options: request.options,
            trigger: request.trigger,
        })
    }

    async fn create_all(&self, requests: Vec<NewRequest>) -> Vec<Result<Arc<str>, OperationError>> {
        let requests = requests
            .into_iter()
            .map(|request| (self.shard_of(request.workflow, &request.id), request));
        self.ask_shards(requests, |requests, answer| Message::Create { requests, answer })
            .await
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

/// The refusal of a batch.
fn invalid(class: &'static str, message: &str) -> OperationError {
    OperationError::Invalid {
        class,
        message: message.into(),
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

#[async_trait]
impl Operations for Engine {
    async fn create(&self, workflow: &str, request: Create) -> Result<Arc<str>, OperationError> {
        let workflow = self.workflow_id(workflow)?;
        let request = self.check(workflow, request)?;
        self.create_all(vec![request])
            .await
            .pop()
            .unwrap_or_else(|| Err(stopping()))
    }

    async fn create_batch(
        &self,
        workflow: &str,
        requests: Vec<Create>,
    ) -> Result<Vec<Arc<str>>, OperationError> {
        // A plain Error with the name in its message, as workerd's own engine throws it.
        if requests.is_empty() {
            return Err(invalid(
                "Error",
                "WorkflowError: batchCreate should have at least 1 instance",
            ));
        }
        if requests.len() as u64 > limits::BATCH_INSTANCES {
            return Err(invalid(
                "Error",
                "WorkflowError: batchCreate only supports 100 instances at a time",
            ));
        }
        let workflow = self.workflow_id(workflow)?;
        let requests: Vec<NewRequest> = requests
            .into_iter()
            .map(|request| self.check(workflow, request))
            .collect::<Result<_, _>>()?;
        let mut created = Vec::with_capacity(requests.len());
        for result in self.create_all(requests).await {
            match result {
                Ok(id) => created.push(id),
                Err(OperationError::AlreadyExists { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(created)
    }

    async fn get(&self, workflow: &str, id: &str) -> Result<(), OperationError> {
        self.operate(workflow, id, Operation::Get).await.map(|_| ())
    }

    async fn delete(&self, workflow: &str, id: &str) -> Result<(), OperationError> {
        let workflow = self.workflow_id(workflow)?;
        let mut results = self.delete_all_of(workflow, vec![id.into()]).await;
        results.pop().unwrap_or_else(|| Err(stopping()))
    }

    async fn delete_batch(
        &self,
        workflow: &str,
        ids: Vec<String>,
    ) -> Result<Vec<Result<(), OperationError>>, OperationError> {
        if ids.is_empty() {
            return Err(invalid(
                "WorkflowError",
                "(body) batchDeleteInstances should have at least 1 instance",
            ));
        }
        if ids.len() as u64 > limits::BATCH_INSTANCES {
            return Err(invalid(
                "WorkflowError",
                "(body) batchDeleteInstances only supports 100 instances at a time",
            ));
        }
        if ids.iter().any(|id| names::check_addressable_id(id).is_err()) {
            return Err(OperationError::invalid_id());
        }
        let workflow = self.workflow_id(workflow)?;
        let mut once: Vec<Arc<str>> = ids.iter().map(|id| id.as_str().into()).collect();
        once.sort_unstable();
        once.dedup();
        let results = self.delete_all_of(workflow, once.clone()).await;
        let by_id: HashMap<Arc<str>, Result<(), OperationError>> = once.into_iter().zip(results).collect();
        let result = |id: &String| by_id.get(id.as_str()).cloned();
        Ok(ids
            .iter()
            .map(|id| result(id).unwrap_or_else(|| Err(stopping())))
            .collect())
    }

    async fn status(&self, workflow: &str, id: &str) -> Result<InstanceStatus, OperationError> {
        let answer = self.operate(workflow, id, Operation::Status).await?;
        let mut output = None;
        if let Some(seq) = answer.output_seq {
            let shard = self.shard_of(self.workflow_id(workflow)?, id);
            let rows = self.shared.store.values(shard, answer.number, seq, 1).await;
            output = rows
                .map_err(|error| unreadable(&error))?
                .into_iter()
                .find_map(|(at, value)| (at == seq).then_some(value));
        }
        let error = answer.error.map(|failure| failure.as_ref().clone());
        Ok(InstanceStatus {
            status: answer.status,
            output,
            error,
        })
    }

    async fn pause(&self, workflow: &str, id: &str) -> Result<Status, OperationError> {
        self.operate(workflow, id, Operation::Pause)
            .await
            .map(|answer| answer.status)
    }

    async fn resume(&self, workflow: &str, id: &str) -> Result<Status, OperationError> {
        self.operate(workflow, id, Operation::Resume)
            .await
            .map(|answer| answer.status)
    }

    async fn terminate(&self, workflow: &str, id: &str) -> Result<Status, OperationError> {
        self.operate(workflow, id, Operation::Terminate)
            .await
            .map(|answer| answer.status)
    }

    async fn restart(
        &self,
        workflow: &str,
        id: &str,
        from: Option<StepKey>,
    ) -> Result<Status, OperationError> {
        let version = self.pick_version(self.workflow_id(workflow)?)?;
        self.operate(workflow, id, Operation::Restart { from, version })
            .await
            .map(|answer| answer.status)
    }

    async fn send_event(
        &self,
        workflow: &str,
        id: &str,
        event_type: &str,
        payload: Value,
    ) -> Result<(), OperationError> {
        names::check_event_type(event_type).map_err(|failure| OperationError::Invalid {
            class: "WorkflowError",
            message: failure.to_string(),
        })?;
        check_payload("The event's payload is", &payload)?;
        let operation = Operation::Event {
            event_type: event_type.into(),
            value: payload,
        };
        self.operate(workflow, id, operation).await.map(|_| ())
    }
}
