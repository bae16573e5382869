//! Refusals as answers of the account API.

use super::codes::{self, Code};
use crate::input::json::NotJson;
use crate::shape::envelope::Problem;
use axum::response::{IntoResponse, Response};
use hyper::StatusCode;
use stepwell_control::{Error as ControlError, Refusal};
use stepwell_engine::OperationError;

impl Problem {
    /// The refusal with a code and its text.
    pub(crate) fn of(code: Code) -> Self {
        Self::new(code.status, code.number, code.text)
    }

    /// The refusal with a code and words of its own.
    pub(crate) fn saying(code: Code, message: impl Into<String>) -> Self {
        Self::new(code.status, code.number, message)
    }

    /// The request breaks these rules, of which there is at least one.
    pub(crate) fn invalid(messages: Vec<String>) -> Self {
        let errors = messages
            .into_iter()
            .map(|message| (codes::INVALID.number, message));
        Self::several(codes::INVALID.status, errors.collect())
    }

    /// What this version cannot do; `what` begins the sentence.
    pub(crate) fn not_supported(what: &str) -> Self {
        Self::saying(
            codes::NOT_SUPPORTED,
            format!("{what}: {}", codes::NOT_SUPPORTED.text),
        )
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.response().map(axum::body::Body::new)
    }
}

impl From<OperationError> for Problem {
    fn from(error: OperationError) -> Self {
        match error {
            OperationError::NoWorkflow { .. } => Self::of(codes::WORKFLOW_NOT_FOUND),
            OperationError::NotFound | OperationError::Gone => Self::of(codes::INSTANCE_NOT_FOUND),
            OperationError::AlreadyExists { .. } => Self::of(codes::INSTANCE_EXISTS),
            OperationError::DuplicateInBatch { .. } => Self::of(codes::DUPLICATE_IN_BATCH),
            OperationError::CannotTerminate
            | OperationError::CannotResume { .. }
            | OperationError::CannotRestart { .. }
            | OperationError::Ended => Self::saying(codes::INSTANCE_STATE, error.to_string()),
            OperationError::Invalid { .. } => Self::saying(codes::INVALID, error.to_string()),
            OperationError::NoVersion | OperationError::NotPublished { .. } => {
                Self::saying(codes::NO_CODE, error.to_string())
            }
            OperationError::RateLimited { retry_after_ms } => Self {
                retry_after_s: Some(retry_after_ms.div_ceil(1000).max(1)),
                ..Self::saying(codes::RATE_LIMITED, error.to_string())
            },
            OperationError::Full => Self::saying(codes::FULL, error.to_string()),
            OperationError::Unavailable { .. } => Self::saying(codes::UNAVAILABLE, error.to_string()),
        }
    }
}

/// The words of a body that is no JSON, for [`Problem::invalid`].
impl From<NotJson> for Vec<String> {
    fn from(error: NotJson) -> Self {
        vec![error.to_string()]
    }
}

impl From<ControlError> for Problem {
    fn from(error: ControlError) -> Self {
        match error {
            ControlError::Refused(refusal) => refusal.into(),
            ControlError::Store(error) => {
                tracing::error!(target: "stepwell::storage", "the catalogue failed: {error}");
                Self::saying(codes::UNAVAILABLE, error.to_string())
            }
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = StatusCode::from_u16(refusal.status).unwrap_or(codes::INTERNAL.status);
        Self::new(status, refusal.code, refusal.message)
    }
}
