//! `workers/workers`: the newest form of Workers as resources. wrangler reads `subdomain` of it; the SDKs have all of it as
//! `workers.beta`. Workers are made and changed by uploads here.

use super::versions::{self, VersionPath};
use super::{AccountPath, ScriptPath, Thing, known, view};
use crate::account::asked::Asked;
use crate::account::auth::{Access, Deploy, Read};
use crate::account::paging::Page;
use crate::account::place::Place;
use crate::account::reply::Reply;
use crate::account::{Api, Problem};
use crate::shape::time;
use axum::extract::State;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use stepwell_control::Refusal;
use stepwell_control::model::Script;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get, delete))
        .routes(routes!(list_versions))
        .routes(routes!(latest, versions::patch_latest))
        .routes(routes!(version))
}

/// A Worker by its name or its tag, which is its id here.
fn named(api: &Api, account: &str, name: &str) -> Result<Arc<Script>, Problem> {
    known(api, account, name).or_else(|unknown| {
        let scripts = api.control.scripts(account);
        let found = scripts.into_iter().find(|script| script.tag == name);
        found.ok_or(unknown)
    })
}

fn worker(api: &Api, script: &Script) -> Json {
    let settings = &script.settings;
    let mut subdomain = json!(script.subdomain);
    // Without it wrangler would print an address at workers.dev.
    subdomain["url"] = Json::String(api.addresses.worker(&script.account, &script.name));
    let consumers = settings.tail_consumers.as_ref().and_then(Json::as_array);
    let consumers = consumers.into_iter().flatten();
    let consumers = consumers.map(|consumer| json!({ "name": consumer["service"] }));
    json!({
        "id": script.tag,
        "name": script.name,
        "created_on": time(script.created_ms),
        "updated_on": time(script.modified_ms),
        "deployed_on": time(script.modified_ms),
        "logpush": settings.logpush,
        "observability": settings.observability.clone().unwrap_or_else(|| json!({ "enabled": false })),
        "tags": settings.tags,
        "tail_consumers": consumers.collect::<Vec<_>>(),
        "subdomain": subdomain,
        "references": { "dispatch_namespace_outbounds": [], "domains": [], "durable_objects": [], "queues": [], "workers": [] },
    })
}

/// The Workers of the account, by name.
#[utoipa::path(get, path = "/accounts/{account_id}/workers/workers", operation_id = "listWorkers", tag = "Workers",
    params(AccountPath, Page<10>), security(("token" = ["read"])), responses((status = 200, body = Reply<Vec<Thing>>)))]
async fn list(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Asked(page): Asked<Page<10>>,
) -> Reply<Vec<Json>> {
    let reply = page.of(api.control.scripts(access.account()));
    let views = reply.result().iter().map(|script| worker(&api, script)).collect();
    reply.with(views)
}

/// A Worker, with where it is served.
#[utoipa::path(get, path = "/accounts/{account_id}/workers/workers/{script_name}", operation_id = "getWorker", tag = "Workers",
    params(ScriptPath), security(("token" = ["read"])), responses((status = 200, body = Reply<Thing>)))]
async fn get(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
) -> Result<Reply<Json>, Problem> {
    let script = named(&api, access.account(), &script_name)?;
    Ok(Reply::of(worker(&api, &script)))
}

/// Deletes a Worker. Its Workflows stay, without code.
#[utoipa::path(delete, path = "/accounts/{account_id}/workers/workers/{script_name}", operation_id = "deleteWorker", tag = "Workers",
    params(ScriptPath), security(("token" = ["deploy"])), responses((status = 200, body = Reply<Option<Thing>>)))]
async fn delete(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
) -> Result<Reply<Option<Json>>, Problem> {
    let script = named(&api, access.account(), &script_name)?;
    api.control
        .delete_script(access.account(), &script.name, false)
        .await?;
    Ok(Reply::of(None))
}

/// The versions of a Worker, newest first.
#[utoipa::path(get, path = "/accounts/{account_id}/workers/workers/{script_name}/versions", operation_id = "listWorkerVersions",
    tag = "Workers", params(ScriptPath, Page<10>), security(("token" = ["read"])),
    responses((status = 200, body = Reply<Vec<Thing>>)))]
async fn list_versions(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
    Asked(page): Asked<Page<10>>,
) -> Result<Reply<Vec<Json>>, Problem> {
    let script = named(&api, access.account(), &script_name)?;
    let reply = page.of(api.control.versions(access.account(), &script.name));
    let views = reply
        .result()
        .iter()
        .map(|version| view::flat_version(version))
        .collect();
    Ok(reply.with(views))
}

/// The newest version of a Worker.
#[utoipa::path(get, path = "/accounts/{account_id}/workers/workers/{script_name}/versions/latest", operation_id = "getLatestWorkerVersion",
    tag = "Workers", params(ScriptPath), security(("token" = ["read"])), responses((status = 200, body = Reply<Thing>)))]
async fn latest(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
) -> Result<Reply<Json>, Problem> {
    let script = named(&api, access.account(), &script_name)?;
    let version = api.control.latest_version(access.account(), &script.name);
    let version = version.ok_or_else(Refusal::no_versions)?;
    Ok(Reply::of(view::flat_version(&version)))
}

/// A version of a Worker.
#[utoipa::path(get, path = "/accounts/{account_id}/workers/workers/{script_name}/versions/{version_id}", operation_id = "getWorkerVersion",
    tag = "Workers", params(VersionPath), security(("token" = ["read"])), responses((status = 200, body = Reply<Thing>)))]
async fn version(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(VersionPath {
        script_name,
        version_id,
        ..
    }): Place<VersionPath>,
) -> Result<Reply<Json>, Problem> {
    let script = named(&api, access.account(), &script_name)?;
    let version = api.control.version(access.account(), &script.name, &version_id);
    let version = version.ok_or_else(|| Refusal::version_not_found(&version_id))?;
    Ok(Reply::of(view::flat_version(&version)))
}
