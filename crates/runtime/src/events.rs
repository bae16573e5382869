//! Events that are no HTTP requests, brought to the Worker's handlers in its host process.

use crate::http::Connection;
use hyper::Method;
use serde::Deserialize;
use std::path::Path;

/// What became of a call of the Worker's `scheduled()`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScheduledOutcome {
    /// How it ended.
    pub outcome: Outcome,
    /// The handler called `noRetry()`.
    pub no_retry: bool,
    /// What it threw, or what something rejected with that it gave to `waitUntil`.
    pub error: Option<Uncaught>,
}

/// How the handler of an event ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// It returned.
    Ok,
    /// It threw.
    Exception,
    /// The Worker's default export has no such handler.
    NoHandler,
}

/// What user code threw out of a handler. The stack's places are those of the modules as workerd has them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Uncaught {
    /// Its name; `Error` if it has none.
    pub name: String,
    /// Its message, or what was thrown as text.
    pub message: String,
    /// Its stack, first the line with name and message.
    pub stack: Option<String>,
    /// Its `cause`.
    pub cause: Option<Box<Uncaught>>,
}

/// Why an event did not get to the Worker, or its outcome not back.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// There is no process that would take it.
    #[error("the Worker is not available: {0}")]
    Absent(String),
    /// The process ended meanwhile, or gave up: the runtime does when a handler waits for what can never happen.
    #[error("the Worker did not say what became of the event: {0}")]
    Broken(std::io::Error),
}

/// Brings a scheduled event to the process that listens on `socket`.
pub(crate) async fn scheduled(
    socket: &Path,
    cron: &str,
    time_ms: i64,
) -> Result<ScheduledOutcome, EventError> {
    let path = format!("/scheduled?cron={}&time={time_ms}", percent_encoded(cron));
    let answer = async {
        let answer = Connection::open(socket).await?.ask(Method::POST, &path).await?;
        serde_json::from_slice(&answer)
            .map_err(|_| std::io::Error::other(String::from_utf8_lossy(&answer).into_owned()))
    };
    answer.await.map_err(EventError::Broken)
}

fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}
