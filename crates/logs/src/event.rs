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

/// A line that a run of a Workflow's instance has logged. It is told at once.
#[derive(Debug, Clone)]
pub struct Line {
    /// The Workflow's name.
    pub workflow: Arc<str>,
    /// The class of the run.
    pub class_name: Arc<str>,
    /// The instance's id.
    pub instance: Arc<str>,
    /// The step in whose callback it was logged, such as `charge-1`.
    pub step: Option<String>,
    /// The attempt of that step, from 1.
    pub attempt: Option<u32>,
    /// `log`, `info`, `warn`, `error` or `debug`.
    pub level: String,
    /// When, Unix milliseconds.
    pub timestamp_ms: i64,
    /// The arguments as people read them, if [`Interest::text`] asked for it.
    pub text: Option<String>,
    /// The arguments as a JSON array, as a tail Worker is given them, if [`Interest::values`] asked for it.
    pub message: Option<Box<RawValue>>,
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
