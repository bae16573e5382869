//! Instances as the API shows them.

use crate::account::Api;
use crate::account::workflows::version_id;
use crate::shape::{maybe_time, time};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::sync::Arc;
use stepwell_control::model::Workflow;
use stepwell_engine::Made;
use stepwell_engine::inspect::InstanceSummary;
use stepwell_store::Trigger;
use utoipa::{IntoParams, ToSchema};

/// A path that names an instance.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct InstancePath {
    /// The instance's id; that of a scheduled one is encoded.
    #[param(min_length = 1, max_length = 271)]
    pub(super) instance_id: String,
    /// The Workflow's name.
    #[param(min_length = 1, max_length = 64)]
    pub(super) workflow_name: String,
    #[allow(dead_code)] // for the description: `Access` reads it
    /// The account's id.
    #[param(min_length = 1, max_length = 64)]
    account_id: String,
}

/// An instance's status.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
#[allow(dead_code)] // a schema only
pub(super) enum InstanceStatus {
    Queued,
    Running,
    Paused,
    Errored,
    Terminated,
    Complete,
    WaitingForPause,
    Waiting,
    RollingBack,
}

/// What `trigger_source` says.
pub(super) fn source(trigger: Trigger) -> &'static str {
    match trigger {
        Trigger::Api => "api",
        Trigger::Binding => "binding",
        Trigger::Event => "event",
        Trigger::Cron => "cron",
    }
}

/// An instance in a list (spec 4.5).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Instance)]
pub(super) struct InstanceView {
    id: Arc<str>,
    #[schema(value_type = InstanceStatus)]
    status: &'static str,
    #[schema(value_type = String)]
    created_on: Json,
    #[schema(value_type = String)]
    modified_on: Json,
    #[schema(value_type = Option<String>)]
    started_on: Json,
    #[schema(value_type = Option<String>)]
    ended_on: Json,
    version_id: String,
    workflow_id: String,
    trigger_source: &'static str,
}

impl InstanceView {
    pub(super) fn of(api: &Api, instance: &InstanceSummary, workflow: &Workflow) -> Self {
        Self {
            id: instance.id.clone(),
            status: instance.status.as_str(),
            created_on: time(instance.created_ms),
            modified_on: time(instance.modified_ms),
            started_on: maybe_time(instance.started_ms),
            ended_on: maybe_time(instance.ended_ms),
            version_id: version_id(api, workflow, instance.version),
            workflow_id: workflow.id.clone(),
            trigger_source: source(instance.trigger),
        }
    }
}

/// An instance that was just created (spec 4.4).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CreatedInstance {
    id: Arc<str>,
    /// `queued`: it starts as soon as there is room.
    #[schema(value_type = InstanceStatus)]
    status: &'static str,
    version_id: String,
    workflow_id: String,
    trigger_source: &'static str,
}

impl CreatedInstance {
    pub(super) fn of(api: &Api, made: Made, workflow: &Workflow) -> Self {
        Self {
            id: made.id,
            status: "queued",
            version_id: version_id(api, workflow, made.version),
            workflow_id: workflow.id.clone(),
            trigger_source: source(Trigger::Api),
        }
    }
}

/// An instance to which something was done.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Touched {
    instance_id: String,
    #[schema(value_type = String)]
    timestamp: Json,
}

impl Touched {
    pub(super) fn now(instance_id: String) -> Self {
        Self {
            instance_id,
            timestamp: time(crate::shape::now_ms()),
        }
    }
}
