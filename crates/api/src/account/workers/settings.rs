//! `settings` and `script-settings`.

use super::{ScriptPath, Thing, known, object, view};
use crate::account::auth::{Access, Deploy, Read};
use crate::account::body::Whole;
use crate::account::place::Place;
use crate::account::reply::Reply;
use crate::account::{Api, Problem};
use axum::extract::State;
use serde_json::Value as Json;
use std::sync::Arc;
use stepwell_control::Refusal;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(settings))
        .routes(routes!(get, patch))
}

/// The bindings and settings that the next upload follows.
#[utoipa::path(get, path = "/accounts/{account_id}/workers/scripts/{script_name}/settings", operation_id = "worker-script-get-settings",
    tag = "Workers", params(ScriptPath), security(("token" = ["read"])), responses((status = 200, body = Reply<Thing>)))]
async fn settings(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
) -> Result<Reply<Json>, Problem> {
    let script = known(&api, access.account(), &script_name)?;
    let latest = api.control.latest_version(access.account(), &script_name);
    let latest = latest.ok_or_else(Refusal::no_versions)?;
    Ok(Reply::of(view::settings(&script, &latest)))
}

/// What applies to all versions.
#[utoipa::path(get, path = "/accounts/{account_id}/workers/scripts/{script_name}/script-settings",
    operation_id = "worker-script-settings-get-settings", tag = "Workers", params(ScriptPath),
    security(("token" = ["read"])), responses((status = 200, body = Reply<Thing>)))]
async fn get(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
) -> Result<Reply<Json>, Problem> {
    let script = known(&api, access.account(), &script_name)?;
    Ok(Reply::of(view::script_settings(&script)))
}

/// Sets what is given of it.
#[utoipa::path(patch, path = "/accounts/{account_id}/workers/scripts/{script_name}/script-settings",
    operation_id = "worker-script-settings-patch-settings", tag = "Workers", params(ScriptPath), request_body = Thing,
    security(("token" = ["deploy"])), responses((status = 200, body = Reply<Thing>)))]
async fn patch(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
    Whole(body): Whole,
) -> Result<Reply<Json>, Problem> {
    let given = object(&body)?;
    let script = api
        .control
        .patch_settings(access.account(), &script_name, given)
        .await?;
    Ok(Reply::of(view::script_settings(&script)))
}
