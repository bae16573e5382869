//! Carries an operation out.

use super::answer;
use super::request::{Error, NewInstance, Operation, Request, Values};
use stepwell_core::limits::EVENT_PAYLOAD_BYTES;
use stepwell_core::value::Value;
use stepwell_engine::operations::{Create, OperationError, Operations};
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
pub(super) async fn perform(operations: &dyn Operations, request: Request, values: Values) -> String {
    match attempt(operations, request, values).await {
        Ok(value) => answer::value(&value),
        Err(Failure::Operation(error)) => answer::error(&error),
        Err(Failure::Request(error)) => answer::refused(&error.to_string()),
    }
}

async fn attempt(
    operations: &dyn Operations,
    request: Request,
    mut values: Values,
) -> Result<serde_json::Value, Failure> {
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
        Operation::Status { id } => return Ok(answer::status(operations.status(workflow, &id).await?)),
        Operation::Get { id } => {
            operations.get(workflow, &id).await?;
            return Ok(serde_json::json!({ "id": id }));
        }
        Operation::Pause { id } => operations.pause(workflow, &id).await.map(drop)?,
        Operation::Resume { id } => operations.resume(workflow, &id).await.map(drop)?,
        Operation::Terminate { id } => operations.terminate(workflow, &id).await.map(drop)?,
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
            let payload = limited(values.next(payload)?, "The event's payload is")?;
            operations.send_event(workflow, &id, &event_type, payload).await?;
        }
    }
    Ok(serde_json::Value::Null)
}

fn new_instance(instance: NewInstance, values: &mut Values) -> Result<Create, Failure> {
    let params = match instance.params {
        Some(length) => Some(limited(values.next(length)?, "The params of the instance are")?),
        None => None,
    };
    Ok(Create {
        id: instance.id,
        params,
        options: instance.options,
        trigger: Trigger::Binding,
    })
}

/// Refuses a value above 1 MiB (spec 11.1); the original's text is not known.
fn limited(value: Value, what: &str) -> Result<Value, OperationError> {
    let bytes = value.raw_bytes_len() as u64;
    if bytes <= EVENT_PAYLOAD_BYTES {
        return Ok(value);
    }
    Err(OperationError::Invalid {
        class: "WorkflowError",
        message: format!("{what} too large: {bytes} bytes. Maximum allowed size is 1MiB."),
    })
}
