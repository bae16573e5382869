//! `POST /workflows/{name}/instances` (spec 4.4).

use super::new_instance::{self, NewInstance};
use super::schema::CreatedInstance;
use crate::account::auth::{Access, Write};
use crate::account::body::Whole;
use crate::account::place::Place;
use crate::account::reply::Reply;
use crate::account::workflows::known;
use crate::account::workflows::schema::WorkflowPath;
use crate::account::{Api, Problem, Workflow};
use axum::extract::State;
use std::sync::Arc;

/// Creates an instance. An empty body is one without an id and params.
#[utoipa::path(post, path = "/accounts/{account_id}/workflows/{workflow_name}/instances",
    operation_id = "wor-create-new-workflow-instance", tag = "Instances", params(WorkflowPath),
    request_body = Option<NewInstance>, security(("token" = ["write"])),
    responses((status = 200, body = Reply<CreatedInstance>)))]
pub(super) async fn create(
    access: Access<Write>,
    State(api): State<Arc<Api>>,
    Place(WorkflowPath { workflow_name, .. }): Place<WorkflowPath>,
    Whole(body): Whole,
) -> Result<Reply<CreatedInstance>, Problem> {
    let workflow = known(&api, access.account(), &workflow_name).await?;
    let request = new_instance::parse(&body).map_err(Problem::invalid)?;
    let key = access.key(&workflow_name);
    let id = api.engine.create(&key, request).await?;
    Ok(Reply::of(created(&api, &key, &workflow, id).await))
}

/// An instance that was just created. Its version is asked for: which one a new instance starts on is the engine's choice.
pub(super) async fn created(api: &Api, key: &str, workflow: &Workflow, id: Arc<str>) -> CreatedInstance {
    let newest = workflow.versions.first().map_or(0, |version| version.number);
    let version = match api.engine.describe(key, &id, false).await {
        Ok(detail) => detail.summary.version,
        // Deleted meanwhile, or the server stops: it was created all the same, and the client must not try again.
        Err(_) => newest,
    };
    CreatedInstance::of(id, version, workflow)
}
