//! What can be seen of Workflows and instances: lists, and everything about one instance (spec 4.3 to 4.6).

mod describe;
mod history;
mod list;
mod listed;
mod overlay;
mod why;

pub(crate) use overlay::Overlay;
pub(crate) use why::Known;
pub use why::{Limit, Reason, Running, Wait, Why};

use crate::engine::Engine;
use crate::operations::{OperationError, Operations, Status};
use async_trait::async_trait;
use std::sync::Arc;
use stepwell_core::failure::Failure;
use stepwell_core::ids::InstanceNumber;
use stepwell_core::step::StepKind as Kind;
use stepwell_core::step_config::StepConfig;
use stepwell_core::value::Value;
use stepwell_store::Trigger;

/// A Workflow and how many instances it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowSummary {
    /// What operations ask for it by.
    pub key: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// The class that its current version exports; empty if no version is published.
    pub class_name: Arc<str>,
    /// The Worker that defines it.
    pub script_name: Arc<str>,
    /// When the newest of its instances was created, Unix milliseconds.
    pub triggered_ms: Option<i64>,
    /// Instances in each status that has some.
    pub counts: Vec<(Status, u64)>,
}

/// Which instances a list shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only those with this status.
    pub status: Option<Status>,
    /// Only those created then or later, Unix milliseconds.
    pub created_from_ms: Option<i64>,
    /// Only those created then or earlier, Unix milliseconds.
    pub created_until_ms: Option<i64>,
    /// Oldest first; newest first otherwise.
    pub ascending: bool,
}

/// An instance in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceSummary {
    /// Its id.
    pub id: Arc<str>,
    /// Its status.
    pub status: Status,
    /// When it was created, Unix milliseconds.
    pub created_ms: i64,
    /// When its stored phase last changed (it hibernated, woke, was paused, ended, …), Unix milliseconds.
    pub modified_ms: i64,
    /// When its first step began, or before there is one its run, Unix milliseconds.
    pub started_ms: Option<i64>,
    /// When it ended, Unix milliseconds.
    pub ended_ms: Option<i64>,
    /// Who created it.
    pub trigger: Trigger,
    /// The version of its Workflow that it runs on.
    pub version: u32,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstancePage {
    /// The instances.
    pub instances: Vec<InstanceSummary>,
    /// How many the filter finds on all pages.
    pub total: u64,
}

/// A page of a list that has no total: its cost does not grow with the instances that there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The instances: as many as were asked for, or less on the last page and where some changed meanwhile.
    pub instances: Vec<InstanceSummary>,
    /// What to give for the next page; `None` after the last.
    pub next: Option<InstanceNumber>,
}

/// Everything about one instance. Times are Unix milliseconds.
#[derive(Debug, Clone)]
pub struct InstanceDetail {
    /// The summary.
    pub summary: InstanceSummary,
    /// The event payload it was created with.
    pub params: Value,
    /// What `run()` returned.
    pub output: Option<Value>,
    /// Why it errored.
    pub error: Option<Failure>,
    /// Its steps, in the order in which they began, and last its termination; empty if they were not asked for.
    pub steps: Vec<StepDetail>,
    /// How many steps there are, asked for or not, without terminations.
    pub step_count: u64,
}

/// One step of an instance.
#[derive(Debug, Clone)]
pub struct StepDetail {
    /// `name-count` (spec 2.2); empty for a termination.
    pub name: String,
    /// When it began.
    pub started_ms: i64,
    /// When it ended, or (sleeps and waits) will end at the latest.
    pub ended_ms: Option<i64>,
    /// What it is, and how it went.
    pub kind: StepKind,
}

/// The kinds of [`StepDetail`].
#[derive(Debug, Clone)]
pub enum StepKind {
    /// `step.do`.
    Do {
        /// The config of its first attempt.
        config: StepConfig,
        /// Its attempts, in order.
        attempts: Vec<AttemptDetail>,
        /// Whether it succeeded; `None` while it goes on.
        success: Option<bool>,
        /// The result.
        output: Option<Value>,
    },
    /// `step.sleep` and `step.sleepUntil`.
    Sleep {
        /// Whether it is over.
        finished: bool,
        /// What it threw.
        error: Option<Failure>,
    },
    /// `step.waitForEvent`.
    WaitForEvent {
        /// The type waited for.
        event_type: String,
        /// Whether it is over.
        finished: bool,
        /// What it threw: a time-out, most often.
        error: Option<Failure>,
        /// When the event was accepted.
        event_ms: Option<i64>,
        /// The event's payload.
        payload: Option<Value>,
    },
    /// Somebody ended the instance.
    Termination,
}

/// One attempt of a `do` step.
#[derive(Debug, Clone)]
pub struct AttemptDetail {
    /// When its callback was called.
    pub started_ms: i64,
    /// When it ended.
    pub ended_ms: Option<i64>,
    /// Whether it succeeded; `None` while it goes on.
    pub success: Option<bool>,
    /// What it threw.
    pub error: Option<Failure>,
}

/// Looking, and taking much away.
#[async_trait]
pub trait Inspection: Operations {
    /// The Workflows that live code defines, by name.
    async fn workflows(&self) -> Result<Vec<WorkflowSummary>, OperationError>;
    /// One of them: `NoWorkflow` if there is none of this name.
    async fn workflow(&self, name: &str) -> Result<WorkflowSummary, OperationError>;
    /// Instances of a Workflow: `limit` of those that `filter` lets through, after the first `skip`.
    async fn instances(
        &self,
        workflow: &str,
        filter: Filter,
        skip: u64,
        limit: usize,
    ) -> Result<InstancePage, OperationError>;
    /// Those Workflows of these keys that there are, in that order.
    async fn summaries(&self, workflows: &[String]) -> Result<Vec<WorkflowSummary>, OperationError>;
    /// Instances of a Workflow: at most `limit` of those that `filter` lets through, from the beginning or from
    /// [`Listed::next`] of the page before.
    async fn list(
        &self,
        workflow: &str,
        filter: Filter,
        after: Option<InstanceNumber>,
        limit: usize,
    ) -> Result<Listed, OperationError>;
    /// One step of an instance, with its result or its event's payload; `None` if it has not begun. `name` is that of
    /// [`StepDetail::name`]; `NotFound` if there is no such instance.
    async fn step(
        &self,
        workflow: &str,
        id: &str,
        kind: Kind,
        name: &str,
    ) -> Result<Option<StepDetail>, OperationError>;
    /// Everything about one instance: `NotFound` if there is none. Without `with_steps` the steps are only counted.
    async fn describe(
        &self,
        workflow: &str,
        id: &str,
        with_steps: bool,
    ) -> Result<InstanceDetail, OperationError>;
    /// Why it is not moving, or what it does: `NotFound` if there is no instance.
    async fn reason(&self, workflow: &str, id: &str) -> Result<Why, OperationError>;
    /// What its steps and waits have given so far, in the order in which they began: `NotFound` if there is no instance.
    /// Cheaper than [`Inspection::describe`], and blind for what is not committed.
    async fn outputs(&self, workflow: &str, id: &str) -> Result<Vec<Value>, OperationError>;
    /// Deletes every instance of a Workflow and returns how many there were. The Workflow stays as long as code defines it.
    async fn delete_all(&self, workflow: &str) -> Result<u64, OperationError>;
}

#[async_trait]
impl Inspection for Engine {
    async fn workflows(&self) -> Result<Vec<WorkflowSummary>, OperationError> {
        self.summaries_of(self.shared.registry.all()).await
    }

    async fn workflow(&self, name: &str) -> Result<WorkflowSummary, OperationError> {
        let id = self.workflow_id(name)?;
        let live = self.shared.registry.get(id);
        let live = live.ok_or_else(|| OperationError::NoWorkflow { name: name.into() })?;
        let mut summaries = self.summaries_of(vec![(id, live)]).await?;
        summaries
            .pop()
            .ok_or_else(|| OperationError::NoWorkflow { name: name.into() })
    }

    async fn summaries(&self, workflows: &[String]) -> Result<Vec<WorkflowSummary>, OperationError> {
        let registry = &self.shared.registry;
        let live = workflows.iter().filter_map(|key| {
            let id = registry.id(key)?;
            Some((id, registry.get(id)?))
        });
        self.summaries_of(live.collect()).await
    }

    async fn list(
        &self,
        workflow: &str,
        filter: Filter,
        after: Option<InstanceNumber>,
        limit: usize,
    ) -> Result<Listed, OperationError> {
        self.listed(self.workflow_id(workflow)?, filter, after, limit.max(1))
            .await
    }

    async fn step(
        &self,
        workflow: &str,
        id: &str,
        kind: Kind,
        name: &str,
    ) -> Result<Option<StepDetail>, OperationError> {
        self.one_step(workflow, id, kind, name).await
    }

    async fn instances(
        &self,
        workflow: &str,
        filter: Filter,
        skip: u64,
        limit: usize,
    ) -> Result<InstancePage, OperationError> {
        self.page(self.workflow_id(workflow)?, filter, skip, limit).await
    }

    async fn describe(
        &self,
        workflow: &str,
        id: &str,
        with_steps: bool,
    ) -> Result<InstanceDetail, OperationError> {
        self.detail(workflow, id, with_steps).await
    }

    async fn reason(&self, workflow: &str, id: &str) -> Result<Why, OperationError> {
        self.why(workflow, id).await
    }

    async fn outputs(&self, workflow: &str, id: &str) -> Result<Vec<Value>, OperationError> {
        self.recorded_outputs(workflow, id).await
    }

    async fn delete_all(&self, workflow: &str) -> Result<u64, OperationError> {
        self.delete_every(self.workflow_id(workflow)?).await
    }
}
