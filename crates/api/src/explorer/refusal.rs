//! Refusals and their codes (spec 4.14).

use super::route;
use crate::input::json::NotJson;
use crate::shape::envelope::Problem;
use hyper::{Method, StatusCode};
use stepwell_engine::operations::OperationError;

/// Code of most refusals.
const GENERAL: u32 = 10001;
/// Code of a Workflow or an instance that is not there.
const NOT_FOUND: u32 = 10501;
/// Code of a path that is nothing.
const NO_SUCH_PATH: u32 = 7003;
/// Code of a method that a path does not have.
const WRONG_METHOD: u32 = 10405;

/// The request breaks a rule.
pub(super) fn invalid(message: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, GENERAL, message)
}

impl From<NotJson> for Problem {
    fn from(error: NotJson) -> Self {
        invalid(error.to_string())
    }
}

/// The request breaks these rules, which are not empty.
pub(super) fn invalid_fields(messages: Vec<String>) -> Problem {
    let errors = messages.into_iter().map(|message| (GENERAL, message));
    Problem::several(StatusCode::BAD_REQUEST, errors.collect())
}

/// The body is larger than anything that could be accepted.
pub(super) fn too_large(limit: usize) -> Problem {
    let message = format!("The request body is too large. Maximum allowed size is {limit} bytes.");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, GENERAL, message)
}

/// What this version cannot do.
pub(super) fn unsupported(what: &str) -> Problem {
    let message = format!("{what} is not supported by this version of Stepwell yet");
    Problem::new(StatusCode::NOT_IMPLEMENTED, GENERAL, message)
}

/// There is nothing at this path.
pub(super) fn no_such_path() -> Problem {
    let message = format!(
        "no such path: GET {}/api lists what there is (Workflows only)",
        route::BASE
    );
    Problem::new(StatusCode::NOT_FOUND, NO_SUCH_PATH, message)
}

/// There is something, but not with this method.
pub(super) fn wrong_method(method: &Method, allowed: &[Method]) -> Problem {
    let message = format!("{method} is not possible here, only {}", route::joined(allowed));
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, WRONG_METHOD, message)
}

/// An operation on a Workflow that was refused.
pub(super) fn of_workflow(error: &OperationError, workflow: &str) -> Problem {
    of_instance(error, workflow, "")
}

/// An operation on an instance that was refused. The class is part of the text, as it is where errors come over RPC.
pub(super) fn of_instance(error: &OperationError, workflow: &str, id: &str) -> Problem {
    let (status, message) = match error {
        OperationError::NoWorkflow { .. } => {
            let message = format!("Workflow '{workflow}' not found.");
            return Problem::new(StatusCode::NOT_FOUND, NOT_FOUND, message);
        }
        OperationError::NotFound | OperationError::Gone => {
            let message = format!("Workflow instance '{id}' not found.");
            return Problem::new(StatusCode::NOT_FOUND, NOT_FOUND, message);
        }
        OperationError::AlreadyExists { .. }
        | OperationError::DuplicateInBatch { .. }
        | OperationError::CannotTerminate
        | OperationError::CannotResume { .. }
        | OperationError::CannotRestart { .. }
        | OperationError::NoVersion
        | OperationError::NotPublished { .. }
        | OperationError::Ended => (StatusCode::CONFLICT, format!("WorkflowError: {error}")),
        OperationError::Invalid { class, message } => {
            let prefix = if *class == "Error" {
                String::new()
            } else {
                format!("{class}: ")
            };
            (StatusCode::BAD_REQUEST, format!("{prefix}{message}"))
        }
        OperationError::RateLimited { .. } => (StatusCode::TOO_MANY_REQUESTS, error.to_string()),
        OperationError::Full | OperationError::Unavailable { .. } => {
            (StatusCode::SERVICE_UNAVAILABLE, error.to_string())
        }
    };
    Problem::new(status, GENERAL, message)
}
