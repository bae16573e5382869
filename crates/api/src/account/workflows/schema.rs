//! Workflows and their versions as the API shows them.

use crate::account::Workflow;
use crate::shape::{instance, time};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::sync::Arc;
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
    id: Arc<str>,
    name: Arc<str>,
    script_name: Arc<str>,
    class_name: Arc<str>,
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
    /// The resource, and what the engine says of its instances.
    pub(super) fn of(workflow: &Workflow, summary: &WorkflowSummary) -> Self {
        let schedules = workflow.schedules.iter().map(|(cron, next_ms)| ScheduleView {
            cron: cron.clone(),
            next_instance: next_ms.map_or(Json::Null, time),
        });
        let mut instances = instance::all_counts(summary);
        // No instance has it here yet.
        instances["rollingBack"] = Json::from(0);
        Self {
            id: workflow.id.clone(),
            name: workflow.name.clone(),
            script_name: workflow.script_name.clone(),
            class_name: workflow.class_name.clone(),
            created_on: time(workflow.created_ms),
            modified_on: time(workflow.modified_ms),
            triggered_on: Json::Null,
            instances,
            schedules: schedules.collect(),
            script_deleted: workflow.script_deleted,
            jurisdiction: workflow.jurisdiction.clone(),
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
