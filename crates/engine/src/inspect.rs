//! What can be seen of Workflows and instances: lists, and everything about one instance (spec 4.3 to 4.6).

use crate::operations::{OperationError, Status};
use async_trait::async_trait;
use std::sync::Arc;
use stepwell_core::failure::Failure;
use stepwell_core::step_config::StepConfig;
use stepwell_core::value::Value;
use stepwell_store::Trigger;

/// A Workflow and how many instances it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowSummary {
    /// Its name.
    pub name: Arc<str>,
    /// The exported class.
    pub class_name: Arc<str>,
    /// The Worker that defines it.
    pub script_name: Arc<str>,
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
    /// When its status last changed, Unix milliseconds.
    pub modified_ms: i64,
    /// Who created it.
    pub trigger: Trigger,
    /// The version of the script it started on.
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

/// Everything about one instance. Times are Unix milliseconds.
#[derive(Debug, Clone)]
pub struct InstanceDetail {
    /// The summary.
    pub summary: InstanceSummary,
    /// The event payload it was created with.
    pub params: Value,
    /// When its first run began.
    pub started_ms: Option<i64>,
    /// When it ended.
    pub ended_ms: Option<i64>,
    /// What `run()` returned.
    pub output: Option<Value>,
    /// Why it errored.
    pub error: Option<Failure>,
    /// Its steps, in the order in which they began; empty if they were not asked for.
    pub steps: Vec<StepDetail>,
    /// How many steps there are, asked for or not.
    pub step_count: u64,
}

/// One step of an instance.
#[derive(Debug, Clone)]
pub struct StepDetail {
    /// `name-count` (spec 2.2).
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

/// Looking, and taking away. Nothing here changes how an instance goes on.
#[async_trait]
pub trait Inspection: Send + Sync + 'static {
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
    /// Everything about one instance: `NotFound` if there is none. Without `with_steps` the steps are only counted.
    async fn describe(
        &self,
        workflow: &str,
        id: &str,
        with_steps: bool,
    ) -> Result<InstanceDetail, OperationError>;
    /// Ends the instance, if it has not, and removes everything about it (spec 2.8: `delete()`). Its id is free then.
    async fn delete(&self, workflow: &str, id: &str) -> Result<(), OperationError>;
    /// Deletes every instance of a Workflow. The Workflow stays as long as code defines it.
    async fn delete_all(&self, workflow: &str) -> Result<u64, OperationError>;
}
