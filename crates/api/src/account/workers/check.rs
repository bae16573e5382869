//! `POST scripts/{script}/check`: Stepwell's own (`stepwell deploy --check`). Whether code would go on with the instances that
//! there are, before anything is switched.

use super::multipart::Uploaded;
use super::{ScriptPath, Source, known};
use crate::account::auth::{Access, Deploy};
use crate::account::moves::objection;
use crate::account::place::Place;
use crate::account::reply::Reply;
use crate::account::{Api, Problem};
use axum::extract::State;
use serde::Serialize;
use std::sync::Arc;
use stepwell_control::model::{ScriptVersion, Workflow, WorkflowVersion};
use stepwell_control::{Upload, WorkerState};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new().routes(routes!(check))
}

/// What a check found.
#[derive(Debug, Serialize, ToSchema)]
struct Checked {
    /// The version that the upload became. It is not live, and can be deployed.
    version_id: String,
    workflows: Vec<CheckedWorkflow>,
}

/// What it found of a Workflow.
#[derive(Debug, Serialize, ToSchema)]
struct CheckedWorkflow {
    name: String,
    /// How many instances were replayed.
    checked: usize,
    /// How many there was no time for.
    left_out: u64,
    /// Those that the code would not go on with.
    diverging: Vec<Diverging>,
}

/// An instance that the code would not go on with.
#[derive(Debug, Serialize, ToSchema)]
struct Diverging {
    id: String,
    /// The first step that is not as recorded.
    step: Option<String>,
    /// What is wrong.
    reason: String,
}

/// Uploads code that is not live, and replays the journals of all live instances of the Worker's Workflows on it. No callback
/// starts.
#[utoipa::path(post, path = "/accounts/{account_id}/workers/scripts/{script_name}/check", operation_id = "stepwell-check-upload",
    tag = "Workers", params(ScriptPath), request_body(content = super::Thing, content_type = "multipart/form-data"),
    security(("token" = ["deploy"])), responses((status = 200, body = Reply<Checked>)))]
async fn check(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
    source: Source,
    uploaded: Uploaded,
) -> Result<Reply<Checked>, Problem> {
    let account = access.account();
    known(&api, account, &script_name)?;
    let upload = Upload {
        metadata: uploaded.metadata,
        parts: uploaded.parts,
        strict_inherit: false,
    };
    let by = source.by(&access.principal);
    let version = api
        .control
        .upload_version(account, &script_name, upload, by)
        .await?
        .version;
    let worker = api.control.worker_state(account, &script_name);
    let worker = Arc::new(worker.ok_or_else(stepwell_control::Refusal::script_not_found)?);
    let mut workflows = Vec::new();
    for workflow in api.control.workflows(account, None) {
        if workflow.settings.script == script_name {
            workflows.push(replay(&api, &worker, &workflow, &version).await?);
        }
    }
    Ok(Reply::of(Checked {
        version_id: version.id.clone(),
        workflows,
    }))
}

async fn replay(
    api: &Api,
    worker: &Arc<WorkerState>,
    workflow: &Workflow,
    version: &ScriptVersion,
) -> Result<CheckedWorkflow, Problem> {
    // What the Workflow's version would be, if this were deployed.
    let planned = WorkflowVersion {
        id: String::new(),
        account: workflow.account.clone(),
        workflow: workflow.name.clone(),
        number: workflow.versions + 1,
        created_ms: version.created_ms,
        settings: workflow.settings.clone(),
        script_version: version.id.clone(),
    };
    let report = api.moves.check(worker.clone(), &planned).await?;
    let diverging = report.checked.iter().filter_map(|checked| {
        let (step, reason) = objection(&checked.verdict)?;
        Some(Diverging {
            id: checked.id.to_string(),
            step,
            reason,
        })
    });
    Ok(CheckedWorkflow {
        name: workflow.name.clone(),
        checked: report.checked.len(),
        left_out: report.left_out,
        diverging: diverging.collect(),
    })
}
