//! `GET scripts` and `DELETE scripts/{script}`, and what concerns all scripts of an account.

use super::{AccountPath, ScriptPath, Thing, object, view};
use crate::account::asked::{Asked, FromQuery, Query};
use crate::account::auth::{Access, Deploy, Read};
use crate::account::body::Whole;
use crate::account::paging::Page;
use crate::account::place::Place;
use crate::account::reply::Reply;
use crate::account::{Api, Problem};
use crate::shape::time;
use axum::extract::State;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use stepwell_control::model::Script;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(search))
        .routes(routes!(delete))
        .routes(routes!(account_settings, put_account_settings))
}

/// The Workers of the account, by name.
#[utoipa::path(get, path = "/accounts/{account_id}/workers/scripts", operation_id = "worker-script-list-workers", tag = "Workers",
    params(AccountPath), security(("token" = ["read"])), responses((status = 200, body = Reply<Vec<Thing>>)))]
async fn list(access: Access<Read>, State(api): State<Arc<Api>>) -> Reply<Vec<Json>> {
    let scripts = api.control.scripts(access.account());
    let views = scripts.iter().map(|script| {
        let latest = api.control.latest_version(&script.account, &script.name);
        view::script(script, latest.as_deref())
    });
    Reply::of(views.collect())
}

/// Which Workers.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct Search {
    /// A part of the name.
    name: Option<String>,
    /// The tag of a Worker.
    id: Option<String>,
}

impl FromQuery for Search {
    fn read(query: &mut Query) -> Self {
        Self {
            name: query.text("name"),
            id: query.text("id"),
        }
    }
}

/// Workers by a part of their names.
#[utoipa::path(get, path = "/accounts/{account_id}/workers/scripts-search", operation_id = "worker-script-search-workers", tag = "Workers",
    params(AccountPath, Page<10>, Search), security(("token" = ["read"])), responses((status = 200, body = Reply<Vec<Thing>>)))]
async fn search(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Asked(page): Asked<Page<10>>,
    Asked(Search { name, id }): Asked<Search>,
) -> Reply<Vec<Json>> {
    let mut scripts = api.control.scripts(access.account());
    let named = |script: &Script| name.as_ref().is_none_or(|name| script.name.contains(name));
    scripts.retain(|script| named(script) && id.as_ref().is_none_or(|id| script.tag == *id));
    let reply = page.of(scripts);
    let views = reply.result().iter().map(|script| {
        json!({
            "id": script.tag,
            "script_name": script.name,
            "service_name": script.name,
            "environment_name": "production",
            "environment_is_default": true,
            "created_on": time(script.created_ms),
            "modified_on": time(script.modified_ms),
        })
    });
    let views = views.collect();
    reply.with(views)
}

fn settings_of_accounts() -> Reply<Json> {
    Reply::of(json!({ "default_usage_model": "standard", "green_compute": false }))
}

/// What applies to all Workers of the account: there is nothing to choose from.
#[utoipa::path(get, path = "/accounts/{account_id}/workers/account-settings", operation_id = "worker-account-settings-fetch-worker-account-settings",
    tag = "Workers", params(AccountPath), security(("token" = ["read"])), responses((status = 200, body = Reply<Thing>)))]
async fn account_settings(_access: Access<Read>) -> Reply<Json> {
    settings_of_accounts()
}

/// The same: nothing changes.
#[utoipa::path(put, path = "/accounts/{account_id}/workers/account-settings", operation_id = "worker-account-settings-create-worker-account-settings",
    tag = "Workers", params(AccountPath), request_body = Thing, security(("token" = ["deploy"])), responses((status = 200, body = Reply<Thing>)))]
async fn put_account_settings(_access: Access<Deploy>, Whole(body): Whole) -> Result<Reply<Json>, Problem> {
    object(&body)?;
    Ok(settings_of_accounts())
}

/// Whether to delete what others need.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Force {
    /// `true`: although others have bindings to it.
    pub(super) force: Option<String>,
}

impl FromQuery for Force {
    fn read(query: &mut Query) -> Self {
        Self {
            force: query.text("force"),
        }
    }
}

impl Force {
    pub(super) fn is_set(&self) -> bool {
        self.force.as_deref() == Some("true")
    }
}

/// Deletes a Worker. Its Workflows stay, without code.
#[utoipa::path(delete, path = "/accounts/{account_id}/workers/scripts/{script_name}", operation_id = "worker-script-delete-worker",
    tag = "Workers", params(ScriptPath, Force), security(("token" = ["deploy"])), responses((status = 200, body = Reply<Thing>)))]
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
