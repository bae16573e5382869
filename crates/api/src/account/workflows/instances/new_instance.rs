//! What a client says of an instance that is to be created (spec 4.4).

use crate::account::workflows::fields::DURATION;
use crate::input::json;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json};
use stepwell_core::value::Value;
use stepwell_core::{duration, names};
use stepwell_engine::operations::Create;
use stepwell_store::Trigger;
use utoipa::ToSchema;

/// Where an instance may be told to run. It is kept, and nothing else.
const LOCATIONS: [&str; 11] = [
    "wnam", "weur", "enam", "eeur", "apac", "apac-ne", "apac-se", "oc", "sam", "afr", "me",
];

/// The body for one instance.
#[derive(Debug, ToSchema)]
#[allow(dead_code)] // a schema only
pub(super) struct NewInstance {
    /// Its id; a random one if there is none.
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 100,
        pattern = "^[a-zA-Z0-9_][a-zA-Z0-9-_]*$"
    )]
    instance_id: Option<String>,
    /// The event's payload, any JSON. Text is text: it is not parsed once more.
    params: Option<Json>,
    /// How long it is kept after its end.
    #[schema(nullable = false)]
    instance_retention: Option<NewRetention>,
    /// Kept, without a meaning here.
    #[schema(nullable = false)]
    location_hint: Option<String>,
}

/// How long an instance is kept: milliseconds, or a text like `3 days`.
#[derive(Debug, ToSchema)]
#[allow(dead_code)] // a schema only
pub(super) struct NewRetention {
    success_retention: Option<Json>,
    error_retention: Option<Json>,
}

/// The same as it comes. The params stay text, which keeps numbers and the order of keys.
#[derive(Debug, Default, Deserialize)]
struct Wanted<'a> {
    instance_id: Option<Json>,
    #[serde(borrow, default, deserialize_with = "json::raw")]
    params: Option<&'a RawValue>,
    instance_retention: Option<Json>,
    location_hint: Option<Json>,
}

/// Reads a body, which may be empty. The error is everything that is wrong with it, in words.
pub(super) fn parse(body: &[u8]) -> Result<Create, Vec<String>> {
    match json::text(body)? {
        Some(text) => entry(text, ""),
        None => create(&Wanted::default(), ""),
    }
}

/// Reads the body of a batch.
pub(super) fn parse_batch(body: &[u8]) -> Result<Vec<Create>, Vec<String>> {
    let text = json::text(body)?.unwrap_or_default();
    if !text.trim_ascii_start().starts_with('[') {
        let body = json::value(body)?;
        return Err(vec![json::wrong_kind("", "array", body.as_ref())]);
    }
    let entries: Vec<&RawValue> = serde_json::from_str(text).map_err(|_| json::NotJson)?;
    let mut creates = Vec::with_capacity(entries.len().min(128));
    let mut wrong = Vec::new();
    for (index, one) in entries.iter().enumerate() {
        match entry(one.get(), &format!("{index}.")) {
            Ok(create) => creates.push(create),
            Err(reasons) => wrong.extend(reasons),
        }
        // One wrong shape for all of a million entries need not be said a million times.
        if wrong.len() >= 100 {
            break;
        }
    }
    if wrong.is_empty() { Ok(creates) } else { Err(wrong) }
}

fn entry(text: &str, prefix: &str) -> Result<Create, Vec<String>> {
    if text.trim_ascii_start().starts_with('{') {
        let wanted: Wanted<'_> = serde_json::from_str(text).map_err(|_| json::NotJson)?;
        return create(&wanted, prefix);
    }
    let value = json::value(text.as_bytes())?;
    let field = prefix.trim_end_matches('.');
    Err(vec![json::wrong_kind(field, "object", value.as_ref())])
}

fn create(wanted: &Wanted<'_>, prefix: &str) -> Result<Create, Vec<String>> {
    let mut wrong = Vec::new();
    let id = wanted.instance_id.as_ref().and_then(|id| {
        let read = read_id(id, prefix);
        read.map_err(|reason| wrong.push(reason)).ok()
    });
    let params = wanted
        .params
        .map(|params| Value::json_text(params.get()))
        .transpose();
    if let Err(error) = &params {
        wrong.push(format!("{prefix}params: {error}"));
    }
    let options = options(wanted, prefix, &mut wrong);
    if !wrong.is_empty() {
        return Err(wrong);
    }
    Ok(Create {
        id,
        params: params.unwrap_or_default(),
        options,
        trigger: Trigger::Api,
    })
}

fn read_id(id: &Json, prefix: &str) -> Result<String, String> {
    let Json::String(id) = id else {
        return Err(json::wrong_kind(
            &format!("{prefix}instance_id"),
            "string",
            Some(id),
        ));
    };
    // The reserved ones could be created, and never be asked for: they are paths.
    names::check_batch_instance_id(id).map_err(|error| format!("{prefix}instance_id: {error}"))?;
    Ok(id.clone())
}

/// Retention and location, as the binding's `create` hands them on.
fn options(wanted: &Wanted<'_>, prefix: &str, wrong: &mut Vec<String>) -> Json {
    let mut options = Map::new();
    match &wanted.instance_retention {
        None | Some(Json::Null) => {}
        Some(Json::Object(given)) => {
            let mut retention = Map::new();
            for (theirs, ours) in [
                ("success_retention", "successRetention"),
                ("error_retention", "errorRetention"),
            ] {
                match given.get(theirs) {
                    None | Some(Json::Null) => {}
                    Some(given) if duration::parse(given).is_ok() => {
                        retention.insert(ours.to_owned(), given.clone());
                    }
                    Some(_) => wrong.push(format!("{prefix}instance_retention.{theirs}: {DURATION}")),
                }
            }
            options.insert("retention".to_owned(), Json::Object(retention));
        }
        given => wrong.push(json::wrong_kind(
            &format!("{prefix}instance_retention"),
            "object",
            given.as_ref(),
        )),
    }
    match &wanted.location_hint {
        None | Some(Json::Null) => {}
        Some(Json::String(hint)) if LOCATIONS.contains(&hint.as_str()) => {
            options.insert("locationHint".to_owned(), Json::String(hint.clone()));
        }
        Some(_) => wrong.push(format!(
            "{prefix}location_hint: Invalid option: expected one of {}",
            LOCATIONS.map(|location| format!("\"{location}\"")).join("|")
        )),
    }
    if options.is_empty() {
        Json::Null
    } else {
        Json::Object(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(body: &str) -> Option<String> {
        let value = parse(body.as_bytes()).unwrap().params?;
        Some(String::from_utf8(value.bytes().to_vec()).unwrap())
    }

    #[test]
    fn params_are_any_value() {
        assert_eq!(params(""), None);
        assert_eq!(params("{}"), None);
        assert_eq!(params(r#"{"params":null}"#).unwrap(), "null");
        assert_eq!(params(r#"{"params":"{\"a\":1}"}"#).unwrap(), r#""{\"a\":1}""#);
        assert_eq!(
            params(r#"{"params":{"z":1.50,"a":[]}}"#).unwrap(),
            r#"{"z":1.50,"a":[]}"#
        );
    }

    #[test]
    fn options_are_those_of_the_binding() {
        let body = br#"{"instance_id":"a","instance_retention":{"success_retention":"3 days","error_retention":5},"location_hint":"weur","new":1}"#;
        let create = parse(body).unwrap();
        assert_eq!(create.id.as_deref(), Some("a"));
        assert_eq!(
            create.options,
            serde_json::json!({
                "retention": { "successRetention": "3 days", "errorRetention": 5 }, "locationHint": "weur",
            })
        );
    }

    #[test]
    fn every_mistake_is_named() {
        let wrong = |body: &str| parse(body.as_bytes()).unwrap_err();
        assert_eq!(wrong("{"), ["Invalid JSON request body"]);
        assert_eq!(wrong("[]"), ["Invalid input: expected object, received array"]);
        assert_eq!(
            wrong(
                r#"{"instance_id":"a b","instance_retention":{"success_retention":"soon"},"location_hint":"moon"}"#
            ),
            [
                "instance_id: (instance.invalid_id) Instance ID is invalid",
                &format!("instance_retention.success_retention: {DURATION}"),
                r#"location_hint: Invalid option: expected one of "wnam"|"weur"|"enam"|"eeur"|"apac"|"apac-ne"|"apac-se"|"oc"|"sam"|"afr"|"me""#,
            ]
        );
        for reserved in ["batch", "terminate", "terminateAll"] {
            assert_eq!(
                wrong(&format!(r#"{{"instance_id":"{reserved}"}}"#)),
                ["instance_id: (instance.invalid_id) Instance ID is invalid"]
            );
        }
        let wrong = |body: &str| parse_batch(body.as_bytes()).unwrap_err();
        assert_eq!(wrong("{}"), ["Invalid input: expected array, received object"]);
        assert_eq!(wrong(""), ["Invalid input: expected array, received undefined"]);
        assert_eq!(
            wrong(r#"[{},5,{"instance_id":7}]"#),
            [
                "1: Invalid input: expected object, received number",
                "2.instance_id: Invalid input: expected string, received number",
            ]
        );
    }
}
