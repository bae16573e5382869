//! The part `metadata` of an upload (wire 6.2).

use super::known;
use crate::error::Refusal;
use crate::migrations::Migrations;
use crate::model::{Binding, ScriptSettings};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// What the metadata says. Keys that are not known are kept to be shown.
#[derive(Debug, Clone)]
pub(crate) struct Metadata {
    /// Empty if there is no code beside the static assets.
    pub(crate) main_module: String,
    pub(crate) bindings: Vec<Binding>,
    pub(crate) compatibility_date: String,
    pub(crate) compatibility_flags: Vec<String>,
    pub(crate) keep_bindings: Vec<String>,
    pub(crate) annotations: BTreeMap<String, String>,
    pub(crate) migrations: Option<Migrations>,
    pub(crate) assets: Option<AssetsUpload>,
    pub(crate) keep_assets: bool,
    /// `observability`, `logpush`, `tail_consumers`, `tags`: what applies to the Worker.
    pub(crate) settings: Map<String, Json>,
    pub(crate) others: Map<String, Json>,
}

/// `assets` of the metadata.
#[derive(Debug, Clone)]
pub(crate) struct AssetsUpload {
    /// The token that says which files; without one the files stay as they are.
    pub(crate) jwt: Option<String>,
    pub(crate) config: Json,
}

const SETTINGS: [&str; 4] = ["observability", "logpush", "tail_consumers", "tags"];

impl Metadata {
    /// Reads the metadata.
    ///
    /// # Errors
    /// What key is wrong, and why.
    pub(crate) fn parse(metadata: &Json) -> Result<Self, Refusal> {
        let Json::Object(keys) = metadata else {
            return Err(Refusal::bad_upload("the part \"metadata\" must be a JSON object"));
        };
        known::check_metadata(keys)?;
        let mut keys = keys.clone();
        // How objects are moved to new code is decided here, not by the client.
        keys.shift_remove("code_update_strategy");
        refuse_exports(keys.get("exports"))?;
        let mut settings = Map::new();
        for key in SETTINGS {
            if let Some(value) = keys.shift_remove(key) {
                settings.insert(key.to_owned(), value);
            }
        }
        let migrations = keys.shift_remove("migrations").filter(|value| !value.is_null());
        Ok(Self {
            main_module: main_module(&mut keys)?,
            bindings: bindings(keys.shift_remove("bindings"))?,
            compatibility_date: compatibility_date(&mut keys)?,
            compatibility_flags: texts(&mut keys, "compatibility_flags")?,
            keep_bindings: texts(&mut keys, "keep_bindings")?,
            annotations: annotations(keys.shift_remove("annotations")),
            migrations: migrations.as_ref().map(Migrations::parse).transpose()?,
            assets: assets(keys.shift_remove("assets"))?,
            keep_assets: keys.shift_remove("keep_assets") == Some(Json::Bool(true)),
            settings,
            others: keys,
        })
    }
}

/// Objects may be declared by `exports` too; Workflows may, since `PUT /workflows` follows for them.
fn refuse_exports(exports: Option<&Json>) -> Result<(), Refusal> {
    let exports = exports.and_then(Json::as_object).into_iter().flatten();
    for (name, export) in exports {
        let kind = export.get("type").and_then(Json::as_str).unwrap_or_default();
        if !matches!(kind, "workflow" | "worker") {
            return Err(Refusal::exports_unsupported(name, kind));
        }
    }
    Ok(())
}

fn main_module(keys: &mut Map<String, Json>) -> Result<String, Refusal> {
    if keys.contains_key("body_part") {
        return Err(Refusal::service_worker());
    }
    let main = text(keys, "main_module")?.filter(|main| !main.is_empty());
    // Static assets need no code.
    let main = main.or_else(|| keys.contains_key("assets").then(String::new));
    main.ok_or_else(|| {
        Refusal::bad_upload("\"metadata.main_module\" must name the part that is the main module")
    })
}

fn text(keys: &mut Map<String, Json>, key: &str) -> Result<Option<String>, Refusal> {
    match keys.shift_remove(key) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) => Ok(Some(text)),
        Some(_) => Err(Refusal::bad_upload(format!(
            "\"metadata.{key}\" must be a string"
        ))),
    }
}

/// As in production, code without a date is as old as dates are: wrangler's draft Workers have none.
fn compatibility_date(keys: &mut Map<String, Json>) -> Result<String, Refusal> {
    let given = text(keys, "compatibility_date")?.filter(|date| !date.is_empty());
    Ok(given.unwrap_or_else(|| "2021-11-02".to_owned()))
}

fn texts(keys: &mut Map<String, Json>, key: &str) -> Result<Vec<String>, Refusal> {
    let wrong = || Refusal::bad_upload(format!("\"metadata.{key}\" must be an array of strings"));
    match keys.shift_remove(key) {
        None | Some(Json::Null) => Ok(Vec::new()),
        Some(Json::Array(items)) => {
            let items = items.into_iter().map(|item| match item {
                Json::String(text) => Ok(text),
                _ => Err(wrong()),
            });
            items.collect()
        }
        Some(_) => Err(wrong()),
    }
}

/// Annotations that are not texts are no annotations.
pub(crate) fn annotations(given: Option<Json>) -> BTreeMap<String, String> {
    let Some(Json::Object(given)) = given else {
        return BTreeMap::new();
    };
    let texts = given.into_iter().filter_map(|(key, value)| match value {
        Json::String(text) => Some((key, text)),
        _ => None,
    });
    texts.collect()
}

fn bindings(given: Option<Json>) -> Result<Vec<Binding>, Refusal> {
    let items = match given {
        None | Some(Json::Null) => return Ok(Vec::new()),
        Some(Json::Array(items)) => items,
        Some(_) => return Err(Refusal::bad_upload("\"metadata.bindings\" must be an array")),
    };
    let mut bindings: Vec<Binding> = Vec::with_capacity(items.len());
    for (at, item) in items.into_iter().enumerate() {
        let Json::Object(mut fields) = item else {
            return Err(Refusal::bad_upload(format!(
                "\"metadata.bindings[{at}]\" must be an object"
            )));
        };
        // Only the vault writes this.
        fields.shift_remove("sealed");
        let binding = Binding(fields);
        known::check_binding(&format!("metadata.bindings[{at}]"), &binding)?;
        if bindings.iter().any(|other| other.name() == binding.name()) {
            return Err(Refusal::binding_name_taken(binding.name()));
        }
        bindings.push(binding);
    }
    Ok(bindings)
}

fn assets(given: Option<Json>) -> Result<Option<AssetsUpload>, Refusal> {
    let mut fields = match given {
        None | Some(Json::Null) => return Ok(None),
        Some(Json::Object(fields)) => fields,
        Some(_) => return Err(Refusal::bad_upload("\"metadata.assets\" must be an object")),
    };
    let jwt = match fields.shift_remove("jwt") {
        None | Some(Json::Null) => None,
        Some(Json::String(jwt)) => Some(jwt),
        Some(_) => return Err(Refusal::bad_upload("\"metadata.assets.jwt\" must be a string")),
    };
    Ok(Some(AssetsUpload {
        jwt,
        config: fields.shift_remove("config").unwrap_or_default(),
    }))
}

/// Sets what is given and leaves the rest as it is.
pub(crate) fn merge_settings(settings: &mut ScriptSettings, given: &Map<String, Json>) {
    for (key, value) in given {
        match (key.as_str(), value) {
            ("tags", Json::Array(tags)) => {
                settings.tags = tags
                    .iter()
                    .filter_map(|tag| tag.as_str().map(str::to_owned))
                    .collect();
            }
            ("tags", Json::Null) => settings.tags.clear(),
            ("logpush", value) => settings.logpush = value == &Json::Bool(true),
            ("observability", value) => {
                settings.observability = Some(value.clone()).filter(|it| !it.is_null());
            }
            ("tail_consumers", value) => {
                settings.tail_consumers = Some(value.clone()).filter(|it| !it.is_null());
            }
            (key, value) => {
                settings.others.insert(key.to_owned(), value.clone());
            }
        }
    }
}
