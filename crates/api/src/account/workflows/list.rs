//! `GET /workflows`, `GET` and `DELETE /workflows/{name}` (spec 4.3).

use super::known;
use super::schema::{WorkflowPath, WorkflowView};
use crate::account::asked::{Asked, FromQuery, Query};
use crate::account::auth::{Access, Deploy, Read};
use crate::account::paging::Page;
use crate::account::place::Place;
use crate::account::reply::Reply;
use crate::account::{Api, Problem};
use axum::extract::State;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;
use stepwell_control::model::Workflow;
use stepwell_engine::inspect::WorkflowSummary;
use utoipa::{IntoParams, ToSchema};

/// Which Workflows.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Search {
    /// A part of the name.
    #[param(max_length = 64, nullable = false)]
    search: Option<String>,
}

impl FromQuery for Search {
    fn read(query: &mut Query) -> Self {
        let search = query.text("search");
        if search.as_ref().is_some_and(|text| text.chars().count() > 64) {
            let reason = "search: Too big: expected string to have <=64 characters";
            query.wrong.push(reason.into());
        }
        // An empty one is none: SDKs send what they were given.
        Self {
            search: search.filter(|text| !text.is_empty()),
        }
    }
}

/// The Workflows of the account, the oldest first.
#[utoipa::path(get, path = "/accounts/{account_id}/workflows", operation_id = "wor-list-workflows", tag = "Workflows",
    params(("account_id" = String, Path), Page<10>, Search), security(("token" = ["read"])),
    responses((status = 200, body = Reply<Vec<WorkflowView>>)))]
pub(super) async fn list(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Asked(page): Asked<Page<10>>,
    Asked(Search { search }): Asked<Search>,
) -> Result<Reply<Vec<WorkflowView>>, Problem> {
    let reply = page.of(api.control.workflows(access.account(), search.as_deref()));
    let summaries = summaries(&api, reply.result()).await?;
    let view = |workflow: &Arc<Workflow>| {
        let summary = summaries.get(workflow.engine_key().as_str());
        WorkflowView::of(&api, workflow, summary)
    };
    let views = reply.result().iter().map(view).collect();
    Ok(reply.with(views))
}

/// One Workflow.
#[utoipa::path(get, path = "/accounts/{account_id}/workflows/{workflow_name}", operation_id = "wor-get-workflow-details",
    tag = "Workflows", params(WorkflowPath), security(("token" = ["read"])),
    responses((status = 200, body = Reply<WorkflowView>)))]
pub(super) async fn get(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(WorkflowPath { workflow_name, .. }): Place<WorkflowPath>,
) -> Result<Reply<WorkflowView>, Problem> {
    let workflow = known(&api, access.account(), &workflow_name)?;
    let summaries = summaries(&api, std::slice::from_ref(&workflow)).await?;
    Ok(Reply::of(WorkflowView::of(
        &api,
        &workflow,
        summaries.values().next(),
    )))
}

/// What the engine says of these, by key. It does not know those that never had code.
pub(super) async fn summaries(
    api: &Api,
    workflows: &[Arc<Workflow>],
) -> Result<HashMap<Arc<str>, WorkflowSummary>, Problem> {
    let keys: Vec<String> = workflows.iter().map(|workflow| workflow.engine_key()).collect();
    let summaries = api.engine.summaries(&keys).await?.into_iter();
    Ok(summaries.map(|summary| (summary.key.clone(), summary)).collect())
}

/// Something is gone.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeletedWorkflow {
    /// `ok`.
    status: &'static str,
    /// `true`.
    success: bool,
}

/// Deletes a Workflow with its instances; never its Worker.
#[utoipa::path(delete, path = "/accounts/{account_id}/workflows/{workflow_name}", operation_id = "wor-delete-workflow",
    tag = "Workflows", params(WorkflowPath), security(("token" = ["deploy"])),
    responses((status = 200, body = Reply<DeletedWorkflow>)))]
pub(super) async fn delete(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(WorkflowPath { workflow_name, .. }): Place<WorkflowPath>,
) -> Result<Reply<DeletedWorkflow>, Problem> {
    api.control
        .delete_workflow(access.account(), &workflow_name)
        .await?;
    Ok(Reply::of(DeletedWorkflow {
        status: "ok",
        success: true,
    }))
}
