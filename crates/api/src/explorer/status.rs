//! `PATCH /workflows/{name}/instances/{id}/status` (spec 4.8).

use super::refusal;
use crate::input::change::{self, Change};
use crate::shape::envelope::{Problem, Success};
use crate::shape::{now_ms, time};
use serde_json::json;
use stepwell_engine::Operations;

/// Changes the status, and answers with the one it has then.
pub(super) async fn change(
    engine: &impl Operations,
    workflow: &str,
    id: &str,
    body: &[u8],
) -> Result<Success, Problem> {
    let status = match change::parse(body).map_err(refusal::invalid_fields)? {
        Change::Pause => engine.pause(workflow, id).await,
        Change::Resume => engine.resume(workflow, id).await,
        Change::Terminate { rollback: true } => return Err(refusal::unsupported("terminate with rollback")),
        Change::Terminate { rollback: false } => engine.terminate(workflow, id).await,
        Change::Restart(from) => engine.restart(workflow, id, from).await,
    };
    let status = status.map_err(|error| refusal::of_instance(&error, workflow, id))?;
    Ok(Success::of(
        json!({ "status": status.as_str(), "timestamp": time(now_ms()) }),
    ))
}
