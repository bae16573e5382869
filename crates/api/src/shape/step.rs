//! Steps of an instance (spec 4.6).

use super::{failure, maybe_time, maybe_value, time, value};
use serde_json::{Value as Json, json};
use stepwell_engine::inspect::{AttemptDetail, StepDetail, StepKind};

/// What is shown for the result of a step that is marked as sensitive.
const REDACTED: &str = "[REDACTED]";

/// One step. `None` for what is no step to those who ask: that somebody ended the instance is in its status.
pub(crate) fn json(step: &StepDetail) -> Option<Json> {
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
            // Absent while there is none: null would be a result.
            if let Some(output) = output {
                json["output"] = if config.sensitive {
                    json!(REDACTED)
                } else {
                    value(output)
                };
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
            json!({
                "name": name, "start": start, "end": ended(*finished, end), "finished": finished,
                "type": "waitForEvent", "error": failure(error.as_ref()), "output": event,
            })
        }
        StepKind::Termination => return None,
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
