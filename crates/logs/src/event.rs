//! What is logged.

use crate::surrogates;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Whose code it was.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Source {
    /// The Worker, as the runtime knows it.
    pub worker: Arc<str>,
    /// The number of its version.
    pub version: u32,
}

/// Where in a run of a Workflow's instance something happened.
#[derive(Debug, Clone)]
pub struct Place {
    /// The Workflow's name.
    pub workflow: Arc<str>,
    /// The class of the run.
    pub class_name: Arc<str>,
    /// The instance's id.
    pub instance: Arc<str>,
    /// The step in whose callback it was, such as `charge-1`.
    pub step: Option<String>,
    /// The attempt of that step, from 1.
    pub attempt: Option<u32>,
}

/// A line that a run has logged. It is told at once.
#[derive(Debug, Clone)]
pub struct Line {
    /// Where.
    pub place: Place,
    /// `log`, `info`, `warn`, `error` or `debug`.
    pub level: String,
    /// When, Unix milliseconds.
    pub timestamp_ms: i64,
    /// The arguments as people read them, if [`Interest::text`] asked for it.
    pub text: Option<String>,
    /// The arguments as a JSON array, as a tail Worker is given them, if [`Interest::values`] asked for it.
    pub message: Option<Box<RawValue>>,
}

/// A step's attempt or a run that has ended badly. It is told at once.
#[derive(Debug, Clone)]
pub struct RunFailure {
    /// Where; a run that failed names no step.
    pub place: Place,
    /// `exception`, or which limit it was: `exceededCpu`, `exceededMemory`; `unknown` if the process is gone otherwise.
    pub outcome: &'static str,
    /// When, Unix milliseconds.
    pub timestamp_ms: i64,
    /// The error's name.
    pub name: String,
    /// Its message.
    pub message: String,
    /// Its stack.
    pub stack: Option<String>,
}

/// An invocation that has ended (a request, an alarm, a call), as a tail Worker is given it: `outcome`, `logs`,
/// `exceptions`, `eventTimestamp`, `event` and more.
#[derive(Debug, Clone, PartialEq)]
pub struct Invocation(pub Map<String, Value>);

impl Invocation {
    /// Reads what a tail Worker was given; `None` if it is no JSON object.
    pub fn read(json: &str) -> Option<Self> {
        surrogates::parse(json).map(Self)
    }
}

/// Now, in Unix milliseconds.
pub fn now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as i64)
}
