//! `POST /workflows/{name}/instances/batch/delete`.

use super::{body, refusal};
use crate::shape::envelope::{Problem, Success};
use serde_json::{Value as Json, json};
use stepwell_core::{limits, names};
use stepwell_engine::Operations;
use stepwell_engine::operations::OperationError;

/// Code and text of an id that does not exist, as the binding's `deleteBatch` has them.
const MISSING: (u32, &str) = (10400, "workflows.api.error.instance.not_found");

/// Deletes the instances of `{ instances: [id, …] }`, and says of each whether it was there.
pub(super) async fn delete(
    engine: &impl Operations,
    workflow: &str,
    body: &[u8],
) -> Result<Success, Problem> {
    let ids = parse(body)?;
    let outcomes = engine
        .delete_batch(workflow, ids.clone())
        .await
        .map_err(|error| refusal::of_workflow(&error, workflow))?;
    let (mut deleted, mut errors) = (Vec::new(), Vec::new());
    for (id, outcome) in ids.iter().zip(outcomes) {
        match outcome {
            Ok(()) => deleted.push(json!({ "id": id })),
            Err(OperationError::NotFound | OperationError::Gone) => {
                let (code, message) = MISSING;
                errors.push(json!({ "id": id, "code": code, "message": message }));
            }
            Err(error) => return Err(refusal::of_instance(&error, workflow, id)),
        }
    }
    Ok(Success::of(json!({ "deleted": deleted, "errors": errors })))
}

fn parse(given: &[u8]) -> Result<Vec<String>, Problem> {
    let json = body::json(given)?.unwrap_or_else(|| json!({}));
    if !json.is_object() {
        return Err(refusal::invalid(body::wrong_kind("", "object", Some(&json))));
    }
    let Some(instances) = json.get("instances").and_then(Json::as_array) else {
        return Err(refusal::invalid(body::wrong_kind(
            "instances",
            "array",
            json.get("instances"),
        )));
    };
    let mut ids = Vec::with_capacity(instances.len());
    let mut wrong = Vec::new();
    for (index, instance) in instances.iter().enumerate() {
        let field = format!("instances.{index}");
        match instance {
            Json::String(id) => {
                check(id, &field, &mut wrong);
                ids.push(id.clone());
            }
            other => wrong.push(body::wrong_kind(&field, "string", Some(other))),
        }
    }
    if instances.is_empty() {
        wrong.push("instances: Too small: expected array to have >=1 items".to_owned());
    }
    if instances.len() as u64 > limits::BATCH_INSTANCES {
        wrong.push(format!(
            "instances: Too big: expected array to have <={} items",
            limits::BATCH_INSTANCES
        ));
    }
    if wrong.is_empty() {
        Ok(ids)
    } else {
        Err(refusal::invalid_fields(wrong))
    }
}

/// What is wrong with an id: the rule of [`names::check_addressable_id`], in the words of the original.
fn check(id: &str, field: &str, wrong: &mut Vec<String>) {
    if id.is_empty() {
        wrong.push(format!(
            "{field}: Too small: expected string to have >=1 characters"
        ));
    }
    if id.len() as u64 > limits::ADDRESSABLE_ID_CHARS {
        wrong.push(format!(
            "{field}: Too big: expected string to have <={} characters",
            limits::ADDRESSABLE_ID_CHARS
        ));
    } else if names::check_addressable_id(id).is_err() {
        wrong.push(format!(
            r"{field}: Invalid string: must match pattern /^[a-zA-Z0-9, *\/#_-]+$/"
        ));
    }
}
