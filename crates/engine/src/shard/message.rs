//! What a shard's task is told.

use crate::admission::Ticket;
use crate::committer::Refused;
use crate::inspect::Known;
use crate::operations::{OperationError, Status};
use crate::runtime::{RunEvent, RunSink};
use std::sync::Arc;
use stepwell_core::failure::Failure;
use stepwell_core::ids::{InstanceNumber, RunNumber, ShardId, WorkflowId};
use stepwell_core::step::StepKey;
use stepwell_core::value::Value;
use stepwell_store::{Phase, TimerKey, Trigger};
use tokio::sync::{mpsc, oneshot};

/// A message to a shard.
pub(crate) enum Message {
    /// Something of a run.
    Run {
        number: InstanceNumber,
        run: RunNumber,
        event: RunEvent,
    },
    /// Create instances; the answer has one entry per request.
    Create {
        requests: Vec<NewRequest>,
        answer: oneshot::Sender<Vec<Result<Arc<str>, OperationError>>>,
    },
    /// Delete instances; the answer has one entry per id.
    Delete {
        workflow: WorkflowId,
        ids: Vec<Arc<str>>,
        answer: oneshot::Sender<Vec<Result<(), OperationError>>>,
    },
    /// Have instances go on in another version; the answer has one entry per id, whether it changed.
    Migrate {
        workflow: WorkflowId,
        ids: Vec<Arc<str>>,
        version: u32,
        answer: oneshot::Sender<Vec<Result<bool, OperationError>>>,
    },
    /// End instances, if they have not; the answer has one entry per id, whether it was ended.
    Terminate {
        workflow: WorkflowId,
        ids: Vec<Arc<str>>,
        /// Only those that have this status.
        only: Option<Status>,
        answer: oneshot::Sender<Vec<Result<bool, OperationError>>>,
    },
    /// Do something with one instance.
    Operate {
        workflow: WorkflowId,
        id: Arc<str>,
        operation: Operation,
        answer: oneshot::Sender<Result<Answer, OperationError>>,
    },
    /// Say why an instance is where it is.
    Why {
        workflow: WorkflowId,
        id: Arc<str>,
        answer: oneshot::Sender<Result<Known, OperationError>>,
    },
    /// Say which instances have a status that their phase does not tell.
    Overlay {
        of: Of,
        answer: oneshot::Sender<Result<Vec<LiveStatus>, OperationError>>,
    },
    /// The instance has a slot.
    Admitted(Ticket),
    /// A timer that could not be dealt with a moment ago.
    Timer(TimerKey),
    /// What was decided about these instances is durable.
    Durable(Vec<InstanceNumber>),
    /// Groups up to this generation were not applied.
    CommitFailed { generation: u64, why: Refused },
    /// There is new code, and maybe there are new Workflows.
    Deployed,
    /// Let every run settle, then let go of it.
    Drain {
        answer: oneshot::Sender<()>,
        grace: std::time::Duration,
    },
}

/// An instance to be created, checked.
pub(crate) struct NewRequest {
    pub(crate) workflow: WorkflowId,
    pub(crate) version: u32,
    pub(crate) id: Arc<str>,
    /// The id was made by the engine and cannot exist yet.
    pub(crate) fresh_id: bool,
    pub(crate) params: Value,
    pub(crate) options: serde_json::Value,
    pub(crate) trigger: Trigger,
}

/// What can be done with an instance.
pub(crate) enum Operation {
    Get,
    Status,
    /// As `Status`; also, the attempts that run now are in the journal then.
    Describe,
    Pause,
    Resume,
    Terminate,
    Restart {
        from: Option<StepKey>,
        /// The version to run on from now on, if its own will not do.
        version: u32,
    },
    Event {
        event_type: Arc<str>,
        value: Value,
    },
}

impl Operation {
    /// Whether it changes nothing about the instance.
    pub(super) fn is_read(&self) -> bool {
        matches!(self, Self::Get | Self::Status | Self::Describe)
    }
}

/// How an operation went.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) number: InstanceNumber,
    pub(crate) status: Status,
    /// The stored phase at that time.
    pub(crate) phase: Phase,
    /// When the run that is in memory began.
    pub(crate) live_since_ms: Option<i64>,
    /// Journal entry whose value is the output.
    pub(crate) output_seq: Option<u32>,
    pub(crate) error: Option<Arc<Failure>>,
}

/// Which instances in memory are asked about.
#[derive(Debug, Clone)]
pub(crate) enum Of {
    /// All.
    All,
    /// Those of a Workflow.
    Workflow(WorkflowId),
    /// These.
    These(Vec<InstanceNumber>),
}

/// An instance in memory whose status is not the one that its phase stands for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LiveStatus {
    pub(crate) number: InstanceNumber,
    pub(crate) shard: ShardId,
    pub(crate) workflow: WorkflowId,
    /// When the run that is in memory began.
    pub(crate) live_since_ms: Option<i64>,
    pub(crate) phase: Phase,
    pub(crate) status: Status,
}

/// Where a shard's messages go.
#[derive(Clone)]
pub(crate) struct Mailbox(mpsc::UnboundedSender<Message>);

impl Mailbox {
    pub(crate) fn new() -> (Self, mpsc::UnboundedReceiver<Message>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), receiver)
    }

    /// Sends; a shard that has stopped takes nothing more, and its callers see their answers dropped.
    pub(crate) fn send(&self, message: Message) {
        let _ = self.0.send(message);
    }
}

impl RunSink for Mailbox {
    fn run_event(&self, number: InstanceNumber, run: RunNumber, event: RunEvent) {
        self.send(Message::Run { number, run, event });
    }
}
