//! Workflows and their versions as the API shows them.

use crate::account::Api;
use crate::shape::{instance, maybe_time, time};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use stepwell_control::model::{Retention, Workflow, WorkflowVersion};
use stepwell_engine::inspect::WorkflowSummary;
use utoipa::{IntoParams, ToSchema};

/// A path that names a Workflow.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct WorkflowPath {
    /// The Workflow's name.
    #[param(min_length = 1, max_length = 64, pattern = "^[a-zA-Z0-9_][a-zA-Z0-9-_]*$")]
    pub(super) workflow_name: String,
    #[allow(dead_code)] // for the description: `Access` reads it
    /// The account's id.
    #[param(min_length = 1, max_length = 64)]
    account_id: String,
}

/// A Workflow (spec 4.3).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Workflow)]
pub(super) struct WorkflowView {
    id: String,
    name: String,
    script_name: String,
    class_name: String,
    #[schema(value_type = String)]
    created_on: Json,
    #[schema(value_type = String)]
    modified_on: Json,
    /// When its newest instance was created.
    #[schema(value_type = Option<String>)]
    triggered_on: Json,
    /// How many instances it has of each status.
    #[schema(value_type = HashMap<String, u64>)]
    instances: Json,
    /// Its own schedules.
    schedules: Vec<ScheduleView>,
    /// Its Worker is gone.
    script_deleted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    jurisdiction: Option<String>,
}

/// A schedule of a Workflow.
#[derive(Debug, Serialize, ToSchema)]
struct ScheduleView {
    /// The expression.
    cron: String,
    /// When it fires next.
    #[serde(skip_serializing_if = "Json::is_null")]
    #[schema(value_type = Option<String>, nullable = false)]
    next_instance: Json,
}

impl WorkflowView {
    /// The resource, and what the engine says of its instances, if it knows it.
    pub(super) fn of(api: &Api, workflow: &Workflow, summary: Option<&WorkflowSummary>) -> Self {
        let schedules = api.control.schedules(workflow).into_iter();
        let schedules = schedules.map(|schedule| ScheduleView {
            cron: schedule.cron,
            next_instance: maybe_time(schedule.next_ms),
        });
        let mut instances = instance::all_counts(summary.map_or(&[], |summary| &summary.counts));
        // No instance has it here yet.
        instances["rollingBack"] = Json::from(0);
        Self {
            id: workflow.id.clone(),
            name: workflow.name.clone(),
            script_name: workflow.settings.script.clone(),
            class_name: workflow.settings.class_name.clone(),
            created_on: time(workflow.created_ms),
            modified_on: time(workflow.modified_ms),
            triggered_on: maybe_time(summary.and_then(|summary| summary.triggered_ms)),
            instances,
            schedules: schedules.collect(),
            script_deleted: api.control.is_orphan(workflow),
            jurisdiction: workflow.jurisdiction.clone(),
        }
    }
}

/// A number with a limit's name.
#[derive(Debug, Serialize, ToSchema)]
struct Steps {
    steps: u64,
}

/// How many instances may run at once.
#[derive(Debug, Serialize, ToSchema)]
struct Concurrency {
    limit: u64,
}

/// How long finished instances are kept, in milliseconds.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = Retention)]
pub(super) struct RetentionView {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    success_retention: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    error_retention: Option<u64>,
}

impl From<Retention> for RetentionView {
    fn from(retention: Retention) -> Self {
        Self {
            success_retention: retention.success_ms,
            error_retention: retention.error_ms,
        }
    }
}

/// A version of a Workflow (spec 4.11).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WorkflowVersion)]
pub(super) struct VersionView {
    id: String,
    class_name: String,
    #[schema(value_type = String)]
    created_on: Json,
    #[schema(value_type = String)]
    modified_on: Json,
    workflow_id: String,
    /// Whether there is a graph of it.
    has_dag: bool,
    /// `javascript`.
    language: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    limits: Option<Steps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    concurrency: Option<Concurrency>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    default_retention: Option<RetentionView>,
    #[serde(flatten)]
    details: VersionDetails,
}

/// What Stepwell tells of a version to who asks for it; absent otherwise.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(super) struct VersionDetails {
    /// The version's number, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) number: Option<u32>,
    /// The version of the Worker that runs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) script_version_id: Option<String>,
    /// Which part of the new instances it gets, in percent; absent if it is not live.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) percentage: Option<f64>,
}

impl VersionView {
    /// A version of this Workflow.
    pub(super) fn of(workflow: &Workflow, version: &WorkflowVersion, has_dag: bool) -> Self {
        let settings = &version.settings;
        let kept = settings.retention != Retention::default();
        Self {
            id: version.id.clone(),
            class_name: settings.class_name.clone(),
            created_on: time(version.created_ms),
            modified_on: time(version.created_ms),
            workflow_id: workflow.id.clone(),
            has_dag,
            language: "javascript",
            limits: settings.step_limit.map(|steps| Steps { steps }),
            concurrency: settings.concurrency_limit.map(|limit| Concurrency { limit }),
            default_retention: kept.then(|| settings.retention.into()),
            details: VersionDetails::default(),
        }
    }

    /// With what only Stepwell tells.
    pub(super) fn with(self, details: VersionDetails) -> Self {
        Self { details, ..self }
    }
}

/// A version with its graph.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WorkflowGraph)]
pub(super) struct GraphView {
    id: String,
    class_name: String,
    #[schema(value_type = String)]
    created_on: Json,
    #[schema(value_type = String)]
    modified_on: Json,
    workflow_id: String,
    /// The graph; `null` if there is none.
    #[schema(value_type = Option<Object>)]
    graph: Json,
}

impl GraphView {
    /// A version and its graph, `null` if it has none.
    pub(super) fn of(workflow: &Workflow, version: &WorkflowVersion, graph: Json) -> Self {
        Self {
            id: version.id.clone(),
            class_name: version.settings.class_name.clone(),
            created_on: time(version.created_ms),
            modified_on: time(version.created_ms),
            workflow_id: workflow.id.clone(),
            graph,
        }
    }
}

/// Which end of a list comes first.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
#[allow(dead_code)] // a schema only
pub(super) enum Order {
    Asc,
    Desc,
}
