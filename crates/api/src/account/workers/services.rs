//! `services/{script}`: an older name of Workers, by which wrangler asks whether there is one.

use super::scripts::Force;
use super::{ScriptPath, Thing, known, view};
use crate::account::asked::Asked;
use crate::account::auth::{Access, Deploy, Read};
use crate::account::place::Place;
use crate::account::reply::Reply;
use crate::account::{Api, Problem};
use crate::shape::time;
use axum::extract::State;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(get, delete))
        .routes(routes!(environment))
}

fn environment_of(api: &Api, account: &str, name: &str) -> Result<Json, Problem> {
    let script = known(api, account, name)?;
    let latest = api.control.latest_version(account, name);
    Ok(json!({
        "environment": "production",
        "created_on": time(script.created_ms),
        "modified_on": time(script.modified_ms),
        "script": view::script(&script, latest.as_deref()),
    }))
}

/// A Worker, with what its one environment is.
#[utoipa::path(get, path = "/accounts/{account_id}/workers/services/{script_name}", operation_id = "worker-service-get", tag = "Workers",
    params(ScriptPath), security(("token" = ["read"])), responses((status = 200, body = Reply<Thing>)))]
async fn get(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
) -> Result<Reply<Json>, Problem> {
    let environment = environment_of(&api, access.account(), &script_name)?;
    Ok(Reply::of(json!({
        "id": script_name,
        "created_on": environment["created_on"],
        "modified_on": environment["modified_on"],
        "usage_model": "standard",
        "default_environment": environment,
        "environments": [environment],
    })))
}

/// The one environment of a Worker.
#[utoipa::path(get, path = "/accounts/{account_id}/workers/services/{script_name}/environments/{environment}",
    operation_id = "worker-service-environment-get", tag = "Workers",
    params(ScriptPath, ("environment" = String, Path)), security(("token" = ["read"])),
    responses((status = 200, body = Reply<Thing>)))]
async fn environment(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
) -> Result<Reply<Json>, Problem> {
    environment_of(&api, access.account(), &script_name).map(Reply::of)
}

/// Deletes a Worker. Its Workflows stay, without code.
#[utoipa::path(delete, path = "/accounts/{account_id}/workers/services/{script_name}", operation_id = "worker-service-delete", tag = "Workers",
    params(ScriptPath, Force), security(("token" = ["deploy"])), responses((status = 200, body = Reply<Thing>)))]
async fn delete(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
    Asked(force): Asked<Force>,
) -> Result<Reply<Json>, Problem> {
    api.control
        .delete_script(access.account(), &script_name, force.is_set())
        .await?;
    Ok(Reply::of(json!({ "id": script_name })))
}
