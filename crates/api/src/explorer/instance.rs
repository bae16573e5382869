//! `/workflows/{name}/instances/{id}`.

use super::refusal;
use crate::shape::envelope::{Problem, Success};
use crate::shape::instance;
use crate::shape::step::Style;
use serde_json::json;
use stepwell_engine::{Inspection, Operations};

/// Everything about it.
pub(super) async fn describe(engine: &impl Inspection, workflow: &str, id: &str) -> Result<Success, Problem> {
    let detail = engine
        .describe(workflow, id, true)
        .await
        .map_err(|error| refusal::of_instance(&error, workflow, id))?;
    Ok(Success::of(instance::detail(&detail, Style::Values)))
}

/// Why it is not moving.
pub(super) async fn reason(engine: &impl Inspection, workflow: &str, id: &str) -> Result<Success, Problem> {
    let why = engine
        .reason(workflow, id)
        .await
        .map_err(|error| refusal::of_instance(&error, workflow, id))?;
    Ok(Success::of(crate::shape::reason::json(&why, workflow, id)))
}

/// Ends it and removes everything about it.
pub(super) async fn delete(engine: &impl Operations, workflow: &str, id: &str) -> Result<Success, Problem> {
    engine
        .delete(workflow, id)
        .await
        .map_err(|error| refusal::of_instance(&error, workflow, id))?;
    Ok(Success::of(json!({ "success": true })))
}
