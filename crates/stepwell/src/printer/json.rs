//! The log for programs: one JSON object a line.

use super::event::Line;
use serde_json::{Map, Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// A log event.
pub(super) fn line(line: &Line) -> String {
    let mut object = Map::new();
    object.insert("time_ms".into(), now_ms());
    object.insert("level".into(), line.level.as_str().to_lowercase().into());
    object.insert("target".into(), line.target.as_str().into());
    object.insert("message".into(), line.message.as_str().into());
    for (name, value) in &line.fields {
        object.insert((*name).into(), value.clone());
    }
    Value::Object(object).to_string()
}

/// A message of the command itself.
pub(super) fn message(level: &str, text: &str) -> String {
    json!({ "time_ms": now_ms(), "level": level, "target": "stepwell", "message": text }).to_string()
}

fn now_ms() -> Value {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as u64)
        .into()
}
