//! What can be asked of an engine about instances: the operations behind the binding, and later behind REST.

use async_trait::async_trait;
use std::sync::Arc;
use stepwell_core::failure::Failure;
use stepwell_core::limits;
use stepwell_core::step::StepKey;
use stepwell_core::value::Value;
use stepwell_store::{Phase, Trigger};

/// A request to create one instance.
#[derive(Debug, Clone)]
pub struct Create {
    /// Given by the user, or made by the engine.
    pub id: Option<String>,
    /// The payload; `None` is `{}` (spec 1.3).
    pub params: Option<Value>,
    /// Retention and the like, JSON as the user gave it; `null` if none.
    pub options: serde_json::Value,
    /// Where the request came from.
    pub trigger: Trigger,
}

/// An instance's status as people see it (spec 1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Waits for a free slot.
    Queued,
    /// User code runs.
    Running,
    /// Paused by somebody.
    Paused,
    /// `run()` threw.
    Errored,
    /// Ended by somebody.
    Terminated,
    /// `run()` returned.
    Complete,
    /// Sleeps, waits for an event or for a retry.
    Waiting,
    /// Will be paused when the steps that are running have ended.
    WaitingForPause,
}

impl Status {
    /// All of them, in the order of their declaration.
    pub const ALL: [Self; 8] = [
        Self::Queued,
        Self::Running,
        Self::Paused,
        Self::Errored,
        Self::Terminated,
        Self::Complete,
        Self::Waiting,
        Self::WaitingForPause,
    ];

    /// What a stored phase stands for as long as nothing else is known of the instance.
    pub(crate) fn of(phase: Phase) -> Self {
        match phase {
            Phase::Runnable => Self::Queued,
            Phase::Waiting => Self::Waiting,
            Phase::Paused => Self::Paused,
            Phase::Complete => Self::Complete,
            Phase::Errored => Self::Errored,
            Phase::Terminated => Self::Terminated,
        }
    }

    /// The text of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Errored => "errored",
            Self::Terminated => "terminated",
            Self::Complete => "complete",
            Self::Waiting => "waiting",
            Self::WaitingForPause => "waitingForPause",
        }
    }
}

/// An answer to [`Operations::status`].
#[derive(Debug, Clone)]
pub struct InstanceStatus {
    /// The status.
    pub status: Status,
    /// What `run()` returned, if it has.
    pub output: Option<Value>,
    /// Why the instance errored, if it has.
    pub error: Option<Failure>,
}

/// Why an operation was refused. Nothing was changed.
#[derive(thiserror::Error, Debug, Clone, PartialEq, Eq)]
pub enum OperationError {
    /// No such Workflow in this server.
    #[error("there is no Workflow named \"{name}\"")]
    NoWorkflow {
        /// The name asked for.
        name: String,
    },
    /// The Workflow has no code: its Worker was deleted, or was never deployed with its class.
    #[error("the Workflow has no code to run on: deploy its Worker")]
    NoVersion,
    /// A version that no code is published for.
    #[error("version {version} of the Workflow is not published")]
    NotPublished {
        /// The version.
        version: u32,
    },
    /// `get` of an id that does not exist.
    #[error("instance.not_found")]
    NotFound,
    /// An operation on a handle whose instance does not exist (spec 2.9).
    #[error("(instance.not_found) Instance does not exist")]
    Gone,
    /// The id is taken (spec 2.9).
    #[error("(instance.already_exists) Workflow instance with id \"{id}\" already exists")]
    AlreadyExists {
        /// The id.
        id: String,
    },
    /// The id came earlier in the same batch.
    #[error("(instance.duplicate_in_batch) Workflow instance with id \"{id}\" is in the batch twice")]
    DuplicateInBatch {
        /// The id.
        id: String,
    },
    /// `terminate` of an instance that has ended (spec 2.8).
    #[error("(instance.cannot_terminate) Cannot terminate instance since its on a finite state")]
    CannotTerminate,
    /// `resume` of an instance that has ended (spec 2.8).
    #[error("(instance.cannot_resume) Cannot resume instance with status \"{}\"", .status.as_str())]
    CannotResume {
        /// Its status.
        status: Status,
    },
    /// `restart` from a step that the instance has not begun (spec 2.8).
    #[error("(instance.cannot_restart) Step \"{step}\" not found in execution history")]
    CannotRestart {
        /// The step's name, without its count.
        step: Arc<str>,
    },
    /// An event for an instance that has ended (spec 2.8).
    #[error("(instance.in_finite_state) Instance reached a finite state, cannot send events to it")]
    Ended,
    /// The request breaks a rule. `class` is the JavaScript error's name.
    #[error("{message}")]
    Invalid {
        /// `WorkflowError`, `Error`, `TypeError`.
        class: &'static str,
        /// The exact text.
        message: String,
    },
    /// More instances are created or restarted than the limit allows.
    #[error("too many instances are being created: try again in {retry_after_ms} ms")]
    RateLimited {
        /// When a later try may work, milliseconds from now.
        retry_after_ms: u64,
    },
    /// The disk is full: nothing new is taken, reads work. A later retry may help.
    #[error("the store is full: nothing new is accepted until there is room on its disk")]
    Full,
    /// The engine is stopping or its storage is unavailable. A later retry may help.
    #[error("the engine is unavailable: {reason}")]
    Unavailable {
        /// Why.
        reason: String,
    },
}

impl OperationError {
    /// What `delete()` and `deleteBatch()` say of an id that no instance can have.
    pub fn invalid_id() -> Self {
        Self::Invalid {
            class: "WorkflowError",
            message: "(instance.invalid_id) Instance ID is invalid".into(),
        }
    }
}

/// Refuses a payload above 1 MiB of raw bytes (spec 11.1); the original's text is not known. `what` begins the sentence.
pub fn check_payload(what: &str, value: &Value) -> Result<(), OperationError> {
    let bytes = value.raw_bytes_len() as u64;
    if bytes <= limits::EVENT_PAYLOAD_BYTES {
        return Ok(());
    }
    Err(OperationError::Invalid {
        class: "WorkflowError",
        message: format!("{what} too large: {bytes} bytes. Maximum allowed size is 1MiB."),
    })
}

/// The operations. Each returns after the commit that makes it durable.
#[async_trait]
pub trait Operations: Send + Sync + 'static {
    /// Creates an instance and returns its id.
    async fn create(&self, workflow: &str, request: Create) -> Result<Arc<str>, OperationError>;
    /// Creates several (spec 1.3, array form): returns the ids of those created, in order; ids that exist are left out.
    async fn create_batch(
        &self,
        workflow: &str,
        requests: Vec<Create>,
    ) -> Result<Vec<Arc<str>>, OperationError>;
    /// Whether the instance exists: `NotFound` if not.
    async fn get(&self, workflow: &str, id: &str) -> Result<(), OperationError>;
    /// Ends the instance, if it has not, and removes everything about it (spec 2.8: `delete()`): `Gone` if there is none.
    /// Its id is free then.
    async fn delete(&self, workflow: &str, id: &str) -> Result<(), OperationError>;
    /// Deletes several, one result for each id in order; an id that comes twice has the same result twice.
    async fn delete_batch(
        &self,
        workflow: &str,
        ids: Vec<String>,
    ) -> Result<Vec<Result<(), OperationError>>, OperationError>;
    /// Its status.
    async fn status(&self, workflow: &str, id: &str) -> Result<InstanceStatus, OperationError>;
    /// Pauses it (spec 2.8). Returns the status after.
    async fn pause(&self, workflow: &str, id: &str) -> Result<Status, OperationError>;
    /// Resumes it.
    async fn resume(&self, workflow: &str, id: &str) -> Result<Status, OperationError>;
    /// Ends it.
    async fn terminate(&self, workflow: &str, id: &str) -> Result<Status, OperationError>;
    /// Starts it again, from the beginning or from a step. From the beginning it runs on the version that a new instance
    /// would; from a step on its own, if that is still published.
    async fn restart(
        &self,
        workflow: &str,
        id: &str,
        from: Option<StepKey>,
    ) -> Result<Status, OperationError>;
    /// Sends it an event.
    async fn send_event(
        &self,
        workflow: &str,
        id: &str,
        event_type: &str,
        payload: Value,
    ) -> Result<(), OperationError>;
}
