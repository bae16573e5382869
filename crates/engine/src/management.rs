//! What concerns many instances of a Workflow at once, or the Workflow itself (spec 4.4, 4.9).

use crate::engine::{Engine, stopping, unreadable};
use crate::inspect::{Filter, Inspection};
use crate::operate::invalid;
use crate::operations::{Create, OperationError, Status};
use crate::shard::{Message, NewRequest};
use async_trait::async_trait;
use std::collections::HashSet;
use std::sync::Arc;
use stepwell_core::ids::{InstanceNumber, WorkflowId};
use stepwell_core::limits;
use stepwell_store::{Listing, Phase, StoreError};

/// An instance that was created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Its id.
    pub id: Arc<str>,
    /// The version of the Workflow that it starts on.
    pub version: u32,
}

/// What became of a request to do something in the background.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job<T> {
    /// It has begun, or is done.
    Ok(T),
    /// Something of the kind is going on for this Workflow, and nothing was begun.
    AlreadyRunning,
}

/// Many instances at once.
#[async_trait]
pub trait Management: Inspection {
    /// Creates several and says of each what became of it: `AlreadyExists`, `DuplicateInBatch` for the second one of an id.
    /// A request that breaks a rule, or the rate, is refused with all others.
    async fn create_each(
        &self,
        workflow: &str,
        requests: Vec<Create>,
    ) -> Result<Vec<Result<Made, OperationError>>, OperationError>;
    /// Ends those of these instances that have not ended, and returns how many that were.
    async fn terminate_batch(&self, workflow: &str, ids: Vec<String>) -> Result<Job<u64>, OperationError>;
    /// Ends, in the background, all instances that have not ended; with `status` those that have it when their turn comes.
    /// What was created after it was asked for goes on. A restart of the server does not end the job.
    async fn terminate_all(&self, workflow: &str, status: Option<Status>) -> Result<Job<()>, OperationError>;
    /// Whether [`Management::terminate_all`] or [`Management::terminate_batch`] is at work.
    async fn is_terminating(&self, workflow: &str) -> Result<bool, OperationError>;
    /// Forgets a Workflow, known to this engine or not: its key is free when this returns, and a Workflow of that key has
    /// no instances. The instances are removed in the background, and after a restart too.
    async fn delete_workflow(&self, workflow: &str) -> Result<(), OperationError>;
}

/// Instances that a job takes in one go.
const PAGE: usize = 256;

/// How long to wait before the next try of what could not be removed.
const RETRY: std::time::Duration = std::time::Duration::from_secs(5);

/// A Workflow whose instances are being terminated, until this is dropped.
struct Terminating {
    engine: Engine,
    workflow: WorkflowId,
}

/// Which instances a job ends. It is in the store until it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Termination {
    /// The last of them.
    until: InstanceNumber,
    /// Only those that have this status when their turn comes.
    status: Option<Status>,
}

impl Termination {
    fn text(self) -> String {
        let status = self.status.map_or("any", Status::as_str);
        format!("terminate {} {status}", self.until.0)
    }

    fn read(text: &str) -> Option<Self> {
        let mut words = text.strip_prefix("terminate ")?.split(' ');
        let until = InstanceNumber(words.next()?.parse().ok()?);
        let status = match words.next()? {
            "any" => None,
            word => Some(Status::ALL.into_iter().find(|status| status.as_str() == word)?),
        };
        Some(Self { until, status })
    }
}

impl Terminating {
    /// Ends them, then forgets the job. What fails is tried again.
    async fn carry_out(self, termination: Termination) {
        let engine = &self.engine;
        while let Err(error) = engine.terminate_every(self.workflow, termination).await {
            if error == stopping() {
                return;
            }
            tracing::error!(target: "stepwell::storage", "terminating all instances of a Workflow stopped, trying again: {error}");
            tokio::time::sleep(RETRY).await;
        }
        while let Err(error) = engine.shared.store.set_job(self.workflow, None).await {
            tracing::error!(target: "stepwell::storage", "a job that is done could not be forgotten, trying again: {error}");
            tokio::time::sleep(RETRY).await;
        }
    }
}

impl Drop for Terminating {
    fn drop(&mut self) {
        self.engine.shared.terminating.lock().remove(&self.workflow);
    }
}

#[async_trait]
impl Management for Engine {
    async fn create_each(
        &self,
        workflow: &str,
        requests: Vec<Create>,
    ) -> Result<Vec<Result<Made, OperationError>>, OperationError> {
        batch(requests.len())?;
        let key = workflow;
        let workflow = self.workflow_id(key)?;
        let requests = requests
            .into_iter()
            .map(|request| self.checked(workflow, request));
        let requests: Vec<NewRequest> = requests.collect::<Result<_, _>>()?;
        self.shared.rates.take(key, workflow, requests.len())?;
        let mut seen = HashSet::new();
        let mut results = Vec::with_capacity(requests.len());
        let mut first = Vec::with_capacity(requests.len());
        for request in requests {
            if seen.insert(request.id.clone()) {
                results.push(Ok(Made {
                    id: request.id.clone(),
                    version: request.version,
                }));
                first.push(request);
            } else {
                let id = request.id.to_string();
                results.push(Err(OperationError::DuplicateInBatch { id }));
            }
        }
        let created = self.create_all(first).await;
        let asked = results.iter_mut().filter(|result| result.is_ok());
        for (result, created) in asked.zip(created) {
            if let Err(error) = created {
                *result = Err(error);
            }
        }
        Ok(results)
    }

    async fn terminate_batch(&self, workflow: &str, ids: Vec<String>) -> Result<Job<u64>, OperationError> {
        let workflow = self.workflow_id(workflow)?;
        let Some(_terminating) = self.begin_terminating(workflow) else {
            return Ok(Job::AlreadyRunning);
        };
        let mut ids: Vec<Arc<str>> = ids.into_iter().map(Into::into).collect();
        ids.sort_unstable();
        ids.dedup();
        Ok(Job::Ok(self.terminate_these(workflow, ids, None).await?))
    }

    async fn terminate_all(&self, workflow: &str, status: Option<Status>) -> Result<Job<()>, OperationError> {
        let workflow = self.workflow_id(workflow)?;
        let Some(terminating) = self.begin_terminating(workflow) else {
            return Ok(Job::AlreadyRunning);
        };
        let unreadable = |error| unreadable(&error);
        let Some(until) = self.newest(workflow).await.map_err(unreadable)? else {
            return Ok(Job::Ok(()));
        };
        let termination = Termination { until, status };
        let job = Some(termination.text());
        self.shared
            .store
            .set_job(workflow, job)
            .await
            .map_err(unreadable)?;
        tokio::spawn(terminating.carry_out(termination));
        Ok(Job::Ok(()))
    }

    async fn is_terminating(&self, workflow: &str) -> Result<bool, OperationError> {
        let workflow = self.workflow_id(workflow)?;
        Ok(self.shared.terminating.lock().contains(&workflow))
    }

    async fn delete_workflow(&self, workflow: &str) -> Result<(), OperationError> {
        let id = self.shared.store.forget_workflow(workflow).await;
        let id = id.map_err(|error| unreadable(&error))?;
        self.unpublish(workflow);
        if let Some(id) = id {
            self.shared.rates.forget(id);
            self.forget_later(id);
        }
        Ok(())
    }
}

/// Refuses a batch of no instances, or of too many: a plain Error with the name in its message, as workerd's own engine
/// throws it.
pub(crate) fn batch(length: usize) -> Result<(), OperationError> {
    let message = match length as u64 {
        0 => "WorkflowError: batchCreate should have at least 1 instance",
        1..=limits::BATCH_INSTANCES => return Ok(()),
        _ => "WorkflowError: batchCreate only supports 100 instances at a time",
    };
    Err(invalid("Error", message))
}

impl Engine {
    fn begin_terminating(&self, workflow: WorkflowId) -> Option<Terminating> {
        let begun = self.shared.terminating.lock().insert(workflow);
        begun.then(|| Terminating {
            engine: self.clone(),
            workflow,
        })
    }

    async fn terminate_these(
        &self,
        workflow: WorkflowId,
        ids: Vec<Arc<str>>,
        only: Option<Status>,
    ) -> Result<u64, OperationError> {
        let ids = ids.into_iter().map(|id| (self.shard_of(workflow, &id), id));
        let results = self.ask_shards(ids, |ids, answer| Message::Terminate {
            workflow,
            ids,
            only,
            answer,
        });
        let mut count = 0;
        for result in results.await {
            match result {
                Ok(ended) => count += u64::from(ended),
                Err(OperationError::Gone) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(count)
    }

    /// The newest instance of a Workflow.
    async fn newest(&self, workflow: WorkflowId) -> Result<Option<InstanceNumber>, StoreError> {
        let newest = Listing {
            limit: 1,
            ..Listing::all(workflow)
        };
        let newest = self.shared.store.list(newest).await?;
        Ok(newest.first().map(|head| head.number))
    }

    /// In the order of creation, up to the newest one of when it was asked for.
    async fn terminate_every(
        &self,
        workflow: WorkflowId,
        Termination { until, status }: Termination,
    ) -> Result<(), OperationError> {
        let mut after = None;
        loop {
            let (ids, next) = self.live_page(workflow, status, after, until).await?;
            self.terminate_these(workflow, ids, status).await?;
            if next.is_none() {
                return Ok(());
            }
            after = next;
        }
    }

    /// Ids of instances that may have to be ended, and where the next page begins.
    async fn live_page(
        &self,
        workflow: WorkflowId,
        status: Option<Status>,
        after: Option<InstanceNumber>,
        until: InstanceNumber,
    ) -> Result<(Vec<Arc<str>>, Option<InstanceNumber>), OperationError> {
        if status.is_some() {
            let filter = Filter {
                status,
                created_until_ms: Some(until.created_ms()),
                ascending: true,
                ..Filter::default()
            };
            let page = self.listed(workflow, filter, after, PAGE).await?;
            let ids = page.instances.into_iter().map(|instance| instance.id);
            return Ok((ids.collect(), page.next));
        }
        let listing = Listing {
            phases: Phase::LIVE.to_vec(),
            ascending: true,
            after,
            until: Some(until),
            limit: PAGE,
            ..Listing::all(workflow)
        };
        let heads = self.shared.store.list(listing).await;
        let heads = heads.map_err(|error| unreadable(&error))?;
        let next = heads.last().map(|head| head.number);
        Ok((heads.into_iter().map(|head| head.id).collect(), next))
    }

    /// Goes on with the jobs that an earlier process did not finish.
    pub(crate) async fn go_on_terminating(&self) -> Result<(), StoreError> {
        for (workflow, job) in self.shared.store.jobs().await? {
            match (Termination::read(&job), self.begin_terminating(workflow)) {
                (Some(termination), Some(terminating)) => {
                    tokio::spawn(terminating.carry_out(termination));
                }
                _ => {
                    tracing::error!(target: "stepwell::storage", job, "a job is not understood and was not gone on with");
                }
            }
        }
        Ok(())
    }

    /// Goes on with what an earlier process did not finish.
    pub(crate) async fn go_on_forgetting(&self) -> Result<(), StoreError> {
        for workflow in self.shared.store.forgotten_workflows().await? {
            self.forget_later(workflow);
        }
        Ok(())
    }

    /// Removes the instances of a Workflow that nobody can ask for any more.
    fn forget_later(&self, workflow: WorkflowId) {
        let engine = self.clone();
        tokio::spawn(async move {
            // What was decided about its instances before it was unpublished is durable then; a shard creates none after.
            while let Err(error) = engine.forget_instances(workflow).await {
                if error == stopping() {
                    return;
                }
                tracing::warn!(target: "stepwell::storage", "instances of a deleted Workflow could not be removed, trying again: {error}");
                tokio::time::sleep(RETRY).await;
            }
        });
    }

    async fn forget_instances(&self, workflow: WorkflowId) -> Result<(), OperationError> {
        self.settled(workflow).await?;
        self.delete_every(workflow).await.map(|_| ())
    }
}
