//! `deployments` of a Worker.

use super::scripts::Force;
use super::versions::texts;
use super::{ScriptPath, Source, Thing, known, object, view};
use crate::account::asked::Asked;
use crate::account::audit::Audit;
use crate::account::auth::{Access, Deploy, Read};
use crate::account::body::Whole;
use crate::account::paging::Page;
use crate::account::place::Place;
use crate::account::reply::Reply;
use crate::account::{Api, Problem};
use axum::Extension;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;
use stepwell_control::NewDeployment;
use stepwell_control::model::Portion;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(list, post))
        .routes(routes!(get, delete))
}

/// The path of a deployment.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct DeploymentPath {
    /// The account.
    #[allow(dead_code)] // who asks says which account
    account_id: String,
    /// The Worker's name.
    script_name: String,
    /// The deployment's id.
    deployment_id: String,
}

/// The deployments of a Worker, newest first. The first one is live.
#[utoipa::path(get, path = "/accounts/{account_id}/workers/scripts/{script_name}/deployments",
    operation_id = "worker-deployments-list-deployments", tag = "Workers", params(ScriptPath, Page<100>),
    security(("token" = ["read"])), responses((status = 200, body = Reply<Thing>)))]
async fn list(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
    Asked(page): Asked<Page<100>>,
) -> Result<Reply<Json>, Problem> {
    known(&api, access.account(), &script_name)?;
    let reply = page.of(api.control.deployments(access.account(), &script_name));
    let shown = reply
        .result()
        .iter()
        .map(|deployment| view::deployment(deployment));
    let shown: Vec<_> = shown.collect();
    Ok(reply.with(json!({ "deployments": shown })))
}

/// A deployment of a Worker.
#[utoipa::path(get, path = "/accounts/{account_id}/workers/scripts/{script_name}/deployments/{deployment_id}",
    operation_id = "worker-deployments-get-deployment", tag = "Workers", params(DeploymentPath),
    security(("token" = ["read"])), responses((status = 200, body = Reply<Thing>)))]
async fn get(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(DeploymentPath {
        script_name,
        deployment_id,
        ..
    }): Place<DeploymentPath>,
) -> Result<Reply<Json>, Problem> {
    known(&api, access.account(), &script_name)?;
    let deployments = api.control.deployments(access.account(), &script_name);
    let found = deployments
        .iter()
        .find(|deployment| deployment.id == deployment_id);
    let found = found.ok_or_else(|| stepwell_control::Refusal::deployment_not_found(&deployment_id))?;
    Ok(Reply::of(view::deployment(found)))
}

/// Forgets a deployment that is not live.
#[utoipa::path(delete, path = "/accounts/{account_id}/workers/scripts/{script_name}/deployments/{deployment_id}",
    operation_id = "worker-deployments-delete-deployment", tag = "Workers", params(DeploymentPath),
    security(("token" = ["deploy"])), responses((status = 200, body = Reply<Option<Thing>>)))]
async fn delete(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(DeploymentPath {
        script_name,
        deployment_id,
        ..
    }): Place<DeploymentPath>,
) -> Result<Reply<Option<Json>>, Problem> {
    api.control
        .delete_deployment(access.account(), &script_name, &deployment_id)
        .await?;
    Ok(Reply::of(None))
}

/// Makes versions live.
#[utoipa::path(post, path = "/accounts/{account_id}/workers/scripts/{script_name}/deployments",
    operation_id = "worker-deployments-create-deployment", tag = "Workers", params(ScriptPath, Force), request_body = Thing,
    security(("token" = ["deploy"])), responses((status = 200, body = Reply<Thing>)))]
async fn post(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
    Asked(force): Asked<Force>,
    source: Source,
    Extension(audit): Extension<Audit>,
    Whole(body): Whole,
) -> Result<Reply<Json>, Problem> {
    let given = object(&body)?;
    let new = NewDeployment {
        versions: portions(&given)?,
        annotations: texts(given.get("annotations")),
        force: force.is_set(),
    };
    let shares = new.versions.iter();
    let shares: Vec<_> = shares
        .map(|share| format!("{} at {}%", share.version_id, share.percentage))
        .collect();
    audit.note(shares.join(", "));
    let by = source.by(&access.principal);
    let deployment = api
        .control
        .deploy(access.account(), &script_name, new, by)
        .await?;
    Ok(Reply::of(view::deployment(&deployment)))
}

fn portions(given: &Map<String, Json>) -> Result<Vec<Portion>, Problem> {
    let wrong = || {
        let what = "versions: Invalid input: expected an array of { \"version_id\": string, \"percentage\": number }";
        Problem::invalid(vec![what.to_owned()])
    };
    let versions = given.get("versions").and_then(Json::as_array).ok_or_else(wrong)?;
    let portions = versions.iter().map(|version| {
        Some(Portion {
            version_id: version.get("version_id")?.as_str()?.to_owned(),
            percentage: version.get("percentage")?.as_f64()?,
        })
    });
    portions.collect::<Option<_>>().ok_or_else(wrong)
}
