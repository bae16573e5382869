//! Messages of the shim.

use super::configs::Configs;
use super::frame::{FrameError, FrameReader};
use crate::logs::SentLine;
use serde::de::{Deserialize, Deserializer, Error as _, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;
use stepwell_core::failure::Failure;
use stepwell_core::ids::CallId;
use stepwell_core::run::{FromRun, Verdict};
use stepwell_core::step::{StepKey, StepKind};

/// A message of the shim.
#[derive(Debug, PartialEq)]
pub(super) enum Incoming {
    /// One for the engine.
    Message(FromRun),
    /// [`FromRun::Failed`], and the step as logs name it.
    Failed(FromRun, String),
    /// The run's last one for the engine.
    End(FromRun, Remains),
    /// So many replayed values have been taken.
    Taken(u32),
    /// The recorded end at this position was asked for.
    Asked(u32),
    /// A config to look at.
    Config {
        /// To be named in the answer.
        question: u32,
        /// The step that asks.
        step: String,
        /// The config, JSON text.
        raw: String,
    },
    /// A line that user code logged.
    Log(SentLine),
    /// What an ended run had left behind is gone.
    Quiet,
}

/// What a run left behind on its socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remains {
    /// Something that still runs: a timer, a promise given to `waitUntil`, a step.
    Open,
    /// Nothing; the socket may carry another run.
    Nothing,
    /// Nothing that runs, but perhaps I/O objects in the module's variables, which must not work in another run.
    Objects,
}

impl Incoming {
    /// The next message of a frame.
    pub(super) fn next(frame: &mut FrameReader, configs: &mut Configs) -> Result<Option<Self>, FrameError> {
        let Some(line) = frame.line() else {
            return Ok(None);
        };
        let raw: Raw<'_> = serde_json::from_str(line.text())?;
        Ok(Some(raw.resolve(frame, configs)?))
    }
}

/// A message as it is on the wire, borrowed from its line.
enum Raw<'a> {
    Do {
        call: u32,
        name: Text<'a>,
        count: u32,
        started: u8,
        config: &'a RawValue,
    },
    Succeeded(u32, u32),
    Failed(u32, u32, String, Failure, &'a RawValue),
    Sleep(u32, StepKey, &'a RawValue),
    Until(u32, StepKey, Option<i64>),
    Wait(u32, StepKey, String, &'a RawValue),
    Return(Remains),
    Throw(Failure, Remains),
    Idle(u32),
    Config(u32, String, &'a RawValue),
    More(u32),
    Asked(u32),
    Log(SentLine),
    Quiet,
}

impl Raw<'_> {
    fn resolve(self, frame: &mut FrameReader, configs: &mut Configs) -> Result<Incoming, FrameError> {
        let message = match self {
            Raw::Do {
                call,
                name,
                count,
                started,
                config,
            } => FromRun::Do {
                call: CallId(call),
                config: configs.known(&name.0, config.get())?,
                step: StepKey::new(StepKind::Do, &*name.0, count),
                started: started == 1,
            },
            Raw::Succeeded(call, attempt) => FromRun::Succeeded {
                call: CallId(call),
                attempt,
                value: frame.value()?,
            },
            Raw::Failed(call, attempt, step, failure, verdict) => {
                let failed = FromRun::Failed {
                    call: CallId(call),
                    attempt,
                    failure,
                    verdict: read_verdict(verdict)?,
                };
                return Ok(Incoming::Failed(failed, step));
            }
            Raw::Sleep(call, step, duration) => FromRun::Sleep {
                call: CallId(call),
                step,
                duration: lenient(duration),
            },
            Raw::Until(call, step, until_ms) => FromRun::SleepUntil {
                call: CallId(call),
                step,
                until_ms,
            },
            Raw::Wait(call, step, event_type, timeout) => FromRun::Wait {
                call: CallId(call),
                step,
                event_type,
                timeout: (timeout.get() != "null").then(|| lenient(timeout)),
            },
            Raw::Return(remains) => {
                let value = frame.value()?;
                let clean = remains == Remains::Nothing;
                return Ok(Incoming::End(FromRun::Returned { value, clean }, remains));
            }
            Raw::Throw(failure, remains) => {
                let clean = remains == Remains::Nothing;
                return Ok(Incoming::End(FromRun::Threw { failure, clean }, remains));
            }
            Raw::Idle(pending_outside) => FromRun::Idle { pending_outside },
            Raw::Log(line) => return Ok(Incoming::Log(line)),
            Raw::Config(question, step, raw) => {
                let raw = raw.get().to_owned();
                return Ok(Incoming::Config { question, step, raw });
            }
            Raw::More(values) => return Ok(Incoming::Taken(values)),
            Raw::Asked(position) => return Ok(Incoming::Asked(position)),
            Raw::Quiet => return Ok(Incoming::Quiet),
        };
        Ok(Incoming::Message(message))
    }
}

/// What the user wrote, as JSON; what is too deep to be read is no duration anyway.
fn lenient(raw: &RawValue) -> serde_json::Value {
    serde_json::from_str(raw.get()).unwrap_or(serde_json::Value::Null)
}

fn read_verdict(raw: &RawValue) -> Result<Verdict, serde_json::Error> {
    match raw.get() {
        "0" => return Ok(Verdict::Retry),
        "2" => return Ok(Verdict::Final),
        _ => {}
    }
    match serde_json::from_str(raw.get())? {
        VerdictFields::Retry(1, delay) => Ok(Verdict::RetryAfter(delay)),
        VerdictFields::End(3, name, message) => Ok(Verdict::EndInstance(Failure::new(name, message))),
        _ => Err(serde_json::Error::custom("an unknown verdict")),
    }
}

#[derive(serde::Deserialize)]
#[serde(untagged)]
enum VerdictFields {
    Retry(u8, serde_json::Value),
    End(u8, String, String),
}

/// A string, borrowed from the line unless it has escapes.
struct Text<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(TextVisitor)
    }
}

impl<'de> Deserialize<'de> for Raw<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RawVisitor;
        impl<'de> Visitor<'de> for RawVisitor {
            type Value = Raw<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a message: an array that begins with its type")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
                let kind: Text<'de> = field(&mut fields)?;
                let message = read(&kind.0, &mut fields)?;
                // Fields that a message does not have are an error, not something to skip.
                match fields.next_element::<serde::de::IgnoredAny>()? {
                    None => Ok(message),
                    Some(_) => Err(A::Error::custom("too many fields")),
                }
            }
        }
        deserializer.deserialize_seq(RawVisitor)
    }
}

fn field<'de, A: SeqAccess<'de>, T: Deserialize<'de>>(fields: &mut A) -> Result<T, A::Error> {
    fields
        .next_element()?
        .ok_or_else(|| A::Error::custom("a field is missing"))
}

fn key<'de, A: SeqAccess<'de>>(fields: &mut A, kind: StepKind) -> Result<StepKey, A::Error> {
    let name: Text<'de> = field(fields)?;
    Ok(StepKey::new(kind, &*name.0, field(fields)?))
}

fn failure<'de, A: SeqAccess<'de>>(fields: &mut A) -> Result<Failure, A::Error> {
    Ok(Failure {
        name: field(fields)?,
        message: field(fields)?,
        stack: field(fields)?,
    })
}

fn remains<'de, A: SeqAccess<'de>>(fields: &mut A) -> Result<Remains, A::Error> {
    match field(fields)? {
        0_u8 => Ok(Remains::Open),
        1 => Ok(Remains::Nothing),
        2 => Ok(Remains::Objects),
        _ => Err(A::Error::custom("an unknown state of the socket")),
    }
}

fn read<'de, A: SeqAccess<'de>>(kind: &str, f: &mut A) -> Result<Raw<'de>, A::Error> {
    Ok(match kind {
        "do" => Raw::Do {
            call: field(f)?,
            name: field(f)?,
            count: field(f)?,
            started: field(f)?,
            config: field(f)?,
        },
        "+" => Raw::Succeeded(field(f)?, field(f)?),
        "-" => Raw::Failed(field(f)?, field(f)?, field(f)?, failure(f)?, field(f)?),
        "sleep" => Raw::Sleep(field(f)?, key(f, StepKind::Sleep)?, field(f)?),
        "until" => Raw::Until(field(f)?, key(f, StepKind::Sleep)?, field(f)?),
        "wait" => Raw::Wait(field(f)?, key(f, StepKind::WaitForEvent)?, field(f)?, field(f)?),
        "return" => Raw::Return(remains(f)?),
        "throw" => Raw::Throw(failure(f)?, remains(f)?),
        "idle" => Raw::Idle(field(f)?),
        "config" => Raw::Config(field(f)?, field(f)?, field(f)?),
        "more" => Raw::More(field(f)?),
        "asked" => Raw::Asked(field(f)?),
        "log" => Raw::Log(SentLine {
            level: field(f)?,
            step: field(f)?,
            attempt: field(f)?,
            text: field(f)?,
            message: field::<A, &RawValue>(f)?.get().to_owned(),
        }),
        "quiet" => Raw::Quiet,
        _ => return Err(A::Error::custom("a message of an unknown type")),
    })
}
