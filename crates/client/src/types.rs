//! What the API answers, as far as a command shows it. What is missing is `None`: a local API tells less.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A Workflow (spec 4.3).
#[derive(Debug, Clone, Deserialize)]
pub struct Workflow {
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: Option<String>,
    /// The Worker that has the class.
    pub script_name: Option<String>,
    /// The class.
    pub class_name: Option<String>,
    /// When it was made.
    pub created_on: Option<String>,
    /// When it was changed.
    pub modified_on: Option<String>,
    /// When its newest instance was created.
    pub triggered_on: Option<String>,
    /// How many instances there are of each status.
    #[serde(default)]
    pub instances: BTreeMap<String, u64>,
    /// Its Worker is gone.
    #[serde(default)]
    pub script_deleted: bool,
    /// Its own schedules.
    #[serde(default)]
    pub schedules: Vec<Schedule>,
}

/// A schedule of a Workflow.
#[derive(Debug, Clone, Deserialize)]
pub struct Schedule {
    /// The expression.
    pub cron: String,
    /// When it fires next.
    pub next_instance: Option<String>,
}

/// A version of a Workflow.
#[derive(Debug, Clone, Deserialize)]
pub struct Version {
    /// Its id.
    pub id: String,
    /// When it was made.
    pub created_on: Option<String>,
    /// When it was changed.
    pub modified_on: Option<String>,
    /// Its number, from 1 (Stepwell's).
    pub number: Option<u32>,
    /// The version of the Worker that runs it (Stepwell's).
    pub script_version_id: Option<String>,
    /// Which part of the new instances it gets, in percent, if it is live (Stepwell's).
    pub percentage: Option<f64>,
}

/// An instance in a list (spec 4.5).
#[derive(Debug, Clone, Deserialize)]
pub struct Summary {
    /// Its id.
    pub id: String,
    /// How it is doing.
    pub status: String,
    /// When it was created.
    pub created_on: Option<String>,
    /// When it was changed.
    pub modified_on: Option<String>,
    /// The version it runs on.
    pub version_id: Option<String>,
}

/// An instance in full (spec 4.6).
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Instance {
    /// How it is doing.
    pub status: String,
    /// What it was started with.
    #[serde(default)]
    pub params: Value,
    /// What started it.
    pub trigger: Option<Trigger>,
    /// The version it runs on.
    pub version_id: Option<String>,
    /// When it was created.
    pub queued: Option<String>,
    /// When it began.
    pub start: Option<String>,
    /// When it ended.
    pub end: Option<String>,
    /// Whether it ended well.
    pub success: Option<bool>,
    /// Why it did not.
    pub error: Option<Failure>,
    /// What it returned.
    #[serde(default)]
    pub output: Value,
    /// Its steps, in their order.
    #[serde(default)]
    pub steps: Vec<Step>,
}

/// What started an instance.
#[derive(Debug, Clone, Deserialize)]
pub struct Trigger {
    /// `api`, `binding`, `cron`, `event` or what ended it.
    pub source: Option<String>,
}

/// An error as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Failure {
    /// Its class.
    pub name: Option<String>,
    /// What it says.
    pub message: Option<String>,
}

/// A step of any kind.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Step {
    /// `step`, `sleep`, `waitForEvent`, `rollback` or `termination`.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// Its name and count; terminations have none.
    pub name: Option<String>,
    /// When it began.
    pub start: Option<String>,
    /// When it ended; of a sleep also when it will.
    pub end: Option<String>,
    /// Of a step: whether it ended well.
    pub success: Option<bool>,
    /// Of a sleep and a wait: whether it is over.
    pub finished: Option<bool>,
    /// What went wrong.
    pub error: Option<Failure>,
    /// What it gave.
    #[serde(default)]
    pub output: Value,
    /// Of a step: its retries and timeout.
    pub config: Option<Value>,
    /// Of a step: how often it was tried.
    #[serde(default)]
    pub attempts: Vec<Attempt>,
    /// Of a wait: what for.
    pub event_type: Option<String>,
    /// Of a termination: who asked for it.
    pub trigger: Option<Trigger>,
}

/// One try.
#[derive(Debug, Clone, Deserialize)]
pub struct Attempt {
    /// When it began.
    pub start: Option<String>,
    /// When it ended.
    pub end: Option<String>,
    /// Whether it ended well.
    pub success: Option<bool>,
    /// What went wrong.
    pub error: Option<Failure>,
}

/// Why an instance is as it is (an endpoint of Stepwell's).
#[derive(Debug, Clone, Deserialize)]
pub struct Reason {
    /// How it is doing.
    pub status: String,
    /// The reason, in a sentence.
    pub text: String,
    /// Since when.
    pub since: Option<String>,
    /// Until when, if nothing else happens.
    pub until: Option<String>,
    /// The command that would resolve it.
    pub command: Option<String>,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.name, &self.message) {
            (Some(name), Some(message)) => write!(formatter, "{name}: {message}"),
            (Some(text), None) | (None, Some(text)) => formatter.write_str(text),
            (None, None) => formatter.write_str("an error without a text"),
        }
    }
}
