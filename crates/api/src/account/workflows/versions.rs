//! `/workflows/{name}/versions` (spec 4.11).

use super::known;
use super::schema::{GraphView, VersionDetails, VersionView, WorkflowPath};
use crate::account::asked::{Asked, FromQuery, Query};
use crate::account::auth::{Access, Read};
use crate::account::paging::Page;
use crate::account::place::Place;
use crate::account::reply::Reply;
use crate::account::{Api, Problem, codes};
use axum::extract::State;
use serde::Deserialize;
use serde_json::Value as Json;
use std::sync::Arc;
use stepwell_control::model::{Workflow, WorkflowVersion};
use utoipa::IntoParams;

/// A path that names a version.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct VersionPath {
    /// The version's id.
    #[param(min_length = 1)]
    version_id: String,
    /// The Workflow's name.
    #[param(min_length = 1, max_length = 64)]
    workflow_name: String,
    #[allow(dead_code)] // for the description: `Access` reads it
    /// The account's id.
    #[param(min_length = 1, max_length = 64)]
    account_id: String,
}

/// How much is told.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Details {
    /// Stepwell's own: `true` for each version's number, which version of the Worker runs it, and its share if it is live.
    #[param(required = false)]
    details: bool,
}

impl FromQuery for Details {
    fn read(query: &mut Query) -> Self {
        Self {
            details: query.text("details").as_deref() == Some("true"),
        }
    }
}

/// The versions of a Workflow, the newest first.
#[utoipa::path(get, path = "/accounts/{account_id}/workflows/{workflow_name}/versions",
    operation_id = "wor-list-workflow-versions", tag = "Versions", params(WorkflowPath, Page<50>, Details),
    security(("token" = ["read"])), responses((status = 200, body = Reply<Vec<VersionView>>)))]
pub(super) async fn list(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(WorkflowPath { workflow_name, .. }): Place<WorkflowPath>,
    Asked(page): Asked<Page<50>>,
    Asked(Details { details }): Asked<Details>,
) -> Result<Reply<Vec<VersionView>>, Problem> {
    let workflow = known(&api, access.account(), &workflow_name)?;
    let reply = page.of(api.control.workflow_versions(access.account(), &workflow_name));
    let live = api
        .control
        .live_workflow_versions(access.account(), &workflow_name);
    let views = reply.result().iter().map(|version| {
        let view = view(&api, &workflow, version);
        if !details {
            return view;
        }
        let share = live.iter().find(|(live, _)| live.number == version.number);
        view.with(VersionDetails {
            number: Some(version.number),
            script_version_id: Some(version.script_version.clone()),
            percentage: share.map(|(_, percentage)| *percentage),
        })
    });
    let views = views.collect();
    Ok(reply.with(views))
}

/// One version.
#[utoipa::path(get, path = "/accounts/{account_id}/workflows/{workflow_name}/versions/{version_id}",
    operation_id = "wor-describe-workflow-versions", tag = "Versions", params(VersionPath),
    security(("token" = ["read"])), responses((status = 200, body = Reply<VersionView>)))]
pub(super) async fn get(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(path): Place<VersionPath>,
) -> Result<Reply<VersionView>, Problem> {
    let (workflow, version) = find(&api, &access, &path)?;
    Ok(Reply::of(view(&api, &workflow, &version)))
}

/// What the code of a version does, as a graph.
#[utoipa::path(get, path = "/accounts/{account_id}/workflows/{workflow_name}/versions/{version_id}/graph",
    operation_id = "wor-describe-workflow-versions-graph", tag = "Versions", params(VersionPath),
    security(("token" = ["read"])), responses((status = 200, body = Reply<GraphView>)))]
pub(super) async fn graph(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(path): Place<VersionPath>,
) -> Result<Reply<GraphView>, Problem> {
    describe_graph(&api, &access, &path)
}

/// The same under its older name.
#[utoipa::path(get, path = "/accounts/{account_id}/workflows/{workflow_name}/versions/{version_id}/dag",
    operation_id = "wor-describe-workflow-versions-dag", tag = "Versions", params(VersionPath),
    security(("token" = ["read"])), responses((status = 200, body = Reply<GraphView>)))]
pub(super) async fn dag(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(path): Place<VersionPath>,
) -> Result<Reply<GraphView>, Problem> {
    describe_graph(&api, &access, &path)
}

fn describe_graph(api: &Api, access: &Access<Read>, path: &VersionPath) -> Result<Reply<GraphView>, Problem> {
    let (workflow, version) = find(api, access, path)?;
    let graph = graph_of(api, &version).unwrap_or_default();
    Ok(Reply::of(GraphView::of(&workflow, &version, graph)))
}

fn find(
    api: &Api,
    access: &Access<Read>,
    path: &VersionPath,
) -> Result<(Arc<Workflow>, Arc<WorkflowVersion>), Problem> {
    let workflow = known(api, access.account(), &path.workflow_name)?;
    let version = api
        .control
        .workflow_version(access.account(), &path.workflow_name, &path.version_id);
    let version = version.ok_or_else(|| not_found(api, &workflow, &path.version_id))?;
    Ok((workflow, version))
}

/// The refusal of an id that no version of the Workflow has. It says so if it is the id of a version of its Worker.
pub(super) fn not_found(api: &Api, workflow: &Workflow, id: &str) -> Problem {
    let (account, script) = (&workflow.account, &workflow.settings.script);
    if api.control.version(account, script, id).is_none() {
        return Problem::of(codes::VERSION_NOT_FOUND);
    }
    let versions = api.control.workflow_versions(account, &workflow.name);
    let runs_it = versions.iter().find(|version| version.script_version == id);
    let helps = match runs_it {
        Some(version) => format!("the version of the Workflow that runs it is {}", version.id),
        None => "the Workflow has no version that runs it, because it was never live".to_owned(),
    };
    let text = codes::VERSION_NOT_FOUND.text;
    Problem::saying(
        codes::VERSION_NOT_FOUND,
        format!("{text}: {id} is a version of the Worker \"{script}\"; {helps}"),
    )
}

fn view(api: &Api, workflow: &Workflow, version: &WorkflowVersion) -> VersionView {
    VersionView::of(workflow, version, graph_of(api, version).is_some())
}

/// What was read from the code of a version when it was uploaded.
fn graph_of(api: &Api, version: &WorkflowVersion) -> Option<Json> {
    let settings = &version.settings;
    let code = api
        .control
        .version(&version.account, &settings.script, &version.script_version)?;
    code.inspected.graphs.get(&settings.class_name).cloned()
}
