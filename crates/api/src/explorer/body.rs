//! The body of a request. Its `Content-Type` does not matter: clients send JSON as plain text, too.

use super::refusal;
use crate::shape::envelope::Problem;
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use serde_json::Value as Json;

/// The largest body: 1 MiB of payload in its longest spelling (`\u0000`), and something around it.
const LARGEST: usize = 8 * 1024 * 1024;

/// Reads a body to its end.
pub(super) async fn read(body: Incoming) -> Result<Bytes, Problem> {
    match Limited::new(body, LARGEST).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(refusal::too_large(LARGEST)),
        Err(error) => Err(refusal::invalid(format!(
            "The request body cannot be read: {error}"
        ))),
    }
}

/// The body as text, which is not empty and not only space; `None` if there is none.
pub(super) fn text(body: &[u8]) -> Result<Option<&str>, Problem> {
    let text = std::str::from_utf8(body).map_err(|_| not_json())?;
    Ok(Some(text).filter(|text| !text.trim_ascii().is_empty()))
}

/// The body as JSON; `None` if there is none.
pub(super) fn json(body: &[u8]) -> Result<Option<Json>, Problem> {
    let text = text(body)?;
    text.map(|text| serde_json::from_str(text).map_err(|_| not_json()))
        .transpose()
}

/// The body is not what it should be.
pub(super) fn not_json() -> Problem {
    refusal::invalid("Invalid JSON request body")
}

/// What a value is, for a message that says what it should be.
pub(super) fn kind(value: Option<&Json>) -> &'static str {
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
pub(super) fn wrong_kind(field: &str, expected: &str, given: Option<&Json>) -> String {
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
