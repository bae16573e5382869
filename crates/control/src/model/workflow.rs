//! Workflows as resources.

use serde::{Deserialize, Serialize};

/// How long instances are kept after their end, in milliseconds. `None`: what is set above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Retention {
    /// Those that completed.
    pub success_ms: Option<u64>,
    /// Those that failed or were terminated.
    pub error_ms: Option<u64>,
}

/// What `PUT /workflows/{name}` sets; a version has its own copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowSettings {
    /// The Worker that has the class.
    pub script: String,
    /// The class.
    pub class_name: String,
    /// Most `do` steps of an instance (`limits.steps`).
    pub step_limit: Option<u64>,
    /// Most instances that run at once (`concurrency.limit`).
    pub concurrency_limit: Option<u64>,
    /// When instances are created by themselves: cron expressions.
    pub crons: Vec<String>,
    /// How long instances are kept.
    pub retention: Retention,
}

/// A Workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workflow {
    /// A UUID.
    pub id: String,
    /// The account.
    pub account: String,
    /// Its name, unique in the account.
    pub name: String,
    /// When it was made, Unix milliseconds.
    pub created_ms: i64,
    /// When it was last changed, Unix milliseconds.
    pub modified_ms: i64,
    /// What is set now.
    pub settings: WorkflowSettings,
    /// `eu`, `fedramp` or `us`: kept and shown. It never changes.
    pub jurisdiction: Option<String>,
    /// Whether instances move to the live version by themselves.
    pub follow_latest: bool,
    /// The number of its newest version.
    pub versions: u32,
}

impl Workflow {
    /// What the engine knows it by.
    pub fn engine_key(&self) -> String {
        format!("{}/{}", self.account, self.name)
    }
}

/// A version of a Workflow: settings, and the code that runs it. It never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowVersion {
    /// A UUID.
    pub id: String,
    /// The account.
    pub account: String,
    /// The Workflow's name.
    pub workflow: String,
    /// Numbered from 1 per Workflow; the engine knows it by this.
    pub number: u32,
    /// When it was made, Unix milliseconds.
    pub created_ms: i64,
    /// The settings.
    pub settings: WorkflowSettings,
    /// The version of the Worker `settings.script` that it runs on.
    pub script_version: String,
}
