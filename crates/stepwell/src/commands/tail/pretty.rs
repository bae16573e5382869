//! An event as lines for people, as `wrangler tail` has them; a run's names its instance and step too.

use crate::printer::moment;
use serde_json::Value;

/// The lines of an event.
pub(super) fn event(event: &Value) -> String {
    let mut lines = vec![head(event)];
    for log in list(&event["logs"]) {
        let message = match &log["message"] {
            Value::Array(values) => values.iter().map(shown).collect::<Vec<_>>().join(" "),
            other => shown(other),
        };
        lines.push(format!("  ({}) {}", text(&log["level"]), indented(&message)));
    }
    for exception in list(&event["exceptions"]) {
        let stack = exception["stack"]
            .as_str()
            .map(|stack| format!("\n{}", escaped(stack)));
        let message = indented(&shown(&exception["message"]));
        let what = format!("{}: {message}", text(&exception["name"]));
        lines.push(format!("{what}{}", stack.unwrap_or_default()));
    }
    lines.join("\n")
}

fn head(message: &Value) -> String {
    let event = &message["event"];
    let outcome = outcome(message["outcome"].as_str().unwrap_or_default());
    let at = |time: &Value| time.as_i64().map(moment::absolute).unwrap_or_default();
    let time = at(&message["eventTimestamp"]);
    if message["instance"].is_string() {
        let workflow = text(&message["workflow"]);
        let step = message["step"]
            .as_str()
            .map(|_| format!(" {}", text(&message["step"])))
            .unwrap_or_default();
        let attempt = message["attempt"].as_u64().filter(|attempt| *attempt > 1);
        let attempt = attempt
            .map(|attempt| format!(" (attempt {attempt})"))
            .unwrap_or_default();
        // A line is no end of anything.
        let ended = if list(&message["exceptions"]).is_empty() {
            String::new()
        } else {
            format!(" - {outcome}")
        };
        return format!(
            "{workflow}/{}{step}{attempt}{ended} @ {time}",
            text(&message["instance"])
        );
    }
    if event["cron"].is_string() {
        return format!(
            "\"{}\" @ {} - {outcome}",
            text(&event["cron"]),
            at(&event["scheduledTime"])
        );
    }
    if event["request"].is_object() {
        let request = &event["request"];
        return format!(
            "{} {} - {outcome} @ {time}",
            text(&request["method"]),
            text(&request["url"])
        );
    }
    if event["queue"].is_string() {
        let size = event["batchSize"].as_u64().unwrap_or_default();
        let plural = if size == 1 { "" } else { "s" };
        return format!(
            "Queue {} ({size} message{plural}) - {outcome} @ {time}",
            text(&event["queue"])
        );
    }
    if event["rpcMethod"].is_string() {
        return format!(
            "{}.{} - {outcome} @ {time}",
            text(&message["entrypoint"]),
            text(&event["rpcMethod"])
        );
    }
    if event["scheduledTime"].is_number() {
        return format!("Alarm @ {} - {outcome}", at(&event["scheduledTime"]));
    }
    if event["type"].is_string() && event["message"].is_string() {
        return text(&event["message"]);
    }
    format!("Unknown Event - {outcome} @ {time}")
}

fn outcome(outcome: &str) -> &str {
    match outcome {
        "ok" => "Ok",
        "canceled" => "Canceled",
        "exception" => "Exception Thrown",
        "exceededCpu" => "Exceeded CPU Limit",
        "exceededMemory" => "Exceeded Memory Limit",
        _ => "Unknown",
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// What is part of a line.
fn text(value: &Value) -> String {
    escaped(value.as_str().unwrap_or_default()).replace('\n', "\\n")
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => escaped(text),
        other => other.to_string(),
    }
}

/// What is said in several lines is one thing: none of them begins where events begin.
fn indented(text: &str) -> String {
    text.replace('\n', "\n    ")
}

/// A Worker must not steer the terminal of who watches it.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() && c != '\n' && c != '\t' {
            escaped.push_str(&c.escape_unicode().to_string());
        } else {
            escaped.push(c);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::event;
    use serde_json::json;

    #[test]
    fn events_of_every_kind() {
        let of = |event_field: serde_json::Value| {
            event(
                &json!({ "outcome": "ok", "eventTimestamp": 1_795_392_000_000_i64, "entrypoint": "Admin",
                "event": event_field, "logs": [], "exceptions": [] }),
            )
        };
        let time = "2026-11-23 00:00:00Z";
        assert_eq!(
            of(json!({ "request": { "method": "GET", "url": "http://a/b" } })),
            format!("GET http://a/b - Ok @ {time}")
        );
        assert_eq!(
            of(json!({ "rpcMethod": "ping" })),
            format!("Admin.ping - Ok @ {time}")
        );
        assert_eq!(
            of(json!({ "queue": "jobs", "batchSize": 1 })),
            format!("Queue jobs (1 message) - Ok @ {time}")
        );
        assert_eq!(
            of(json!({ "cron": "* * * * *", "scheduledTime": 1_795_392_000_000_i64 })),
            format!("\"* * * * *\" @ {time} - Ok")
        );
        assert_eq!(of(json!(null)), format!("Unknown Event - Ok @ {time}"));
    }

    #[test]
    fn a_line_of_a_run_names_its_step_and_cannot_steer_the_terminal() {
        let line = json!({ "outcome": "ok", "eventTimestamp": 1_795_392_000_000_i64, "workflow": "flow", "instance": "i1",
            "step": "charge-1", "attempt": 2, "event": { "rpcMethod": "run" },
            "logs": [{ "level": "log", "message": ["a\u{1b}[2Jb", { "c": 1 }] }], "exceptions": [] });
        assert_eq!(
            event(&line),
            "flow/i1 charge-1 (attempt 2) @ 2026-11-23 00:00:00Z\n  (log) a\\u{1b}[2Jb {\"c\":1}"
        );
    }

    #[test]
    fn what_has_several_lines_cannot_look_like_several_events() {
        let event_of_run = json!({ "outcome": "exception", "eventTimestamp": 1_795_392_000_000_i64, "workflow": "flow",
            "instance": "i1", "event": { "rpcMethod": "run" }, "logs": [{ "level": "log", "message": ["a\nflow/i2 @ then"] }],
            "exceptions": [{ "name": "Error\nx", "message": "b\nc", "stack": "    at d (src/index.ts:1:2)" }] });
        assert_eq!(
            event(&event_of_run),
            "flow/i1 - Exception Thrown @ 2026-11-23 00:00:00Z\n  (log) a\n    flow/i2 @ then\nError\\nx: b\n    c\n    at d (src/index.ts:1:2)"
        );
    }
}
