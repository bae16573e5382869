//! Who takes what is logged.

use super::event::{Invocation, Line, RunFailure, Source};
use std::fmt;
use tokio::sync::watch;

/// What somebody wants to know of a Worker. What nobody wants is not made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Interest {
    /// The lines of runs as text.
    pub text: bool,
    /// The lines of runs as values, their failures, and every invocation. Without it, only those invocations are told that something
    /// was thrown out of.
    pub values: bool,
}

/// Takes what Workers log. Called from the tasks that carry runs: it must not block.
pub trait LogSink: fmt::Debug + Send + Sync + 'static {
    /// What is wanted of a Worker, from now on.
    fn interest(&self, worker: &str) -> watch::Receiver<Interest>;

    /// Takes a line of a run.
    fn line(&self, source: &Source, line: &Line);

    /// Takes what a step's attempt or a run failed with, if [`Interest::values`] asked for it. The engine logs it besides,
    /// when it is recorded.
    fn failure(&self, _source: &Source, _failure: &RunFailure) {}

    /// Takes an invocation.
    fn invocation(&self, source: &Source, invocation: &Invocation);
}
