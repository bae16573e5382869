//! What the API asks the control plane about Workflows. The names of Workflows are those of their account.

use async_trait::async_trait;
use serde_json::Value as Json;
use std::sync::Arc;

/// A Workflow as a resource (spec 4.3). Times are Unix milliseconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Workflow {
    /// A UUID.
    pub id: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// The Worker that defines it.
    pub script_name: Arc<str>,
    /// The exported class.
    pub class_name: Arc<str>,
    /// When it was registered.
    pub created_ms: i64,
    /// When it was last changed.
    pub modified_ms: i64,
    /// Its own schedules: the expression, and when it fires next.
    pub schedules: Vec<(String, Option<i64>)>,
    /// The Worker is gone.
    pub script_deleted: bool,
    /// Where it may run.
    pub jurisdiction: Option<String>,
    /// Its versions, newest first; never empty.
    pub versions: Vec<WorkflowVersion>,
}

/// One version of a Workflow (spec 4.11).
#[derive(Debug, Clone, PartialEq)]
pub struct WorkflowVersion {
    /// A UUID.
    pub id: Arc<str>,
    /// From 1.
    pub number: u32,
    /// The exported class.
    pub class_name: Arc<str>,
    /// When it was made, Unix milliseconds.
    pub created_ms: i64,
    /// Its settings.
    pub settings: WorkflowSettings,
    /// Whether there is a graph of it.
    pub has_graph: bool,
}

/// What can be set about a Workflow.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WorkflowSettings {
    /// `limits.steps`.
    pub step_limit: Option<u32>,
    /// `concurrency.limit`.
    pub concurrency_limit: Option<u32>,
    /// `default_retention`.
    pub retention: Retention,
}

/// How long finished instances are kept, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retention {
    /// Those that completed.
    pub success_ms: Option<u64>,
    /// Those that errored.
    pub error_ms: Option<u64>,
}

/// The body of `PUT /workflows/{name}`: everything that is to be true of it from now on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WorkflowDefinition {
    /// The Worker that defines it.
    pub script_name: String,
    /// The exported class.
    pub class_name: String,
    /// The rest.
    pub settings: WorkflowSettings,
    /// Cron expressions.
    pub schedules: Vec<String>,
    /// Where it may run.
    pub jurisdiction: Option<String>,
}

/// A refusal of the control plane.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ControlError {
    /// The HTTP status.
    pub status: u16,
    /// Cloudflare's code.
    pub code: u32,
    /// For people.
    pub message: String,
}

/// Who knows the Workflows as resources.
#[async_trait]
pub trait WorkflowCatalogue: Send + Sync + 'static {
    /// Those of an account, by name.
    async fn list(&self, account: &str) -> Result<Vec<Workflow>, ControlError>;
    /// One of them: code 10200 if there is none.
    async fn get(&self, account: &str, name: &str) -> Result<Workflow, ControlError>;
    /// Makes it, or replaces everything that is set about it.
    async fn put(
        &self,
        account: &str,
        name: &str,
        definition: WorkflowDefinition,
    ) -> Result<Workflow, ControlError>;
    /// Forgets it. Its instances are the engine's.
    async fn delete(&self, account: &str, name: &str) -> Result<(), ControlError>;
    /// The graph of a version (spec 4.11), if there is one.
    async fn graph(&self, account: &str, name: &str, version_id: &str) -> Result<Option<Json>, ControlError>;
    /// How long finished instances are kept where nothing else says.
    async fn retention(&self, account: &str) -> Result<Retention, ControlError>;
    /// Changes that.
    async fn set_retention(&self, account: &str, retention: Retention) -> Result<(), ControlError>;
}
