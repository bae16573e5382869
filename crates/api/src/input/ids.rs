//! Several ids at once: the body of `POST …/instances/batch/delete`.

use super::json;
use serde_json::Value as Json;
use stepwell_core::{limits, names};

/// The ids of `{ instances: [id, …] }`. The error is everything that is wrong with it, in words.
pub(crate) fn parse(given: &[u8]) -> Result<Vec<String>, Vec<String>> {
    let body = json::value(given).map_err(|error| vec![error.to_string()])?;
    let body = body.unwrap_or_else(|| Json::Object(serde_json::Map::new()));
    if !body.is_object() {
        return Err(vec![json::wrong_kind("", "object", Some(&body))]);
    }
    let instances = body.get("instances");
    let Some(instances) = instances.and_then(Json::as_array) else {
        return Err(vec![json::wrong_kind("instances", "array", instances)]);
    };
    read("instances", instances)
}

/// The ids of a bare array. The error is everything that is wrong with it, in words.
pub(crate) fn parse_array(given: &[u8]) -> Result<Vec<String>, Vec<String>> {
    let body = json::value(given).map_err(|error| vec![error.to_string()])?;
    let Some(Json::Array(instances)) = &body else {
        return Err(vec![json::wrong_kind("", "array", body.as_ref())]);
    };
    read("", instances)
}

/// The ids of the array with this name; none for the body itself.
fn read(array: &str, instances: &[Json]) -> Result<Vec<String>, Vec<String>> {
    let prefix = |separator| {
        if array.is_empty() {
            String::new()
        } else {
            format!("{array}{separator}")
        }
    };
    let mut ids = Vec::with_capacity(instances.len());
    let mut wrong = Vec::new();
    for (index, instance) in instances.iter().enumerate() {
        let field = format!("{}{index}", prefix("."));
        match instance {
            Json::String(id) => {
                check(id, &field, &mut wrong);
                ids.push(id.clone());
            }
            other => wrong.push(json::wrong_kind(&field, "string", Some(other))),
        }
    }
    if instances.is_empty() {
        wrong.push(format!(
            "{}Too small: expected array to have >=1 items",
            prefix(": ")
        ));
    }
    if instances.len() as u64 > limits::BATCH_INSTANCES {
        wrong.push(format!(
            "{}Too big: expected array to have <={} items",
            prefix(": "),
            limits::BATCH_INSTANCES
        ));
    }
    if wrong.is_empty() { Ok(ids) } else { Err(wrong) }
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
