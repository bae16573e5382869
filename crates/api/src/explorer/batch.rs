//! `POST /workflows/{name}/instances/batch/delete`.

use super::refusal;
use crate::input::ids;
use crate::shape::envelope::{Problem, Success};
use serde_json::json;
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
    let ids = ids::parse(body).map_err(refusal::invalid_fields)?;
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
