//! Lines of runs, which come over the run channel.

use serde_json::value::RawValue;
use std::sync::Arc;
use stepwell_core::failure::Failure;
use stepwell_engine::runtime::RunStart;
use stepwell_logs::{Interest, Line, LogSink, Place, RunFailure, Source, Stacks, now_ms};
use tokio::sync::watch;

/// Where the lines of a version's runs go.
#[derive(Debug, Clone)]
pub struct Logs {
    source: Source,
    sink: Arc<dyn LogSink>,
    interest: watch::Receiver<Interest>,
    stacks: Stacks,
}

/// A line as the shim sends it.
#[derive(Debug, PartialEq)]
pub(crate) struct SentLine {
    pub(crate) level: String,
    pub(crate) step: Option<String>,
    pub(crate) attempt: Option<u32>,
    pub(crate) text: Option<String>,
    /// JSON text; `null` if it was not wanted.
    pub(crate) message: String,
}

impl Logs {
    /// To `sink`, as lines of version `version` of `worker`.
    pub fn new(worker: &str, version: u32, sink: Arc<dyn LogSink>) -> Self {
        let interest = sink.interest(worker);
        let worker = worker.into();
        Self {
            source: Source { worker, version },
            sink,
            interest,
            stacks: Stacks::default(),
        }
    }

    /// With the version's source maps.
    #[must_use]
    pub fn mapped_by(self, stacks: Stacks) -> Self {
        Self { stacks, ..self }
    }

    /// For the lines of one run.
    pub fn of_run(&self, start: &RunStart) -> RunLog {
        RunLog {
            logs: self.clone(),
            workflow: start.workflow_name.clone(),
            class_name: start.class_name.clone(),
            instance: start.instance_id.clone(),
            muted: start.check,
        }
    }
}

/// Where the lines of one run go.
#[derive(Debug, Clone)]
pub struct RunLog {
    logs: Logs,
    workflow: Arc<str>,
    class_name: Arc<str>,
    instance: Arc<str>,
    /// Nobody is to see them.
    muted: bool,
}

impl RunLog {
    /// What is wanted now, as the run channel says it.
    pub(crate) fn wanted(&mut self) -> u8 {
        let interest = *self.logs.interest.borrow_and_update();
        if self.muted {
            return 0;
        }
        u8::from(interest.text) | u8::from(interest.values) << 1
    }

    /// Returns when something else is wanted than [`RunLog::wanted`] said last. Owns what it waits for, so that one
    /// future serves for many turns of a loop.
    pub(crate) fn change(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut interest = self.logs.interest.clone();
        async move {
            if interest.changed().await.is_err() {
                // Nobody can change it any more.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Hands a line on.
    pub(crate) fn line(&self, line: SentLine) {
        if self.muted {
            return;
        }
        let SentLine {
            level,
            step,
            attempt,
            mut text,
            message,
        } = line;
        let stacks = &self.logs.stacks;
        if let Some(text) = &mut text {
            stacks.map(text);
        }
        let message = (message != "null").then_some(message);
        let message = message.and_then(|text| RawValue::from_string(text).ok());
        self.logs.sink.line(
            &self.logs.source,
            &Line {
                place: self.place(step, attempt),
                level,
                timestamp_ms: now_ms(),
                text,
                message: message.map(|message| stacks.map_raw(message)),
            },
        );
    }

    /// Names the user's own files in an error.
    pub(crate) fn map(&self, failure: &mut Failure) {
        if let Some(stack) = &mut failure.stack {
            self.logs.stacks.map(stack);
        }
    }

    /// Tells that an attempt of a step has failed, or the run.
    pub(crate) fn failed(&self, step: Option<(&str, u32)>, failure: &Failure) {
        let (step, attempt) = step.unzip();
        self.ended_badly("exception", step, attempt, failure);
    }

    /// Tells that the run went with its process.
    pub(crate) fn lost(&self, outcome: &'static str, reason: &str) {
        self.ended_badly(outcome, None, None, &Failure::new("Error", reason));
    }

    fn ended_badly(
        &self,
        outcome: &'static str,
        step: Option<&str>,
        attempt: Option<u32>,
        failure: &Failure,
    ) {
        if self.muted || !self.logs.interest.borrow().values {
            return;
        }
        self.logs.sink.failure(
            &self.logs.source,
            &RunFailure {
                place: self.place(step.map(str::to_owned), attempt),
                outcome,
                timestamp_ms: now_ms(),
                name: failure.name.clone(),
                message: failure.message.clone(),
                stack: failure.stack.clone(),
            },
        );
    }

    fn place(&self, step: Option<String>, attempt: Option<u32>) -> Place {
        Place {
            workflow: self.workflow.clone(),
            class_name: self.class_name.clone(),
            instance: self.instance.clone(),
            step,
            attempt,
        }
    }
}
