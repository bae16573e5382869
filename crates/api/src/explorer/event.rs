//! `POST /workflows/{name}/instances/{id}/events/{type}`.

use super::refusal;
use crate::input::json::{self as input, NotJson};
use crate::shape::envelope::{Problem, Success};
use serde_json::json;
use stepwell_core::value::Value;
use stepwell_engine::Operations;

/// Sends an event. The body is the payload; without one it is `undefined`.
pub(super) async fn send(
    engine: &impl Operations,
    workflow: &str,
    id: &str,
    event_type: &str,
    payload: &[u8],
) -> Result<Success, Problem> {
    let payload = match input::text(payload)? {
        Some(text) => Value::json_text(text).map_err(|_| NotJson)?,
        None => Value::undefined(),
    };
    engine
        .send_event(workflow, id, event_type, payload)
        .await
        .map_err(|error| refusal::of_instance(&error, workflow, id))?;
    Ok(Success::of(json!({ "success": true })))
}
