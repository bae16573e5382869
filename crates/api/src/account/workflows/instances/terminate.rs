//! Ending many instances at once (spec 4.9).

use super::schema::InstanceStatus;
use crate::account::asked::{Asked, FromQuery, Query};
use crate::account::auth::{Access, Read, Write};
use crate::account::body::Whole;
use crate::account::place::Place;
use crate::account::reply::Reply;
use crate::account::workflows::known;
use crate::account::workflows::schema::WorkflowPath;
use crate::account::{Api, Problem};
use crate::input::ids;
use axum::extract::State;
use serde::Serialize;
use std::sync::Arc;
use stepwell_engine::Job;
use stepwell_engine::operations::Status;
use utoipa::ToSchema;

/// What became of the request.
const BEGUN: &str = "ok";
const ALREADY_RUNNING: &str = "already_running";

/// Whether instances are ended now.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Begun {
    /// `ok`, or `already_running`: then nothing was begun.
    status: &'static str,
    /// How many were ended, where that is known.
    #[serde(rename = "instancesTerminated", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    terminated: Option<u64>,
}

/// Whether the job is at work.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct JobState {
    /// `running` or `not_running`.
    status: &'static str,
}

/// Which instances.
#[derive(Debug)]
pub(super) struct Which(Option<Status>);

impl FromQuery for Which {
    fn read(query: &mut Query) -> Self {
        let live = [
            Status::Queued,
            Status::Running,
            Status::Paused,
            Status::WaitingForPause,
            Status::Waiting,
        ];
        Self(query.option("status", &live.map(|status| (status.as_str(), status))))
    }
}

/// Ends all instances of a Workflow that have not ended, in the background.
#[utoipa::path(put, path = "/accounts/{account_id}/workflows/{workflow_name}/instances/terminate",
    operation_id = "wor-terminate-workflow-instances", tag = "Instances", params(WorkflowPath,
        ("status" = inline(Option<InstanceStatus>), Query, description = "Only those with this status, one of an instance that has not ended.")),
    security(("token" = ["write"])), responses((status = 200, body = Reply<Begun>)))]
pub(super) async fn all(
    access: Access<Write>,
    State(api): State<Arc<Api>>,
    Place(WorkflowPath { workflow_name, .. }): Place<WorkflowPath>,
    Asked(Which(status)): Asked<Which>,
) -> Result<Reply<Begun>, Problem> {
    known(&api, access.account(), &workflow_name)?;
    let job = api
        .engine
        .terminate_all(&access.key(&workflow_name), status)
        .await?;
    let status = match job {
        Job::Ok(()) => BEGUN,
        Job::AlreadyRunning => ALREADY_RUNNING,
    };
    Ok(Reply::of(Begun {
        status,
        terminated: None,
    }))
}

/// Whether instances of a Workflow are being ended in the background.
#[utoipa::path(get, path = "/accounts/{account_id}/workflows/{workflow_name}/instances/terminate",
    operation_id = "wor-status-terminate-workflow-instances", tag = "Instances", params(WorkflowPath),
    security(("token" = ["read"])), responses((status = 200, body = Reply<JobState>)))]
pub(super) async fn state(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(WorkflowPath { workflow_name, .. }): Place<WorkflowPath>,
) -> Result<Reply<JobState>, Problem> {
    known(&api, access.account(), &workflow_name)?;
    let running = api.engine.is_terminating(&access.key(&workflow_name)).await?;
    let status = if running { "running" } else { "not_running" };
    Ok(Reply::of(JobState { status }))
}

/// Ends up to 100 instances: those of them that are there and have not ended.
#[utoipa::path(post, path = "/accounts/{account_id}/workflows/{workflow_name}/instances/batch/terminate",
    operation_id = "wor-batch-terminate-workflow-instances", tag = "Instances", params(WorkflowPath),
    request_body = Vec<String>, security(("token" = ["write"])),
    responses((status = 200, body = Reply<Begun>)))]
pub(super) async fn batch(
    access: Access<Write>,
    State(api): State<Arc<Api>>,
    Place(WorkflowPath { workflow_name, .. }): Place<WorkflowPath>,
    Whole(body): Whole,
) -> Result<Reply<Begun>, Problem> {
    known(&api, access.account(), &workflow_name)?;
    let ids = ids::parse_array(&body).map_err(Problem::invalid)?;
    let job = api
        .engine
        .terminate_batch(&access.key(&workflow_name), ids)
        .await?;
    Ok(Reply::of(match job {
        Job::Ok(terminated) => Begun {
            status: BEGUN,
            terminated: Some(terminated),
        },
        Job::AlreadyRunning => Begun {
            status: ALREADY_RUNNING,
            terminated: Some(0),
        },
    }))
}
