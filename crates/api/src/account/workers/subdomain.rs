//! Where Workers are served under their own names.

use super::{AccountPath, ScriptPath, Thing, known, object};
use crate::account::auth::{Access, Deploy, Read};
use crate::account::body::Whole;
use crate::account::place::Place;
use crate::account::reply::Reply;
use crate::account::{Api, Problem};
use crate::input::json::wrong_kind;
use axum::extract::State;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use stepwell_control::model::Subdomain;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(of_account, put_of_account))
        .routes(routes!(get, post, delete))
}

/// The account's part of the addresses of its Workers. wrangler wants one, and prints it if it is told nothing better.
#[utoipa::path(get, path = "/accounts/{account_id}/workers/subdomain", operation_id = "worker-subdomain-get-subdomain", tag = "Workers",
    params(AccountPath), security(("token" = ["read"])), responses((status = 200, body = Reply<Thing>)))]
async fn of_account(access: Access<Read>) -> Reply<Json> {
    Reply::of(json!({ "subdomain": access.account().to_ascii_lowercase().replace('_', "-") }))
}

/// Every account has one, which is its own name.
#[utoipa::path(put, path = "/accounts/{account_id}/workers/subdomain", operation_id = "worker-subdomain-create-subdomain", tag = "Workers",
    params(AccountPath), request_body = Thing, security(("token" = ["deploy"])), responses((status = 200, body = Reply<Thing>)))]
async fn put_of_account(access: Access<Deploy>, Whole(body): Whole) -> Result<Reply<Json>, Problem> {
    object(&body)?;
    Ok(Reply::of(
        json!({ "subdomain": access.account().to_ascii_lowercase().replace('_', "-") }),
    ))
}

/// Whether a Worker is served under its own name.
#[utoipa::path(get, path = "/accounts/{account_id}/workers/scripts/{script_name}/subdomain", operation_id = "worker-script-get-subdomain",
    tag = "Workers", params(ScriptPath), security(("token" = ["read"])), responses((status = 200, body = Reply<Thing>)))]
async fn get(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
) -> Result<Reply<Json>, Problem> {
    let script = known(&api, access.account(), &script_name)?;
    Ok(Reply::of(json!(script.subdomain)))
}

/// Sets it. What is not given stays as it is.
#[utoipa::path(post, path = "/accounts/{account_id}/workers/scripts/{script_name}/subdomain", operation_id = "worker-script-post-subdomain",
    tag = "Workers", params(ScriptPath), request_body = Thing, security(("token" = ["deploy"])),
    responses((status = 200, body = Reply<Thing>)))]
async fn post(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
    Whole(body): Whole,
) -> Result<Reply<Json>, Problem> {
    let given = object(&body)?;
    let now = known(&api, access.account(), &script_name)?.subdomain;
    let flag = |key: &str, now: bool| match given.get(key) {
        None | Some(Json::Null) => Ok(now),
        Some(Json::Bool(flag)) => Ok(*flag),
        other => Err(Problem::invalid(vec![wrong_kind(key, "boolean", other)])),
    };
    let subdomain = Subdomain {
        enabled: flag("enabled", now.enabled)?,
        previews_enabled: flag("previews_enabled", now.previews_enabled)?,
    };
    let script = api
        .control
        .set_subdomain(access.account(), &script_name, subdomain)
        .await?;
    Ok(Reply::of(json!(script.subdomain)))
}

/// Serves a Worker under its own name no more.
#[utoipa::path(delete, path = "/accounts/{account_id}/workers/scripts/{script_name}/subdomain", operation_id = "worker-script-delete-subdomain",
    tag = "Workers", params(ScriptPath), security(("token" = ["deploy"])), responses((status = 200, body = Reply<Thing>)))]
async fn delete(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
) -> Result<Reply<Json>, Problem> {
    let none = Subdomain {
        enabled: false,
        previews_enabled: false,
    };
    let script = api
        .control
        .set_subdomain(access.account(), &script_name, none)
        .await?;
    Ok(Reply::of(json!(script.subdomain)))
}
