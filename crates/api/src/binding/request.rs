//! What a binding asks.

use bytes::Bytes;
use serde::Deserialize;
use stepwell_core::step::{StepKey, StepKind};
use stepwell_core::value::Value;

/// One operation.
#[derive(Debug, Deserialize)]
pub(super) struct Request {
    /// The Workflow's name.
    pub(super) workflow: String,
    /// The operation.
    #[serde(flatten)]
    pub(super) operation: Operation,
}

/// An operation with its arguments. Numbers in place of values are their lengths.
#[derive(Debug, Deserialize)]
#[serde(tag = "op", rename_all = "camelCase")]
pub(super) enum Operation {
    /// One instance.
    Create {
        #[serde(flatten)]
        instance: NewInstance,
    },
    /// Several.
    CreateBatch { instances: Vec<NewInstance> },
    /// Whether it exists.
    Get { id: String },
    /// Its status.
    Status { id: String },
    /// Pauses it.
    Pause { id: String },
    /// Resumes it.
    Resume { id: String },
    /// Ends it.
    Terminate { id: String },
    /// Ends it and removes it.
    Delete { id: String },
    /// The same with several.
    DeleteBatch { ids: Vec<String> },
    /// Starts it again.
    Restart { id: String, from: Option<From> },
    /// Sends it an event.
    SendEvent {
        id: String,
        #[serde(rename = "type")]
        event_type: String,
        payload: u64,
    },
}

/// An instance to be created.
#[derive(Debug, Deserialize)]
pub(super) struct NewInstance {
    pub(super) id: Option<String>,
    pub(super) params: Option<u64>,
    #[serde(default)]
    pub(super) options: serde_json::Value,
}

/// The step to restart from (spec 1.4).
#[derive(Debug, Deserialize)]
pub(super) struct From {
    name: String,
    #[serde(default = "one")]
    count: u32,
    #[serde(default = "a_do", rename = "type")]
    kind: StepKind,
}

fn one() -> u32 {
    1
}

fn a_do() -> StepKind {
    StepKind::Do
}

impl std::convert::From<From> for StepKey {
    fn from(from: From) -> Self {
        StepKey::new(from.kind, from.name, from.count)
    }
}

/// The bytes of a request's values, taken in order.
#[derive(Debug)]
pub(super) struct Values(Bytes);

/// The request breaks the format: the shim and the engine do not belong together.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// No line, or not the JSON it should be.
    #[error("the request cannot be understood: {0}")]
    Json(#[from] serde_json::Error),
    /// Lengths and bytes do not agree.
    #[error("the request is shorter than it says")]
    Short,
}

/// Takes a body apart.
pub(super) fn parse(body: &Bytes) -> Result<(Request, Values), Error> {
    let end = body.iter().position(|byte| *byte == b'\n').unwrap_or(body.len());
    let request = serde_json::from_slice(&body[..end])?;
    Ok((request, Values(body.slice((end + 1).min(body.len())..))))
}

impl Values {
    /// The next value, which has `length` bytes.
    pub(super) fn next(&mut self, length: u64) -> Result<Value, Error> {
        match usize::try_from(length) {
            Ok(length) if length <= self.0.len() => Ok(Value::from_bytes(self.0.split_to(length))),
            _ => Err(Error::Short),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_follow_the_line() {
        let body = Bytes::from_static(b"{\"workflow\":\"w\",\"op\":\"createBatch\",\"instances\":[{\"params\":2},{\"id\":\"a\",\"params\":1}]}\n{}1");
        let (request, mut values) = parse(&body).unwrap();
        let Operation::CreateBatch { instances } = request.operation else {
            panic!()
        };
        assert_eq!(values.next(instances[0].params.unwrap()).unwrap().bytes(), "{}");
        assert_eq!(values.next(instances[1].params.unwrap()).unwrap().bytes(), "1");
        assert!(values.next(1).is_err());
        assert!(parse(&Bytes::from_static(b"")).is_err());
    }

    #[test]
    fn a_step_to_restart_from_has_defaults() {
        let body = Bytes::from_static(
            br#"{"workflow":"w","op":"restart","id":"i","from":{"name":"a","type":"waitForEvent"}}"#,
        );
        let (request, _) = parse(&body).unwrap();
        let Operation::Restart { from: Some(from), .. } = request.operation else {
            panic!()
        };
        assert_eq!(StepKey::from(from), StepKey::new(StepKind::WaitForEvent, "a", 1));
    }
}
