//! What the engine asks of a JavaScript runtime. `stepwell-runtime` answers with workerd, the testkit with a script.

use std::sync::Arc;
use stepwell_core::failure::Failure;
use stepwell_core::ids::{InstanceNumber, RunNumber};
use stepwell_core::run::{FromRun, ToRun};
use stepwell_core::step::StepKey;
use stepwell_core::step_config::StepConfig;
use stepwell_core::value::Value;
use tokio::sync::mpsc;

/// Everything a run is started with.
#[derive(Debug, Clone)]
pub struct RunStart {
    /// Whose run.
    pub number: InstanceNumber,
    /// Which run.
    pub run: RunNumber,
    /// The exported class.
    pub class_name: Arc<str>,
    /// `event.workflowName`.
    pub workflow_name: Arc<str>,
    /// `event.instanceId`.
    pub instance_id: Arc<str>,
    /// `event.timestamp`, Unix milliseconds.
    pub created_ms: i64,
    /// `event.payload`.
    pub params: Value,
    /// Most `do` steps the instance may have.
    pub step_limit: u32,
    /// What is recorded: ended steps in the order in which they ended.
    pub ended: Vec<EndedStep>,
    /// What is recorded: `do` steps that have begun and not ended.
    pub begun: Vec<BegunStep>,
    /// Quarantine: give the run a process of its own and start no callback before `ToRun::Attempt`.
    pub alone: bool,
    /// A check, of which nothing comes: start no callback before `ToRun::Attempt`, say which of `ended` are asked for
    /// ([`RunEvent::Asked`]), and let nobody see what it logs.
    pub check: bool,
}

/// A recorded step that has ended.
#[derive(Debug, Clone)]
pub struct EndedStep {
    /// The step.
    pub step: StepKey,
    /// How.
    pub end: StepEnd,
}

/// How a recorded step ended.
#[derive(Debug, Clone)]
pub enum StepEnd {
    /// A `do` step's result. The value follows by [`RunHandle::value`].
    Value,
    /// A sleep.
    Done,
    /// A wait got its event. The payload follows by [`RunHandle::value`].
    Event {
        /// When the event was accepted.
        event_ms: i64,
        /// Its type.
        event_type: Arc<str>,
    },
    /// It throws this.
    Failed(Failure),
}

/// A recorded `do` step that has begun and not ended: the next attempt uses the recorded config.
#[derive(Debug, Clone)]
pub struct BegunStep {
    /// The step.
    pub step: StepKey,
    /// The config recorded with the first attempt.
    pub config: StepConfig,
}

/// What comes back from a run.
#[derive(Debug, Clone)]
pub enum RunEvent {
    /// A message of the run.
    Message(FromRun),
    /// The run has taken replayed values of this many bytes; that much more may be sent.
    Credit(u64),
    /// A check's run has asked for `RunStart::ended[position]`.
    Asked(u32),
    /// The run is gone without having ended. Nothing more comes.
    Lost(LostCause),
}

/// Why a run was lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LostCause {
    /// Its process died or was killed by the watchdog; which run did it is not known unless it was alone.
    ProcessDied {
        /// What is known of it, for people.
        reason: String,
    },
    /// The runtime was told to let go of it (new code, shutdown).
    Released,
    /// No process could be started for it. Not the run's fault; a retry may help.
    CouldNotStart {
        /// Why.
        reason: String,
    },
}

/// Where a run's events go. Called from the runtime's own tasks; must not block.
pub trait RunSink: Send + Sync + 'static {
    /// Takes an event of the run `run` of the instance `number`.
    fn run_event(&self, number: InstanceNumber, run: RunNumber, event: RunEvent);
}

/// What a [`RunHandle`] puts on the way to its run.
#[derive(Debug)]
pub enum ToSocket {
    /// A message.
    Message(ToRun),
    /// The value of `RunStart::ended[position]`. Sent in order.
    Value {
        /// Index into `ended`.
        position: u32,
        /// The recorded value.
        value: Value,
    },
}

/// The engine's end of a run. Dropping it drops the run: its JavaScript stops within milliseconds.
#[derive(Debug)]
pub struct RunHandle {
    sender: mpsc::UnboundedSender<ToSocket>,
}

impl RunHandle {
    /// A handle and the end that the runtime keeps.
    pub fn channel() -> (Self, mpsc::UnboundedReceiver<ToSocket>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self { sender }, receiver)
    }

    /// Sends a message. Lost without a trace if the run is gone: a `Lost` event is on its way then.
    pub fn send(&self, message: ToRun) {
        let _ = self.sender.send(ToSocket::Message(message));
    }

    /// Sends a recorded value; the caller keeps within the credit.
    pub fn value(&self, position: u32, value: Value) {
        let _ = self.sender.send(ToSocket::Value { position, value });
    }

    /// A second sender for the same run (for the task that feeds a replay).
    pub fn feeder(&self) -> mpsc::WeakUnboundedSender<ToSocket> {
        self.sender.downgrade()
    }
}

/// A JavaScript runtime with one version of one script in it.
pub trait Runtime: Send + Sync + 'static {
    /// Starts a run. Returns at once; a failure comes as [`RunEvent::Lost`]. `RunNumber`s are unique in the process.
    fn start(&self, start: RunStart, sink: Arc<dyn RunSink>) -> RunHandle;
}
