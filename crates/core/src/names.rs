//! What may be the name of something, with the exact texts of the original where it has one (spec 2.6, 2.7, 2.9).

use crate::failure::Failure;
use crate::limits;

/// A name that breaks the rules. Its text is the original's message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// An instance id in `create`.
    #[error("Workflow instance has invalid id")]
    InstanceId,
    /// An instance id in the object form of `createBatch`, or one that is reserved there.
    #[error("(instance.invalid_id) Instance ID is invalid")]
    BatchInstanceId,
    /// An id that no instance can have. The original looks it up and finds nothing.
    #[error("instance.not_found")]
    AddressableId,
    /// A Workflow's name.
    #[error(
        "Workflow name \"{0}\" is invalid: use 1 to {max} letters, digits, \"-\" and \"_\", not beginning with \"-\"",
        max = limits::WORKFLOW_NAME_CHARS
    )]
    WorkflowName(String),
    /// The type of an event.
    #[error("workflow.invalid_event_type")]
    EventType,
    /// A step's name.
    #[error(
        "Step name \"{0}\" exceeds max length ({max} chars) or invalid characters found",
        max = limits::STEP_NAME_CHARS
    )]
    StepName(String),
}

impl From<Error> for Failure {
    /// The error as user code gets it, with the class that the original gives it.
    fn from(error: Error) -> Self {
        let class = match error {
            Error::StepName(_) => "WorkflowFatalError",
            Error::AddressableId => "Error",
            _ => "WorkflowError",
        };
        Failure::new(class, error.to_string())
    }
}

/// Checks an id that a user gives a new instance (spec 2.9).
pub fn check_instance_id(id: &str) -> Result<(), Error> {
    word(id, limits::INSTANCE_ID_CHARS)
        .then_some(())
        .ok_or(Error::InstanceId)
}

/// Checks an id of the object form of `createBatch`, which also refuses the reserved ones (spec 2.9).
pub fn check_batch_instance_id(id: &str) -> Result<(), Error> {
    let free = word(id, limits::INSTANCE_ID_CHARS) && !is_reserved_id(id);
    free.then_some(()).ok_or(Error::BatchInstanceId)
}

/// Whether an id would collide with a path of the REST API or with the ids that are made for nameless instances.
pub fn is_reserved_id(id: &str) -> bool {
    if matches!(id, "batch" | "terminate" | "terminateAll") {
        return true;
    }
    let made = id.strip_prefix("cf_").map(str::as_bytes).unwrap_or_default();
    made.len() == 64 && made.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Checks an id with which an existing instance is addressed. Looser, because the ids of scheduled instances are
/// `<cron expression>-<milliseconds>` (spec 2.9).
pub fn check_addressable_id(id: &str) -> Result<(), Error> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b", */#_-".contains(&byte);
    let good = (1..=limits::ADDRESSABLE_ID_CHARS).contains(&(id.len() as u64)) && id.bytes().all(allowed);
    good.then_some(()).ok_or(Error::AddressableId)
}

/// Checks the name of a Workflow (spec 3.1).
pub fn check_workflow_name(name: &str) -> Result<(), Error> {
    word(name, limits::WORKFLOW_NAME_CHARS)
        .then_some(())
        .ok_or_else(|| Error::WorkflowName(name.to_owned()))
}

/// Checks the type of an event (spec 2.7).
pub fn check_event_type(event_type: &str) -> Result<(), Error> {
    word(event_type, limits::EVENT_TYPE_CHARS)
        .then_some(())
        .ok_or(Error::EventType)
}

/// Checks a step's name: any text, the empty one too, without control characters. Its length counts UTF-16 units,
/// as JavaScript does (spec 2.6).
pub fn check_step_name(name: &str) -> Result<(), Error> {
    let short = name.len() as u64 <= limits::STEP_NAME_CHARS
        || name.encode_utf16().count() as u64 <= limits::STEP_NAME_CHARS;
    let good = short && !name.bytes().any(|byte| byte < 0x20);
    good.then_some(()).ok_or_else(|| Error::StepName(name.to_owned()))
}

/// `^[a-zA-Z0-9_][a-zA-Z0-9-_]*$`, up to `max` characters.
fn word(text: &str, max: u64) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=max).contains(&(text.len() as u64)) && !text.starts_with('-') && text.bytes().all(allowed)
}
