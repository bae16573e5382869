//! `GET /workflows/{name}/instances/{id}/reason`: Stepwell's own.

use super::schema::{InstancePath, InstanceStatus};
use crate::account::auth::{Access, Read};
use crate::account::place::Place;
use crate::account::reply::Reply;
use crate::account::workflows::known;
use crate::account::{Api, Problem};
use crate::shape;
use axum::extract::State;
use serde_json::Value as Json;
use std::sync::Arc;
use utoipa::ToSchema;

/// Why an instance is not moving, or what it does.
#[derive(Debug, ToSchema)]
#[allow(dead_code)] // a schema only
pub(super) struct InstanceReason {
    status: InstanceStatus,
    /// For programs, such as `event`, `sleep`, `retry`, `queued`, `paused`.
    reason: String,
    /// For people.
    text: String,
    since: Option<String>,
    until: Option<String>,
    /// The command that would resolve it.
    command: Option<String>,
}

/// Why an instance is not moving, or what it does.
#[utoipa::path(get, path = "/accounts/{account_id}/workflows/{workflow_name}/instances/{instance_id}/reason",
    operation_id = "stepwell-instance-reason", tag = "Instances", params(InstancePath), security(("token" = ["read"])),
    responses((status = 200, body = Reply<InstanceReason>)))]
pub(super) async fn reason(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(InstancePath {
        workflow_name,
        instance_id,
        ..
    }): Place<InstancePath>,
) -> Result<Reply<Json>, Problem> {
    known(&api, access.account(), &workflow_name)?;
    let why = api
        .engine
        .reason(&access.key(&workflow_name), &instance_id)
        .await?;
    Ok(Reply::of(shape::reason::json(&why, &workflow_name, &instance_id)))
}
