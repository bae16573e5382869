//! `schedules` of a Worker.

use super::{ScriptPath, Thing, array, known};
use crate::account::auth::{Access, Deploy, Read};
use crate::account::body::Whole;
use crate::account::place::Place;
use crate::account::reply::Reply;
use crate::account::{Api, Problem};
use crate::input::json::wrong_kind;
use crate::shape::time;
use axum::extract::State;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use stepwell_control::model::Script;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new().routes(routes!(get, put))
}

fn schedules(script: &Script) -> Json {
    let crons = script.crons.iter().map(|cron| {
        let created = time(cron.created_ms);
        json!({ "cron": cron.cron, "created_on": created, "modified_on": created })
    });
    json!({ "schedules": crons.collect::<Vec<_>>() })
}

/// When a Worker's `scheduled()` should be called.
#[utoipa::path(get, path = "/accounts/{account_id}/workers/scripts/{script_name}/schedules", operation_id = "worker-cron-trigger-get-cron-triggers",
    tag = "Workers", params(ScriptPath), security(("token" = ["read"])), responses((status = 200, body = Reply<Thing>)))]
async fn get(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
) -> Result<Reply<Json>, Problem> {
    let script = known(&api, access.account(), &script_name)?;
    Ok(Reply::of(schedules(&script)))
}

/// Sets it, instead of what was set before.
#[utoipa::path(put, path = "/accounts/{account_id}/workers/scripts/{script_name}/schedules", operation_id = "worker-cron-trigger-update-cron-triggers",
    tag = "Workers", params(ScriptPath), request_body = Vec<Thing>, security(("token" = ["deploy"])),
    responses((status = 200, body = Reply<Thing>)))]
async fn put(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
    Whole(body): Whole,
) -> Result<Reply<Json>, Problem> {
    let items = array(&body)?;
    let crons = items.iter().enumerate().map(|(at, item)| match item.get("cron") {
        Some(Json::String(cron)) => Ok(cron.clone()),
        other => Err(Problem::invalid(vec![wrong_kind(
            &format!("{at}.cron"),
            "string",
            other,
        )])),
    });
    let crons = crons.collect::<Result<Vec<_>, _>>()?;
    let script = api
        .control
        .set_crons(access.account(), &script_name, crons)
        .await?;
    Ok(Reply::of(schedules(&script)))
}
