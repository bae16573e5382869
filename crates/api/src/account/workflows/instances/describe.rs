//! `GET` and `DELETE /workflows/{name}/instances/{id}` (spec 4.6, 4.9).

use super::schema::{InstancePath, InstanceStatus, Touched, source};
use crate::account::asked::{Asked, FromQuery, Query};
use crate::account::auth::{Access, Read, Write};
use crate::account::place::Place;
use crate::account::reply::Reply;
use crate::account::workflows::schema::Order;
use crate::account::workflows::{known, version_id};
use crate::account::{Api, Problem};
use crate::shape::instance;
use crate::shape::step::Style;
use axum::extract::State;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use stepwell_engine::inspect::InstanceDetail;
use stepwell_engine::operations::Status;
use stepwell_store::Trigger;
use utoipa::ToSchema;

/// How much is to be told.
#[derive(Debug)]
pub(super) struct How {
    simple: bool,
    descending: bool,
}

impl FromQuery for How {
    fn read(query: &mut Query) -> Self {
        let simple = query.option("simple", &[("true", true), ("false", false)]);
        let descending = query.option("order", &[("asc", false), ("desc", true)]);
        Self {
            simple: simple.unwrap_or(false),
            descending: descending.unwrap_or(false),
        }
    }
}

/// Everything about an instance.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
#[allow(dead_code, non_snake_case)] // a schema only
pub(super) struct InstanceDetails {
    status: InstanceStatus,
    /// The event's payload.
    params: Json,
    trigger: TriggerSource,
    #[schema(rename = "versionId")]
    versionId: String,
    queued: String,
    start: Option<String>,
    end: Option<String>,
    success: Option<bool>,
    error: Option<Failure>,
    /// What `run()` returned; `null` if it has not.
    output: Json,
    #[schema(value_type = Option<Object>)]
    rollback: Option<Json>,
    step_count: u64,
    /// Of scheduled instances.
    #[schema(value_type = Option<Object>, nullable = false)]
    schedule: Option<Json>,
    /// Without `simple`.
    #[schema(value_type = Option<Vec<Object>>, nullable = false)]
    steps: Option<Vec<Json>>,
}

/// Who created an instance.
#[derive(Debug, ToSchema)]
#[allow(dead_code)] // a schema only
struct TriggerSource {
    source: String,
}

/// An error.
#[derive(Debug, ToSchema)]
#[allow(dead_code)] // a schema only
pub(super) struct Failure {
    name: String,
    message: String,
}

/// Everything about an instance. What its steps gave is cut at 1,024 characters: `…/step` has it whole.
#[utoipa::path(get, path = "/accounts/{account_id}/workflows/{workflow_name}/instances/{instance_id}",
    operation_id = "wor-describe-workflow-instance", tag = "Instances", params(InstancePath,
        ("simple" = Option<bool>, Query, description = "Without the steps."),
        ("order" = inline(Option<Order>), Query, description = "The order of the steps.")),
    security(("token" = ["read"])), responses((status = 200, body = Reply<InstanceDetails>)))]
pub(super) async fn describe(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(InstancePath {
        workflow_name,
        instance_id,
        ..
    }): Place<InstancePath>,
    Asked(how): Asked<How>,
) -> Result<Reply<Json>, Problem> {
    let workflow = known(&api, access.account(), &workflow_name)?;
    let key = access.key(&workflow_name);
    let mut detail = api.engine.describe(&key, &instance_id, !how.simple).await?;
    if how.descending {
        detail.steps.reverse();
    }
    let mut json = instance::detail(&detail, Style::Previews);
    json["versionId"] = json!(version_id(&api, &workflow, detail.summary.version));
    json["trigger"] = json!({ "source": source(detail.summary.trigger) });
    json["success"] = json!(success(detail.summary.status));
    json["rollback"] = Json::Null;
    if let Some(schedule) = schedule(&detail) {
        json["schedule"] = schedule;
    }
    if how.simple
        && let Some(fields) = json.as_object_mut()
    {
        fields.remove("steps");
    }
    Ok(Reply::of(json))
}

/// How it ended, if it has.
fn success(status: Status) -> Option<bool> {
    match status {
        Status::Complete => Some(true),
        Status::Errored | Status::Terminated => Some(false),
        _ => None,
    }
}

/// What fired, of a scheduled instance: its id says so.
fn schedule(detail: &InstanceDetail) -> Option<Json> {
    if detail.summary.trigger != Trigger::Cron {
        return None;
    }
    let (cron, scheduled_ms) = detail.summary.id.rsplit_once('-')?;
    let scheduled_ms: i64 = scheduled_ms.parse().ok()?;
    Some(json!({ "cron": cron, "scheduledTime": scheduled_ms }))
}

/// Ends an instance, if it has not, and removes everything about it.
#[utoipa::path(delete, path = "/accounts/{account_id}/workflows/{workflow_name}/instances/{instance_id}",
    operation_id = "wor-delete-workflow-instance", tag = "Instances", params(InstancePath),
    security(("token" = ["write"])), responses((status = 200, body = Reply<Touched>)))]
pub(super) async fn delete(
    access: Access<Write>,
    State(api): State<Arc<Api>>,
    Place(InstancePath {
        workflow_name,
        instance_id,
        ..
    }): Place<InstancePath>,
) -> Result<Reply<Touched>, Problem> {
    known(&api, access.account(), &workflow_name)?;
    api.engine
        .delete(&access.key(&workflow_name), &instance_id)
        .await?;
    Ok(Reply::of(Touched::now(instance_id)))
}
