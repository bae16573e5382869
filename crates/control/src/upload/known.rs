//! The types of what is known of an upload: a value of another type is refused, and not kept to be shown or read as nothing.

use crate::error::Refusal;
use crate::model::Binding;
use serde_json::{Map, Value as Json};

/// What a value must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Boolean,
    /// Not negative.
    Number,
    Object,
    Texts,
    Objects,
}

impl Kind {
    fn holds(self, value: &Json) -> bool {
        let all = |holds: fn(&Json) -> bool| value.as_array().is_some_and(|items| items.iter().all(holds));
        match self {
            Self::Text => value.is_string(),
            Self::Boolean => value.is_boolean(),
            Self::Number => value.as_f64().is_some_and(|number| number >= 0.0),
            Self::Object => value.is_object(),
            Self::Texts => all(Json::is_string),
            Self::Objects => all(Json::is_object),
        }
    }

    fn wanted(self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Boolean => "true or false",
            Self::Number => "a number that is not negative",
            Self::Object => "an object",
            Self::Texts => "an array of strings",
            Self::Objects => "an array of objects",
        }
    }
}

/// Keys of the metadata (with a dot: of an object in it) that are only looked at here, or kept as they are.
const METADATA: [(&str, Kind); 21] = [
    ("observability", Kind::Object),
    ("observability.enabled", Kind::Boolean),
    ("logpush", Kind::Boolean),
    ("tags", Kind::Texts),
    ("tail_consumers", Kind::Objects),
    ("streaming_tail_consumers", Kind::Objects),
    ("placement", Kind::Object),
    ("limits", Kind::Object),
    ("limits.cpu_ms", Kind::Number),
    ("limits.subrequests", Kind::Number),
    ("annotations", Kind::Object),
    ("annotations.workers/message", Kind::Text),
    ("annotations.workers/tag", Kind::Text),
    ("exports", Kind::Object),
    ("keep_assets", Kind::Boolean),
    ("usage_model", Kind::Text),
    ("code_update_strategy", Kind::Object),
    ("capnp_schema", Kind::Text),
    ("cache_options", Kind::Object),
    ("containers", Kind::Objects),
    ("assets.config", Kind::Object),
];

/// Fields of bindings: type, field, what it must be, whether there must be one.
const BINDINGS: [(&str, &str, Kind, bool); 14] = [
    ("plain_text", "text", Kind::Text, true),
    ("secret_text", "text", Kind::Text, true),
    ("workflow", "workflow_name", Kind::Text, true),
    ("workflow", "class_name", Kind::Text, false),
    ("workflow", "script_name", Kind::Text, false),
    ("durable_object_namespace", "class_name", Kind::Text, true),
    ("durable_object_namespace", "script_name", Kind::Text, false),
    ("service", "service", Kind::Text, true),
    ("service", "entrypoint", Kind::Text, false),
    ("service", "environment", Kind::Text, false),
    ("service", "props", Kind::Object, false),
    ("queue", "queue_name", Kind::Text, true),
    ("queue", "delivery_delay", Kind::Number, false),
    ("inherit", "old_name", Kind::Text, false),
];

/// Refuses what has another type than it must. Keys that are not known may be anything, and `null` is as if the key were not
/// there.
pub(super) fn check_metadata(keys: &Map<String, Json>) -> Result<(), Refusal> {
    check_all(keys, |key| format!("\"metadata.{key}\""))
}

/// The same for what is set beside versions.
pub(crate) fn check_settings(keys: &Map<String, Json>) -> Result<(), Refusal> {
    check_all(keys, |key| format!("\"{key}\""))
}

fn check_all(keys: &Map<String, Json>, shown: impl Fn(&str) -> String) -> Result<(), Refusal> {
    for (path, kind) in METADATA {
        let value = match path.split_once('.') {
            None => keys.get(path),
            Some((key, field)) => keys.get(key).and_then(|value| value.get(field)),
        };
        check(&shown(path), kind, value, false)?;
    }
    Ok(())
}

/// Refuses a binding whose name or fields cannot be what they are. `shown` is what the client knows it by.
pub(crate) fn check_binding(shown: &str, binding: &Binding) -> Result<(), Refusal> {
    if binding.kind().is_empty() {
        return Err(Refusal::bad_upload(format!(
            "\"{shown}.type\" must be a string that is not empty"
        )));
    }
    check_name(&format!("{shown}.name"), binding.name())?;
    for (_, field, kind, demanded) in BINDINGS.iter().filter(|row| row.0 == binding.kind()) {
        let name = format!(
            "\"{shown}.{field}\" of the {} \"{}\"",
            binding.kind(),
            binding.name()
        );
        check(&name, *kind, binding.0.get(*field), *demanded)?;
    }
    if binding.kind() == "json" && !binding.0.contains_key("json") {
        let name = binding.name();
        return Err(Refusal::bad_upload(format!(
            "\"{shown}.json\" of the json \"{name}\" is missing: it is the variable's value"
        )));
    }
    Ok(())
}

/// Refuses a name that no binding can have. `shown` is the key that has it.
fn check_name(shown: &str, name: &str) -> Result<(), Refusal> {
    if name.is_empty() {
        return Err(Refusal::bad_upload(format!(
            "\"{shown}\" must be a string that is not empty"
        )));
    }
    // A path such as `secrets/..` is another one.
    if name == "." || name == ".." || name.contains(char::is_control) {
        return Err(Refusal::bad_upload(format!(
            "\"{shown}\" is {name:?}; a name must not be \".\" or \"..\", nor have control characters; use letters, digits and \"_\""
        )));
    }
    Ok(())
}

fn check(shown: &str, kind: Kind, value: Option<&Json>, demanded: bool) -> Result<(), Refusal> {
    let holds = match value {
        None | Some(Json::Null) => !demanded,
        Some(value) => kind.holds(value),
    };
    if holds {
        return Ok(());
    }
    let wanted = kind.wanted();
    let found = match value {
        None | Some(Json::Null) => "missing",
        Some(Json::Bool(_)) => "a boolean",
        Some(Json::Number(_)) => "a number",
        Some(Json::String(_)) => "a string",
        Some(Json::Array(_)) => "an array",
        Some(Json::Object(_)) => "an object",
    };
    // As with an array of the wrong things, or a number below zero.
    let but = if wanted.starts_with(found) {
        String::new()
    } else {
        format!(", and is {found}")
    };
    Err(Refusal::bad_upload(format!("{shown} must be {wanted}{but}")))
}
