//! `POST /workflows/{name}/instances/batch` and what is below it (spec 4.4, 4.9).

use super::new_instance::{self, NewInstance};
use super::schema::CreatedInstance;
use crate::account::auth::{Access, Write};
use crate::account::body::Whole;
use crate::account::place::Place;
use crate::account::reply::Reply;
use crate::account::workflows::known;
use crate::account::workflows::schema::WorkflowPath;
use crate::account::{Api, Problem, codes};
use crate::input::ids;
use axum::extract::State;
use serde::Serialize;
use std::sync::Arc;
use stepwell_core::limits;
use stepwell_engine::OperationError;
use utoipa::ToSchema;

/// Creates up to 100 instances. Those whose ids exist are left out.
#[utoipa::path(post, path = "/accounts/{account_id}/workflows/{workflow_name}/instances/batch",
    operation_id = "wor-batch-create-workflow-instance", tag = "Instances", params(WorkflowPath),
    request_body = Vec<NewInstance>, security(("token" = ["write"])),
    responses((status = 200, body = Reply<Vec<CreatedInstance>>)))]
pub(super) async fn create(
    access: Access<Write>,
    State(api): State<Arc<Api>>,
    Place(WorkflowPath { workflow_name, .. }): Place<WorkflowPath>,
    Whole(body): Whole,
) -> Result<Reply<Vec<CreatedInstance>>, Problem> {
    let workflow = known(&api, access.account(), &workflow_name)?;
    let requests = new_instance::parse_batch(&body).map_err(Problem::invalid)?;
    let bytes = requests.iter().filter_map(|request| request.params.as_ref());
    let bytes: usize = bytes.map(stepwell_core::value::Value::raw_bytes_len).sum();
    if bytes as u64 > limits::BATCH_BYTES {
        let message = format!(
            "The params of the instances are too large: {bytes} bytes. Maximum allowed size is 1MiB."
        );
        return Err(Problem::saying(codes::INVALID, message));
    }
    let key = access.key(&workflow_name);
    let mut all = Vec::with_capacity(requests.len());
    for made in api.engine.create_each(&key, requests).await? {
        match made {
            Ok(made) => all.push(CreatedInstance::of(&api, made, &workflow)),
            Err(OperationError::AlreadyExists { .. } | OperationError::DuplicateInBatch { .. }) => {}
            // Others may be there now: they are found again when the same is asked for again.
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Reply::of(all))
}

/// Several ids.
#[derive(Debug, ToSchema)]
#[allow(dead_code)] // a schema only
struct Ids {
    #[schema(min_items = 1, max_items = 100)]
    instances: Vec<String>,
}

/// What became of several instances.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(super) struct Deleted {
    /// Those that are gone now.
    deleted: Vec<DeletedInstance>,
    /// Those that were not there.
    errors: Vec<NotDeleted>,
}

/// An instance that is gone.
#[derive(Debug, Serialize, ToSchema)]
struct DeletedInstance {
    id: String,
}

/// An instance that could not be deleted.
#[derive(Debug, Serialize, ToSchema)]
struct NotDeleted {
    id: String,
    code: u32,
    message: String,
}

/// Deletes up to 100 instances, and says of each whether it was there.
#[utoipa::path(post, path = "/accounts/{account_id}/workflows/{workflow_name}/instances/batch/delete",
    operation_id = "wor-batch-delete-workflow-instances", tag = "Instances", params(WorkflowPath),
    request_body = Ids, security(("token" = ["write"])),
    responses((status = 200, body = Reply<Deleted>)))]
pub(super) async fn delete(
    access: Access<Write>,
    State(api): State<Arc<Api>>,
    Place(WorkflowPath { workflow_name, .. }): Place<WorkflowPath>,
    Whole(body): Whole,
) -> Result<Reply<Deleted>, Problem> {
    known(&api, access.account(), &workflow_name)?;
    let ids = ids::parse(&body).map_err(Problem::invalid)?;
    let outcomes = api
        .engine
        .delete_batch(&access.key(&workflow_name), ids.clone())
        .await?;
    let mut result = Deleted::default();
    for (id, outcome) in ids.into_iter().zip(outcomes) {
        match outcome {
            Ok(()) => result.deleted.push(DeletedInstance { id }),
            Err(error) => result.errors.push(not_deleted(id, error)),
        }
    }
    Ok(Reply::of(result))
}

fn not_deleted(id: String, error: OperationError) -> NotDeleted {
    let problem = Problem::from(error);
    let (code, message) = problem.errors.into_iter().next().unwrap_or_default();
    NotDeleted { id, code, message }
}
