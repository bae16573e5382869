//! An engine of a few lines.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use stepwell_core::failure::Failure;
use stepwell_core::ids::{CallId, InstanceNumber, RunNumber};
use stepwell_core::run::{FromRun, ToRun, Verdict};
use stepwell_core::step::StepKey;
use stepwell_core::step_config::StepConfig;
use stepwell_core::value::Value;
use stepwell_engine::runtime::{EndedStep, RunEvent, RunHandle, RunSink, RunStart, StepEnd};
use stepwell_runtime::channel::socket::{Outcome, Socket};
use stepwell_runtime::logs::{Console, Logs};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// What is recorded of an instance.
pub(crate) type Journal = Vec<(EndedStep, Option<Value>)>;

struct Sink(UnboundedSender<RunEvent>);

impl RunSink for Sink {
    fn run_event(&self, _: InstanceNumber, _: RunNumber, event: RunEvent) {
        let _ = self.0.send(event);
    }
}

/// JSON text as a value.
pub(crate) fn json(text: &str) -> Value {
    Value::from_bytes(text.to_owned().into())
}

/// A run's start, with the journal's ends.
pub(crate) fn start(class: &str, payload: &str, journal: &Journal) -> RunStart {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    RunStart {
        number: InstanceNumber(number),
        run: RunNumber(number),
        class_name: class.into(),
        workflow_name: "workflow".into(),
        instance_id: "instance".into(),
        created_ms: 1_700_000_000_000,
        params: json(payload),
        step_limit: 10_000,
        ended: journal.iter().map(|(end, _)| end.clone()).collect(),
        begun: Vec::new(),
        alone: false,
        check: false,
    }
}

/// A run that goes on, and the engine's side of it.
pub(crate) struct Run {
    pub(crate) handle: Option<RunHandle>,
    pub(crate) events: UnboundedReceiver<RunEvent>,
    pub(crate) outcome: tokio::task::JoinHandle<Outcome>,
    /// Every message, in order.
    pub(crate) messages: Vec<FromRun>,
    /// Recorded ends that a check has asked for.
    pub(crate) asked: Vec<u32>,
    /// What has been recorded.
    pub(crate) journal: Journal,
    steps: HashMap<CallId, (StepKey, Option<StepConfig>)>,
    /// The payload that a wait gets at once; `None` lets it wait.
    pub(crate) event: Option<Value>,
    /// Whether sleeps end at once.
    pub(crate) sleeps_end: bool,
}

impl Run {
    /// Starts a run.
    pub(crate) fn begin(socket: Socket, start: RunStart, journal: Journal) -> Self {
        Self::logging(socket, start, journal, Logs::new("worker", 1, Arc::new(Console)))
    }

    /// Starts a run whose lines go to `logs`.
    pub(crate) fn logging(socket: Socket, start: RunStart, journal: Journal, logs: Logs) -> Self {
        let (sender, events) = unbounded_channel();
        let (handle, commands) = RunHandle::channel();
        let values = journal
            .iter()
            .enumerate()
            .filter_map(|(at, (_, value))| Some((at as u32, value.clone()?)));
        for (position, value) in values {
            handle.value(position, value);
        }
        Self {
            handle: Some(handle),
            events,
            outcome: tokio::spawn(async move {
                let sink = Arc::new(Sink(sender));
                socket.serve_run(start, commands, sink, &logs).await
            }),
            messages: Vec::new(),
            asked: Vec::new(),
            journal,
            steps: HashMap::new(),
            event: Some(json("{\"p\":1}")),
            sleeps_end: true,
        }
    }

    /// Sends a message.
    pub(crate) fn send(&self, message: ToRun) {
        self.handle.as_ref().unwrap().send(message);
    }

    /// The next message; none when the channel is done with the run.
    pub(crate) async fn next(&mut self) -> Option<FromRun> {
        loop {
            let event = tokio::time::timeout(Duration::from_secs(20), self.events.recv());
            match event.await.expect("the run says nothing")? {
                RunEvent::Message(message) => {
                    self.messages.push(message.clone());
                    return Some(message);
                }
                RunEvent::Credit(_) => {}
                RunEvent::Asked(position) => self.asked.push(position),
                RunEvent::Lost(cause) => panic!("lost: {cause:?}"),
            }
        }
    }

    /// Answers messages until `run()` ends; its last message.
    pub(crate) async fn finish(&mut self) -> FromRun {
        self.until(|message| matches!(message, FromRun::Returned { .. } | FromRun::Threw { .. }))
            .await
    }

    /// Answers messages until one that `stop` wants; that one is not answered.
    pub(crate) async fn until(&mut self, stop: impl Fn(&FromRun) -> bool) -> FromRun {
        loop {
            let message = self.next().await.expect("the run goes on");
            if stop(&message) {
                self.note(&message);
                return message;
            }
            self.note(&message);
            self.answer(message);
        }
    }

    /// `run()`'s output.
    pub(crate) async fn output(&mut self) -> serde_json::Value {
        match self.finish().await {
            FromRun::Returned { value, .. } => value.to_json().unwrap(),
            other => panic!("did not return: {other:?}"),
        }
    }

    /// What became of the socket.
    pub(crate) async fn outcome(self) -> Outcome {
        let Self { outcome, .. } = self;
        tokio::time::timeout(Duration::from_secs(5), outcome)
            .await
            .unwrap()
            .unwrap()
    }

    fn note(&mut self, message: &FromRun) {
        match message {
            FromRun::Do {
                call, step, config, ..
            } => {
                self.steps.insert(*call, (step.clone(), config.clone()));
            }
            FromRun::Sleep { call, step, .. }
            | FromRun::SleepUntil { call, step, .. }
            | FromRun::Wait { call, step, .. } => {
                self.steps.insert(*call, (step.clone(), None));
            }
            _ => {}
        }
    }

    /// Answers as an engine would whose commits take no time.
    pub(crate) fn answer(&mut self, message: FromRun) {
        match message {
            FromRun::Do {
                call, started: false, ..
            } => self.send(ToRun::Attempt { call, attempt: 1 }),
            FromRun::Succeeded { call, value, .. } => {
                self.record(call, StepEnd::Value, Some(value));
                self.send(ToRun::Recorded { call });
            }
            FromRun::Failed {
                call,
                attempt,
                failure,
                verdict,
            } => self.failed(call, attempt, failure, &verdict),
            FromRun::Sleep { call, .. } | FromRun::SleepUntil { call, .. } if self.sleeps_end => {
                self.record(call, StepEnd::Done, None);
                self.send(ToRun::Done { call });
            }
            FromRun::Wait { call, event_type, .. } => {
                if let Some(value) = self.event.clone() {
                    let event_type: Arc<str> = event_type.into();
                    let end = StepEnd::Event {
                        event_ms: 5,
                        event_type: event_type.clone(),
                    };
                    self.record(call, end, Some(value.clone()));
                    self.send(ToRun::Event {
                        call,
                        value,
                        event_ms: 5,
                        event_type,
                    });
                }
            }
            _ => {}
        }
    }

    /// Records a step's end.
    pub(crate) fn record(&mut self, call: CallId, end: StepEnd, value: Option<Value>) {
        let step = self.steps[&call].0.clone();
        self.journal.push((EndedStep { step, end }, value));
    }

    fn failed(&mut self, call: CallId, attempt: u32, failure: Failure, verdict: &Verdict) {
        let limit = self.steps[&call]
            .1
            .as_ref()
            .map_or(5, |config| config.retry_limit);
        let again = matches!(verdict, Verdict::Retry | Verdict::RetryAfter(_)) && attempt <= limit;
        if again {
            self.send(ToRun::Attempt {
                call,
                attempt: attempt + 1,
            });
        } else {
            self.record(call, StepEnd::Failed(failure.clone()), None);
            self.send(ToRun::Rejected { call, failure });
        }
    }
}

/// Runs a class from the start on a socket of its own: its output, and what was recorded.
pub(crate) async fn run_once(
    worker: &super::Workerd,
    class: &str,
    payload: &str,
) -> (serde_json::Value, Journal) {
    replay(worker, class, payload, Journal::new()).await
}

/// Runs a class with a journal: its output, and the journal then.
pub(crate) async fn replay(
    worker: &super::Workerd,
    class: &str,
    payload: &str,
    journal: Journal,
) -> (serde_json::Value, Journal) {
    let start = start(class, payload, &journal);
    let mut run = Run::begin(worker.socket().await, start, journal);
    let output = run.output().await;
    (output, std::mem::take(&mut run.journal))
}
