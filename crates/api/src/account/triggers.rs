//! `/accounts/{account_id}/triggers/{script_name}`: events of other products that start Workflows (spec 4.13). They are kept
//! and shown; nothing here brings such an event.

use super::auth::{Access, Deploy, Read};
use super::body::Whole;
use super::place::Place;
use super::reply::Reply;
use super::{Api, Problem};
use crate::input::json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::sync::Arc;
use stepwell_control::Refusal;
use stepwell_control::model::Script;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Most triggers of a Worker.
const MOST: usize = 200;

/// Its endpoints.
pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new().routes(routes!(get, replace, add, delete))
}

/// A path that names a Worker.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct ScriptPath {
    /// The Worker's name.
    #[param(min_length = 1)]
    script_name: String,
    #[allow(dead_code)] // for the description: `Access` reads it
    /// The account's id.
    #[param(min_length = 1, max_length = 64)]
    account_id: String,
}

/// The triggers of a Worker.
#[derive(Debug, Serialize, ToSchema)]
struct Triggers {
    script_name: String,
    /// `{ type, filter, targets }`
    #[schema(value_type = Vec<Object>)]
    triggers: Vec<Json>,
}

/// How many are gone.
#[derive(Debug, Serialize, ToSchema)]
struct DeletedTriggers {
    deleted: u64,
}

fn view(script: &Script) -> Reply<Triggers> {
    Reply::of(Triggers {
        script_name: script.name.clone(),
        triggers: script.triggers.clone(),
    })
}

/// The triggers of a Worker.
#[utoipa::path(get, path = "/accounts/{account_id}/triggers/{script_name}", operation_id = "wor-get-script-triggers",
    tag = "Triggers", params(ScriptPath), security(("token" = ["read"])),
    responses((status = 200, body = Reply<Triggers>)))]
async fn get(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(path): Place<ScriptPath>,
) -> Result<Reply<Triggers>, Problem> {
    let script = api.control.script(access.account(), &path.script_name);
    let script = script.ok_or_else(Refusal::script_not_found)?;
    Ok(view(&script))
}

/// Replaces the triggers of a Worker.
#[utoipa::path(put, path = "/accounts/{account_id}/triggers/{script_name}", operation_id = "wor-replace-script-triggers",
    tag = "Triggers", params(ScriptPath), request_body(content = Vec<Object>), security(("token" = ["deploy"])),
    responses((status = 200, body = Reply<Triggers>)))]
async fn replace(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(path): Place<ScriptPath>,
    Whole(body): Whole,
) -> Result<Reply<Triggers>, Problem> {
    set(&api, access.account(), &path.script_name, &body, false).await
}

/// Adds triggers to those of a Worker.
#[utoipa::path(patch, path = "/accounts/{account_id}/triggers/{script_name}", operation_id = "wor-add-script-triggers",
    tag = "Triggers", params(ScriptPath), request_body(content = Vec<Object>), security(("token" = ["deploy"])),
    responses((status = 200, body = Reply<Triggers>)))]
async fn add(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(path): Place<ScriptPath>,
    Whole(body): Whole,
) -> Result<Reply<Triggers>, Problem> {
    set(&api, access.account(), &path.script_name, &body, true).await
}

/// Takes all triggers of a Worker away.
#[utoipa::path(delete, path = "/accounts/{account_id}/triggers/{script_name}", operation_id = "wor-delete-script-triggers",
    tag = "Triggers", params(ScriptPath), security(("token" = ["deploy"])),
    responses((status = 200, body = Reply<DeletedTriggers>)))]
async fn delete(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(path): Place<ScriptPath>,
) -> Result<Reply<DeletedTriggers>, Problem> {
    let script = api.control.script(access.account(), &path.script_name);
    let deleted = script.map_or(0, |script| script.triggers.len() as u64);
    let none = Vec::new();
    api.control
        .set_triggers(access.account(), &path.script_name, none, false)
        .await?;
    Ok(Reply::of(DeletedTriggers { deleted }))
}

async fn set(
    api: &Api,
    account: &str,
    script: &str,
    body: &[u8],
    add: bool,
) -> Result<Reply<Triggers>, Problem> {
    let triggers = parse(body).map_err(Problem::invalid)?;
    let script = api.control.set_triggers(account, script, triggers, add).await?;
    Ok(view(&script))
}

fn parse(body: &[u8]) -> Result<Vec<Json>, Vec<String>> {
    let body = json::value(body)?;
    let Some(Json::Array(triggers)) = body else {
        return Err(vec![json::wrong_kind("", "array", body.as_ref())]);
    };
    if triggers.len() > MOST {
        return Err(vec![format!("Too big: expected array to have <={MOST} items")]);
    }
    let mut wrong = Vec::new();
    for (index, trigger) in triggers.iter().enumerate() {
        let index = index.to_string();
        if !trigger.is_object() {
            wrong.push(json::wrong_kind(&index, "object", Some(trigger)));
        } else if !trigger["type"].is_string() {
            wrong.push(json::wrong_kind(
                &format!("{index}.type"),
                "string",
                trigger.get("type"),
            ));
        }
    }
    if wrong.is_empty() {
        Ok(triggers)
    } else {
        Err(wrong)
    }
}
