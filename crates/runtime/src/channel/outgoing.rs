//! Messages to the shim.

use super::configs::Resolved;
use super::frame::FrameWriter;
use serde::ser::{Serialize, SerializeSeq, Serializer};
use std::fmt::Write as _;
use stepwell_core::run::ToRun;
use stepwell_core::step::StepKind;
use stepwell_core::value::Value;
use stepwell_engine::runtime::{BegunStep, EndedStep, RunStart, StepEnd};
use tokio_tungstenite::tungstenite::Message;

/// The record of a run travels in parts of about this size: workerd closes a socket over a message above 32 MiB.
const PART: usize = 4 << 20;

/// The frames that start a run; `logs` is what is wanted of its lines.
///
/// # Errors
/// None that is known: everything in it has a JSON form.
pub(super) fn start(start: &RunStart, logs: u8) -> Result<Vec<Message>, serde_json::Error> {
    let mut parts = parts(&start.ended, PART).into_iter();
    let fields = serde_json::to_string(&(
        "start",
        StartFields {
            class: &start.class_name,
            instance_id: &start.instance_id,
            workflow_name: &start.workflow_name,
            timestamp: start.created_ms,
            steps: start.step_limit,
            hold: start.alone || start.check,
            check: start.check,
            ended: parts.next().unwrap_or_default().iter().map(Ended).collect(),
            parts: parts.len(),
            begun: start.begun.iter().map(Begun).collect(),
            logs,
        },
    ))?;
    let mut frame = FrameWriter::new(start.run.0);
    frame.line().push_str(&fields);
    frame.value(&start.params);
    let mut frames = vec![frame.finish()];
    for part in parts {
        let ended: Vec<Ended<'_>> = part.iter().map(Ended).collect();
        let mut frame = FrameWriter::new(start.run.0);
        frame.line().push_str(&serde_json::to_string(&("ended", ended))?);
        frames.push(frame.finish());
    }
    Ok(frames)
}

/// Cuts a record into parts that are about `size` large on the wire.
pub(super) fn parts(mut ended: &[EndedStep], size: usize) -> Vec<&[EndedStep]> {
    let mut parts = Vec::new();
    while !ended.is_empty() {
        let mut bytes = 0;
        let fits = ended.iter().take_while(|EndedStep { step, end }| {
            let before = bytes;
            bytes += 40 + step.name.len();
            if let StepEnd::Failed(failure) = end {
                bytes += failure.name.len() + failure.message.len();
            }
            before < size
        });
        let (part, rest) = ended.split_at(fits.count());
        parts.push(part);
        ended = rest;
    }
    parts
}

#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct StartFields<'a> {
    class: &'a str,
    instance_id: &'a str,
    workflow_name: &'a str,
    timestamp: i64,
    steps: u32,
    hold: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    check: bool,
    ended: Vec<Ended<'a>>,
    parts: usize,
    begun: Vec<Begun<'a>>,
    logs: u8,
}

struct Ended<'a>(&'a EndedStep);

impl Serialize for Ended<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let EndedStep { step, end } = self.0;
        let mut fields = serializer.serialize_seq(None)?;
        fields.serialize_element(match step.kind {
            StepKind::Do => "do",
            StepKind::Sleep => "sleep",
            StepKind::WaitForEvent => "wait",
        })?;
        fields.serialize_element(&*step.name)?;
        fields.serialize_element(&step.count)?;
        match end {
            StepEnd::Value => fields.serialize_element(&0)?,
            StepEnd::Done => fields.serialize_element(&1)?,
            StepEnd::Event { event_ms, event_type } => {
                fields.serialize_element(&2)?;
                fields.serialize_element(event_ms)?;
                fields.serialize_element(&**event_type)?;
            }
            StepEnd::Failed(failure) => {
                fields.serialize_element(&3)?;
                fields.serialize_element(&failure.name)?;
                fields.serialize_element(&failure.message)?;
            }
        }
        fields.end()
    }
}

struct Begun<'a>(&'a BegunStep);

impl Serialize for Begun<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let BegunStep { step, config } = self.0;
        (&*step.name, step.count, Resolved::from(config)).serialize(serializer)
    }
}

/// The frame of one message. Each that settles a call must be a frame of its own.
pub(super) fn message(run: u64, message: &ToRun) -> Message {
    let mut frame = FrameWriter::new(run);
    let line = frame.line();
    let written = match message {
        ToRun::Recorded { call } => write!(line, "[\"ok\",{}]", call.0),
        ToRun::Done { call } => write!(line, "[\"done\",{}]", call.0),
        ToRun::Attempt { call, attempt } => write!(line, "[\"try\",{},{attempt}]", call.0),
        ToRun::Hold => write!(line, "[\"hold\"]"),
        ToRun::AskIdle => write!(line, "[\"idle?\"]"),
        ToRun::Event {
            call,
            value,
            event_ms,
            event_type,
        } => {
            let written = write!(line, "[\"event\",{},{event_ms},{}]", call.0, quoted(event_type));
            frame.value(value);
            written
        }
        ToRun::Rejected { call, failure } => {
            let (name, message) = (quoted(&failure.name), quoted(&failure.message));
            write!(line, "[\"no\",{},{name},{message}]", call.0)
        }
    };
    debug_assert!(written.is_ok(), "writing to a String cannot fail");
    frame.finish()
}

/// The answer to a `config` message.
pub(super) fn config(run: u64, question: u32, answer: &str) -> Message {
    let mut frame = FrameWriter::new(run);
    let _ = write!(frame.line(), "[\"config\",{question},{answer}]");
    frame.finish()
}

/// Says what is wanted of a run's lines from now on.
pub(super) fn logs(run: u64, wanted: u8) -> Message {
    let mut frame = FrameWriter::new(run);
    let _ = write!(frame.line(), "[\"logs\",{wanted}]");
    frame.finish()
}

/// Appends a recorded value to a frame.
pub(super) fn value(frame: &mut FrameWriter, position: u32, value: &Value) {
    let _ = write!(frame.line(), "[\"v\",{position}]");
    frame.value(value);
}

fn quoted(text: &str) -> serde_json::Value {
    serde_json::Value::from(text)
}
