//! `POST /workflows/{name}/instances` (spec 4.4).

use super::new_instance::{self, NewInstance};
use super::schema::CreatedInstance;
use crate::account::auth::{Access, Write};
use crate::account::body::Whole;
use crate::account::place::Place;
use crate::account::reply::Reply;
use crate::account::workflows::known;
use crate::account::workflows::schema::WorkflowPath;
use crate::account::{Api, Problem, codes};
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
    let workflow = known(&api, access.account(), &workflow_name)?;
    let request = new_instance::parse(&body).map_err(Problem::invalid)?;
    let key = access.key(&workflow_name);
    // One of many is created as one alone, and one hears on which version it starts.
    let made = api.engine.create_each(&key, vec![request]).await?.pop();
    let made = made.ok_or_else(|| Problem::of(codes::INTERNAL))??;
    Ok(Reply::of(CreatedInstance::of(&api, made, &workflow)))
}
