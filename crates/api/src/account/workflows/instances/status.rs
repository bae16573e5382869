//! `PATCH /workflows/{name}/instances/{id}/status` (spec 4.8).

use super::schema::{InstancePath, InstanceStatus};
use crate::account::auth::{Access, Write};
use crate::account::body::Whole;
use crate::account::place::Place;
use crate::account::reply::Reply;
use crate::account::workflows::known;
use crate::account::{Api, Problem};
use crate::input::change::{self, Change};
use crate::shape::{now_ms, time};
use axum::extract::State;
use serde::Serialize;
use serde_json::Value as Json;
use std::sync::Arc;
use stepwell_engine::OperationError;
use stepwell_engine::operations::Status;
use utoipa::ToSchema;

/// What is to be done.
#[derive(Debug, ToSchema)]
#[allow(dead_code)] // a schema only
struct NewStatus {
    status: Wanted,
    /// Only with `terminate`.
    #[schema(nullable = false)]
    rollback: Option<bool>,
    /// Only with `restart`: the step to begin with.
    #[schema(nullable = false)]
    from: Option<From>,
}

/// What can be done to an instance.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
#[allow(dead_code)] // a schema only
enum Wanted {
    Pause,
    Resume,
    Terminate,
    Restart,
}

/// A step to begin with.
#[derive(Debug, ToSchema)]
#[schema(as = RestartFrom)]
#[allow(dead_code)] // a schema only
struct From {
    /// Its name, without its count.
    #[schema(min_length = 1, max_length = 256)]
    name: String,
    /// Which of those with this name; 1 otherwise.
    #[schema(minimum = 1, nullable = false)]
    count: Option<u32>,
    /// `do`, `sleep` or `waitForEvent`; `do` otherwise.
    #[schema(nullable = false)]
    r#type: Option<String>,
}

/// The status that an instance has now.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Changed {
    #[schema(value_type = InstanceStatus)]
    status: &'static str,
    #[schema(value_type = String)]
    timestamp: Json,
}

/// Pauses, resumes, terminates or restarts an instance. What cannot be paused or resumed any more keeps its status.
#[utoipa::path(patch, path = "/accounts/{account_id}/workflows/{workflow_name}/instances/{instance_id}/status",
    operation_id = "wor-change-status-workflow-instance", tag = "Instances", params(InstancePath),
    request_body = NewStatus, security(("token" = ["write"])),
    responses((status = 200, body = Reply<Changed>)))]
pub(super) async fn change(
    access: Access<Write>,
    State(api): State<Arc<Api>>,
    Place(InstancePath {
        workflow_name,
        instance_id,
        ..
    }): Place<InstancePath>,
    Whole(body): Whole,
) -> Result<Reply<Changed>, Problem> {
    known(&api, access.account(), &workflow_name)?;
    let change = change::parse(&body).map_err(Problem::invalid)?;
    let status = perform(&api, &access.key(&workflow_name), &instance_id, change).await?;
    Ok(Reply::of(Changed {
        status: status.as_str(),
        timestamp: time(now_ms()),
    }))
}

async fn perform(api: &Api, workflow: &str, id: &str, change: Change) -> Result<Status, Problem> {
    let engine = &api.engine;
    let done = match change {
        Change::Pause => engine.pause(workflow, id).await,
        Change::Resume => engine.resume(workflow, id).await,
        Change::Terminate { rollback: false } => engine.terminate(workflow, id).await,
        Change::Terminate { rollback: true } => {
            engine.get(workflow, id).await?;
            return Err(Problem::not_supported("terminate with \"rollback\": true"));
        }
        Change::Restart(from) => engine.restart(workflow, id, from).await,
    };
    match done {
        // Nothing to do, and nothing wrong (spec 2.8).
        Err(OperationError::CannotResume { status }) => Ok(status),
        done => Ok(done?),
    }
}
