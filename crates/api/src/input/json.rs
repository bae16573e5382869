//! JSON in bodies. Their `Content-Type` does not matter: clients send JSON as plain text, too.

use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;
use serde_json::value::RawValue;

/// What is said of a body that is no JSON.
pub(crate) const NOT_JSON: &str = "Invalid JSON request body";

/// A body that is no JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{NOT_JSON}")]
pub(crate) struct NotJson;

/// The body as text, which is not empty and not only space; `None` if there is none.
pub(crate) fn text(body: &[u8]) -> Result<Option<&str>, NotJson> {
    let text = std::str::from_utf8(body).map_err(|_| NotJson)?;
    Ok(Some(text).filter(|text| !text.trim_ascii().is_empty()))
}

/// The body as JSON; `None` if there is none.
pub(crate) fn value(body: &[u8]) -> Result<Option<Json>, NotJson> {
    let text = text(body)?;
    text.map(|text| serde_json::from_str(text).map_err(|_| NotJson))
        .transpose()
}

/// A field of raw JSON that may be absent. Unlike serde's own reading it keeps `null`, which is a value.
pub(crate) fn raw<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// What a value is, for a message that says what it should be.
fn kind(value: Option<&Json>) -> &'static str {
    match value {
        None => "undefined",
        Some(Json::Null) => "null",
        Some(Json::Bool(_)) => "boolean",
        Some(Json::Number(_)) => "number",
        Some(Json::String(_)) => "string",
        Some(Json::Array(_)) => "array",
        Some(Json::Object(_)) => "object",
    }
}

/// `field` is of the wrong kind; an empty name stands for the body itself.
pub(crate) fn wrong_kind(field: &str, expected: &str, given: Option<&Json>) -> String {
    let prefix = if field.is_empty() {
        String::new()
    } else {
        format!("{field}: ")
    };
    format!(
        "{prefix}Invalid input: expected {expected}, received {}",
        kind(given)
    )
}
