//! `GET scripts` and `DELETE scripts/{script}`.

use super::{AccountPath, ScriptPath, Thing, view};
use crate::account::asked::{Asked, FromQuery, Query};
use crate::account::auth::{Access, Deploy, Read};
use crate::account::place::Place;
use crate::account::reply::Reply;
use crate::account::{Api, Problem};
use axum::extract::State;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(delete))
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
