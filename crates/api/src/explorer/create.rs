//! `POST /workflows/{name}/instances`.

use super::refusal;
use crate::input::json::{self as input, NotJson};
use crate::shape::envelope::{Problem, Success};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value as Json, json};
use stepwell_core::names;
use stepwell_core::value::Value;
use stepwell_engine::Operations;
use stepwell_engine::operations::Create;
use stepwell_store::Trigger;

/// What a client may say. The params stay text, which keeps numbers and the order of keys.
#[derive(Debug, Default, Deserialize)]
struct Wanted<'a> {
    id: Option<Json>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
}

/// Creates an instance. The body is `{ id?, params? }`, or nothing.
pub(super) async fn create(
    engine: &impl Operations,
    workflow: &str,
    body: &[u8],
) -> Result<Success, Problem> {
    let request = parse(body)?;
    let id = request.id.clone().unwrap_or_default();
    let id = engine
        .create(workflow, request)
        .await
        .map_err(|error| refusal::of_instance(&error, workflow, &id))?;
    Ok(Success::of(json!({ "id": *id })))
}

fn parse(given: &[u8]) -> Result<Create, Problem> {
    let wanted = match input::text(given)? {
        Some(text) if text.trim_ascii_start().starts_with('{') => {
            serde_json::from_str(text).map_err(|_| NotJson)?
        }
        Some(_) => {
            let json = input::value(given)?;
            return Err(refusal::invalid(input::wrong_kind("", "object", json.as_ref())));
        }
        None => Wanted::default(),
    };
    let id = match wanted.id {
        None => None,
        Some(Json::String(id)) => Some(id),
        Some(_) => {
            return Err(refusal::invalid(format!(
                "WorkflowError: {}",
                names::Error::InstanceId
            )));
        }
    };
    let params = wanted
        .params
        .map(|params| Value::json_text(params.get()))
        .transpose()
        .map_err(|error| refusal::invalid(format!("params: {error}")))?;
    Ok(Create {
        id,
        params,
        options: Json::Null,
        trigger: Trigger::Api,
    })
}
