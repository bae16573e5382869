//! Errors as the journal keeps them.

use serde::{Deserialize, Serialize};

/// An error of user code or of the engine, reduced to what is recorded (spec 2.6): name and message for programs,
/// the stack for people only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The error's class, e.g. `Error`, `NonRetryableError`, `WorkflowTimeoutError`.
    pub name: String,
    /// The error's message, without the name.
    pub message: String,
    /// The stack as the runtime gave it (generated positions), shown in logs only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack: Option<String>,
}

impl Failure {
    /// A failure without a stack.
    pub fn new(name: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            message: message.into(),
            stack: None,
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.name, self.message)
    }
}
