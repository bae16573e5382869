//! Lines of runs, which come over the run channel.

use serde_json::value::RawValue;
use std::sync::Arc;
use stepwell_engine::runtime::RunStart;
use stepwell_logs::{Interest, Line, LogSink, Source, now_ms};
use tokio::sync::watch;

/// Where the lines of a version's runs go.
#[derive(Debug, Clone)]
pub struct Logs {
    source: Source,
    sink: Arc<dyn LogSink>,
    interest: watch::Receiver<Interest>,
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
        }
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
            text,
            message,
        } = line;
        let message = (message != "null").then_some(message);
        self.logs.sink.line(
            &self.logs.source,
            &Line {
                workflow: self.workflow.clone(),
                class_name: self.class_name.clone(),
                instance: self.instance.clone(),
                step,
                attempt,
                level,
                timestamp_ms: now_ms(),
                text,
                message: message.and_then(|text| RawValue::from_string(text).ok()),
            },
        );
    }
}
