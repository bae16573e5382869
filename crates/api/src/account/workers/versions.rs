//! `versions` of a Worker.

use super::{ScriptPath, Source, Thing, known, object, view};
use crate::account::asked::{Asked, FromQuery, Query};
use crate::account::auth::{Access, Deploy, Read};
use crate::account::body::Whole;
use crate::account::paging::Page;
use crate::account::place::Place;
use crate::account::reply::Reply;
use crate::account::{Api, Problem};
use crate::input::json::wrong_kind;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use stepwell_control::Refusal;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get))
}

/// The path of a version.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct VersionPath {
    /// The account.
    #[allow(dead_code)] // who asks says which account
    account_id: String,
    /// The Worker's name.
    pub(super) script_name: String,
    /// The version's id.
    pub(super) version_id: String,
}

/// Which versions.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// `true`: those that can be deployed, which are all.
    #[allow(dead_code)] // nothing to choose from
    deployable: Option<String>,
}

impl FromQuery for Which {
    fn read(query: &mut Query) -> Self {
        Self {
            deployable: query.text("deployable"),
        }
    }
}

/// The versions of a Worker, newest first.
#[utoipa::path(get, path = "/accounts/{account_id}/workers/scripts/{script_name}/versions", operation_id = "worker-versions-list-versions",
    tag = "Workers", params(ScriptPath, Page<100>, Which), security(("token" = ["read"])),
    responses((status = 200, body = Reply<Thing>)))]
async fn list(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
    Asked(page): Asked<Page<100>>,
    Asked(_): Asked<Which>,
) -> Result<Reply<Json>, Problem> {
    known(&api, access.account(), &script_name)?;
    let reply = page.of(api.control.versions(access.account(), &script_name));
    let items: Vec<_> = reply
        .result()
        .iter()
        .map(|version| view::version(version))
        .collect();
    Ok(reply.with(json!({ "items": items })))
}

/// A version of a Worker.
#[utoipa::path(get, path = "/accounts/{account_id}/workers/scripts/{script_name}/versions/{version_id}",
    operation_id = "worker-versions-get-version-detail", tag = "Workers", params(VersionPath),
    security(("token" = ["read"])), responses((status = 200, body = Reply<Thing>)))]
async fn get(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(VersionPath {
        script_name,
        version_id,
        ..
    }): Place<VersionPath>,
) -> Result<Reply<Json>, Problem> {
    known(&api, access.account(), &script_name)?;
    let version = api.control.version(access.account(), &script_name, &version_id);
    let version = version.ok_or_else(|| Refusal::version_not_found(&version_id))?;
    Ok(Reply::of(view::version(&version)))
}

/// Makes a version that is the newest one with other bindings. It is not live.
#[utoipa::path(patch, path = "/accounts/{account_id}/workers/workers/{script_name}/versions/latest", operation_id = "editWorkerVersion",
    tag = "Workers", params(ScriptPath), request_body = Thing, security(("token" = ["deploy"])),
    responses((status = 200, body = Reply<Thing>)))]
pub(super) async fn patch_latest(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
    source: Source,
    Whole(body): Whole,
) -> Result<Reply<Json>, Problem> {
    let mut given = object(&body)?;
    let env = match given.shift_remove("env") {
        None | Some(Json::Null) => Map::new(),
        Some(Json::Object(env)) => env,
        other => {
            return Err(Problem::invalid(vec![wrong_kind(
                "env",
                "object",
                other.as_ref(),
            )]));
        }
    };
    let annotations = texts(given.get("annotations"));
    let by = source.by(&access.principal);
    let made = api
        .control
        .patch_latest(access.account(), &script_name, env, annotations, by)
        .await?;
    Ok(Reply::of(view::version(&made.version)))
}

/// The fields of an object that are texts.
pub(super) fn texts(given: Option<&Json>) -> BTreeMap<String, String> {
    let fields = given.and_then(Json::as_object).into_iter().flatten();
    let texts = fields.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
    texts.collect()
}
