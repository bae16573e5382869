//! Steps of an instance (spec 4.6).

use super::{failure, maybe_time, maybe_value, time};
use serde_json::{Value as Json, json};
use stepwell_core::limits;
use stepwell_core::value::Value;
use stepwell_engine::inspect::{AttemptDetail, StepDetail, StepKind};

/// What is shown for the result of a step that is marked as sensitive.
pub(crate) const REDACTED: &str = "[REDACTED]";

/// How an API shows what steps gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// The Local Explorer's: results as they are, absent while there are none. That somebody ended the instance is no step.
    Values,
    /// The account API's (spec 4.6): the beginnings of results as text in JSON, `null` while there are none.
    Previews,
}

impl Style {
    fn value(self, value: &Value) -> Json {
        match self {
            Self::Values => super::value(value),
            Self::Previews => json!(value.preview(limits::PREVIEW_CHARS as usize)),
        }
    }

    /// A value that is JSON already.
    fn json(self, json: Option<Json>) -> Json {
        match (self, json) {
            (Self::Previews, Some(json)) => self.value(&Value::from_json(&json)),
            (_, json) => json.unwrap_or_default(),
        }
    }
}

/// One step. `None` for what is no step in this style.
pub(crate) fn json(step: &StepDetail, style: Style) -> Option<Json> {
    let (name, start, end) = (&step.name, time(step.started_ms), maybe_time(step.ended_ms));
    let json = match &step.kind {
        StepKind::Do {
            config,
            attempts,
            success,
            output,
        } => {
            let mut json = json!({
                "name": name, "start": start, "end": end, "success": success, "type": "step",
                "config": config.shown,
                "attempts": attempts.iter().map(attempt).collect::<Vec<_>>(),
            });
            match output {
                Some(_) if config.sensitive => json["output"] = json!(REDACTED),
                Some(output) => json["output"] = style.value(output),
                // Absent where values are shown: null would be one.
                None if style == Style::Values => {}
                None => json["output"] = Json::Null,
            }
            json
        }
        StepKind::Sleep { finished, error } => json!({
            "name": name, "start": start, "end": ended(*finished, end), "finished": finished, "type": "sleep",
            "error": failure(error.as_ref()),
        }),
        StepKind::WaitForEvent {
            event_type,
            finished,
            error,
            event_ms,
            payload,
        } => {
            let event = event_ms.map(|ms| {
                json!({ "type": event_type, "payload": maybe_value(payload.as_ref()), "timestamp": time(ms) })
            });
            let mut json = json!({
                "name": name, "start": start, "end": ended(*finished, end), "finished": finished,
                "type": "waitForEvent", "error": failure(error.as_ref()), "output": style.json(event),
            });
            if style == Style::Previews {
                json["event_type"] = json!(event_type);
            }
            json
        }
        StepKind::Termination if style == Style::Values => return None,
        StepKind::Termination => json!({ "type": "termination", "trigger": { "source": "user" } }),
    };
    Some(json)
}

/// A sleep or a wait has an end only when it is over: wrangler takes one with an end for the last successful step.
fn ended(finished: bool, end: Json) -> Json {
    if finished { end } else { Json::Null }
}

fn attempt(attempt: &AttemptDetail) -> Json {
    json!({
        "start": time(attempt.started_ms),
        "end": maybe_time(attempt.ended_ms),
        "success": attempt.success,
        "error": failure(attempt.error.as_ref()),
    })
}
