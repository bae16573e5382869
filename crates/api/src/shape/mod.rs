//! JSON as the Local Explorer's API and the account API have it in common: the envelope, instances and their steps.

pub(crate) mod envelope;
pub(crate) mod instance;
pub(crate) mod reason;
pub(crate) mod step;

use serde_json::{Value as Json, json};
use std::time::{SystemTime, UNIX_EPOCH};
use stepwell_core::failure::Failure;
use stepwell_core::value::{Value, iso_string};

/// A time as the APIs write it: ISO 8601 in UTC. `null` for what JavaScript has no date for.
pub(crate) fn time(ms: i64) -> Json {
    iso_string(ms as f64).map_or(Json::Null, Json::String)
}

/// The time by this machine's clock, in Unix milliseconds.
pub(crate) fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    now.as_millis() as i64
}

/// A time that may not have come yet.
pub(crate) fn maybe_time(ms: Option<i64>) -> Json {
    ms.map_or(Json::Null, time)
}

/// A value of user code.
pub(crate) fn value(value: &Value) -> Json {
    value
        .to_json()
        .unwrap_or_else(|error| json!(format!("[this value cannot be shown: {error}]")))
}

/// A value that may not be there.
pub(crate) fn maybe_value(given: Option<&Value>) -> Json {
    given.map_or(Json::Null, value)
}

/// An error of user code or of the engine, if there is one.
pub(crate) fn failure(failure: Option<&Failure>) -> Json {
    failure.map_or(
        Json::Null,
        |failure| json!({ "name": failure.name, "message": failure.message }),
    )
}
