//! `/workflows` and `/workflows/{name}`.

use super::refusal;
use crate::shape::envelope::{Problem, Success};
use crate::shape::instance;
use serde_json::{Value as Json, json};
use stepwell_engine::Inspection;

/// The Workflows.
pub(super) async fn list(engine: &impl Inspection) -> Result<Success, Problem> {
    let workflows = engine
        .workflows()
        .await
        .map_err(|error| refusal::of_workflow(&error, ""))?;
    let result: Vec<Json> = workflows
        .iter()
        .map(|workflow| {
            json!({
                "name": *workflow.name, "class_name": *workflow.class_name, "script_name": *workflow.script_name,
            })
        })
        .collect();
    let info = json!({ "count": result.len() });
    Ok(Success::list(Json::Array(result), info))
}

/// One Workflow, and how many instances it has.
pub(super) async fn describe(engine: &impl Inspection, name: &str) -> Result<Success, Problem> {
    let workflow = engine
        .workflow(name)
        .await
        .map_err(|error| refusal::of_workflow(&error, name))?;
    Ok(Success::of(json!({
        "name": *workflow.name,
        "class_name": *workflow.class_name,
        "script_name": *workflow.script_name,
        "instances": instance::all_counts(&workflow.counts),
    })))
}

/// Deletes every instance. The Workflow stays: the code defines it.
pub(super) async fn delete(engine: &impl Inspection, name: &str) -> Result<Success, Problem> {
    engine
        .delete_all(name)
        .await
        .map_err(|error| refusal::of_workflow(&error, name))?;
    Ok(Success::of(json!({ "status": "ok", "success": true })))
}
