//! Carries an operation out.

use super::request::{Error, NewInstance, Operation, Request, Values};
use super::{Engine, answer};
use stepwell_core::names;
use stepwell_engine::operations::{Create, OperationError, check_payload};
use stepwell_store::Trigger;

/// What a request cannot have.
#[derive(Debug)]
pub(super) enum Failure {
    /// The operation was refused.
    Operation(OperationError),
    /// The request breaks the format.
    Request(Error),
}

impl From<OperationError> for Failure {
    fn from(error: OperationError) -> Self {
        Self::Operation(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Request(error)
    }
}

/// Carries `request` out and gives the answer's JSON.
pub(super) async fn perform(engine: &Engine, request: Request, values: Values) -> String {
    match attempt(engine, request, values).await {
        Ok(value) => answer::value(&value),
        Err(Failure::Operation(error)) => answer::error(&error),
        Err(Failure::Request(error)) => answer::refused(&error.to_string()),
    }
}

async fn status(engine: &Engine, workflow: &str, id: &str) -> Result<serde_json::Value, Failure> {
    let status = engine.operations.status(workflow, id).await?;
    let outputs = match &engine.inspection {
        Some(inspection) => Some(inspection.outputs(workflow, id).await?),
        None => None,
    };
    Ok(answer::status(&status, outputs.as_deref()))
}

async fn attempt(
    engine: &Engine,
    request: Request,
    mut values: Values,
) -> Result<serde_json::Value, Failure> {
    let operations = &*engine.operations;
    let workflow = request.workflow.as_str();
    match request.operation {
        Operation::Create { instance } => {
            let id = operations
                .create(workflow, new_instance(instance, &mut values)?)
                .await?;
            return Ok(serde_json::json!({ "id": &*id }));
        }
        Operation::CreateBatch { instances } => {
            let requests: Result<Vec<_>, _> = instances
                .into_iter()
                .map(|instance| new_instance(instance, &mut values))
                .collect();
            let ids = operations.create_batch(workflow, requests?).await?;
            return Ok(ids.iter().map(|id| serde_json::json!({ "id": &**id })).collect());
        }
        Operation::Status { id } => return status(engine, workflow, &id).await,
        Operation::Get { id } => {
            operations.get(workflow, &id).await?;
            return Ok(serde_json::json!({ "id": id }));
        }
        Operation::Pause { id } => operations.pause(workflow, &id).await.map(drop)?,
        Operation::Resume { id } => operations.resume(workflow, &id).await.map(drop)?,
        Operation::Terminate { id } => operations.terminate(workflow, &id).await.map(drop)?,
        Operation::Delete { id } => {
            names::check_addressable_id(&id).map_err(|_| OperationError::invalid_id())?;
            operations.delete(workflow, &id).await?;
        }
        Operation::DeleteBatch { ids } => {
            let results = operations.delete_batch(workflow, ids.clone()).await?;
            return Ok(answer::deletions(&ids, &results));
        }
        Operation::Restart { id, from } => {
            operations
                .restart(workflow, &id, from.map(Into::into))
                .await
                .map(drop)?;
        }
        Operation::SendEvent {
            id,
            event_type,
            payload,
        } => {
            let payload = values.next(payload)?;
            check_payload("The event's payload is", &payload)?;
            operations.send_event(workflow, &id, &event_type, payload).await?;
        }
    }
    Ok(serde_json::Value::Null)
}

fn new_instance(instance: NewInstance, values: &mut Values) -> Result<Create, Failure> {
    let params = instance.params.map(|length| values.next(length)).transpose()?;
    if let Some(params) = &params {
        check_payload("The params of the instance are", params)?;
    }
    Ok(Create {
        id: instance.id,
        params,
        options: instance.options,
        trigger: Trigger::Binding,
    })
}
