//! `/workflows/{name}/follow-latest`: Stepwell's own. Whether instances go on in the live version of their Workflow, as
//! they do on Cloudflare, or stay on the one that they started on.

use super::schema::WorkflowPath;
use crate::account::auth::{Access, Deploy, Read};
use crate::account::body::Whole;
use crate::account::place::Place;
use crate::account::reply::Reply;
use crate::account::workflows::known;
use crate::account::{Api, Problem};
use crate::input::json;
use axum::extract::State;
use serde::Serialize;
use serde_json::Value as Json;
use std::sync::Arc;
use utoipa::ToSchema;

/// The setting.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FollowLatest {
    /// Whether instances go on in the live version.
    enabled: bool,
}

/// Whether instances go on in the live version.
#[utoipa::path(get, path = "/accounts/{account_id}/workflows/{workflow_name}/follow-latest",
    operation_id = "stepwell-get-follow-latest", tag = "Workflows", params(WorkflowPath), security(("token" = ["read"])),
    responses((status = 200, body = Reply<FollowLatest>)))]
pub(super) async fn get(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(WorkflowPath { workflow_name, .. }): Place<WorkflowPath>,
) -> Result<Reply<FollowLatest>, Problem> {
    let workflow = known(&api, access.account(), &workflow_name)?;
    Ok(Reply::of(FollowLatest {
        enabled: workflow.follow_latest,
    }))
}

/// Has all instances of the Workflow go on in the live version, those that are on their way too; or stay, from now on.
#[utoipa::path(put, path = "/accounts/{account_id}/workflows/{workflow_name}/follow-latest",
    operation_id = "stepwell-set-follow-latest", tag = "Workflows", params(WorkflowPath),
    request_body = serde_json::Value, security(("token" = ["deploy"])),
    responses((status = 200, body = Reply<FollowLatest>)))]
pub(super) async fn set(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(WorkflowPath { workflow_name, .. }): Place<WorkflowPath>,
    Whole(body): Whole,
) -> Result<Reply<FollowLatest>, Problem> {
    known(&api, access.account(), &workflow_name)?;
    let body = json::value(&body).map_err(|error| Problem::invalid(vec![error.to_string()]))?;
    let enabled = body.as_ref().and_then(|body| body.get("enabled"));
    let Some(enabled) = enabled.and_then(Json::as_bool) else {
        return Err(Problem::invalid(vec![json::wrong_kind(
            "enabled", "boolean", enabled,
        )]));
    };
    let workflow = api
        .control
        .set_follow_latest(access.account(), &workflow_name, enabled)
        .await?;
    Ok(Reply::of(FollowLatest {
        enabled: workflow.follow_latest,
    }))
}
