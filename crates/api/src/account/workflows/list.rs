//! `GET /workflows` and `GET /workflows/{name}` (spec 4.3).

use super::schema::{WorkflowPath, WorkflowView};
use crate::account::asked::{Asked, FromQuery, Query};
use crate::account::auth::{Access, Read};
use crate::account::paging::Page;
use crate::account::place::Place;
use crate::account::reply::Reply;
use crate::account::{Api, Problem, Workflow};
use axum::extract::State;
use std::sync::Arc;
use utoipa::IntoParams;

/// Which Workflows.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Search {
    /// A part of the name.
    #[param(min_length = 1, max_length = 64)]
    search: Option<String>,
}

impl FromQuery for Search {
    fn read(query: &mut Query) -> Self {
        let search = query.text("search");
        if search.as_ref().is_some_and(|text| text.chars().count() > 64) {
            query
                .wrong
                .push("search: Too big: expected string to have <=64 characters".into());
        }
        // An empty one is none: SDKs send what they were given.
        Self {
            search: search.filter(|text| !text.is_empty()),
        }
    }
}

/// The Workflows of the account, by name.
#[utoipa::path(get, path = "/accounts/{account_id}/workflows", operation_id = "wor-list-workflows", tag = "Workflows",
    params(("account_id" = String, Path), Page<10>, Search), security(("token" = ["read"])),
    responses((status = 200, body = Reply<Vec<WorkflowView>>)))]
pub(super) async fn list(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Asked(page): Asked<Page<10>>,
    Asked(Search { search }): Asked<Search>,
) -> Result<Reply<Vec<WorkflowView>>, Problem> {
    let mut workflows = api.workflows.list(access.account()).await?;
    if let Some(search) = &search {
        workflows.retain(|workflow| workflow.name.contains(search.as_str()));
    }
    let reply = page.of(workflows);
    let mut views = Vec::with_capacity(reply.result().len());
    for workflow in reply.result() {
        views.push(view(&api, &access, workflow).await?);
    }
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
    let workflow = api.workflows.get(access.account(), &workflow_name).await?;
    view(&api, &access, &workflow).await.map(Reply::of)
}

async fn view(api: &Api, access: &Access<Read>, workflow: &Workflow) -> Result<WorkflowView, Problem> {
    let summary = api.engine.workflow(&access.key(&workflow.name)).await?;
    Ok(WorkflowView::of(workflow, &summary))
}
