//! What a binding is answered.

use crate::shape;
use serde_json::json;
use stepwell_core::value::Value;
use stepwell_engine::operations::{InstanceStatus, OperationError};

/// The answer for an operation that was done.
pub(super) fn value(value: &serde_json::Value) -> String {
    json!({ "value": value }).to_string()
}

/// The answer for an operation that was refused, with the class and text that user code gets (spec 2.9).
pub(super) fn error(error: &OperationError) -> String {
    let name = match error {
        OperationError::Gone
        | OperationError::AlreadyExists { .. }
        | OperationError::DuplicateInBatch { .. }
        | OperationError::CannotTerminate
        | OperationError::CannotResume { .. }
        | OperationError::CannotRestart { .. }
        | OperationError::RateLimited { .. }
        | OperationError::Ended => "WorkflowError",
        OperationError::Invalid { class, .. } => class,
        OperationError::NotFound
        | OperationError::NoWorkflow { .. }
        | OperationError::NoVersion
        | OperationError::NotPublished { .. }
        | OperationError::Full
        | OperationError::Unavailable { .. } => "Error",
    };
    json!({ "error": { "name": name, "message": error.to_string() } }).to_string()
}

/// The answer for a request that makes no sense: Stepwell's own fault.
pub(super) fn refused(text: &str) -> String {
    json!({ "error": { "name": "Error", "message": format!("Stepwell's Workflow binding failed: {text}") } })
        .to_string()
}

/// What became of each instance of a `deleteBatch` (spec 1.3, 2.9): an id that was given twice is told twice.
pub(super) fn deletions(ids: &[String], results: &[Result<(), OperationError>]) -> serde_json::Value {
    let (mut deleted, mut errors) = (Vec::new(), Vec::new());
    for (id, result) in ids.iter().zip(results) {
        let (code, message) = match result {
            Ok(()) => {
                deleted.push(json!({ "id": id }));
                continue;
            }
            Err(OperationError::Gone) => (10400, "workflows.api.error.instance.not_found"),
            Err(_) => (10001, "workflows.api.error.internal_server"),
        };
        errors.push(json!({ "id": id, "code": code, "message": message }));
    }
    json!({ "deleted": deleted, "errors": errors })
}

/// An instance's status (spec 1.4). `outputs` are those of its steps, which only local development shows (spec 8.1).
pub(super) fn status(status: &InstanceStatus, outputs: Option<&[Value]>) -> serde_json::Value {
    let mut shown = serde_json::Map::new();
    shown.insert("status".into(), status.status.as_str().into());
    if let Some(outputs) = outputs {
        let outputs = outputs.iter().map(|output| shape::maybe_value(Some(output)));
        shown.insert("__LOCAL_DEV_STEP_OUTPUTS".into(), outputs.collect());
    }
    if status.error.is_some() {
        shown.insert("error".into(), shape::failure(status.error.as_ref()));
    }
    shown.insert("output".into(), shape::maybe_value(status.output.as_ref()));
    shown.into()
}
