//! `settings` and `script-settings`.

use super::multipart::{Form, FormPart};
use super::{ScriptPath, Source, Thing, known, object, view};
use crate::account::auth::{Access, Deploy, Read};
use crate::account::body::Whole;
use crate::account::place::Place;
use crate::account::reply::Reply;
use crate::account::{Api, Problem};
use axum::extract::State;
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use stepwell_control::Refusal;
use stepwell_control::model::ScriptVersion;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(settings, patch_settings))
        .routes(routes!(get, patch))
}

/// The bindings and settings that the next upload follows.
#[utoipa::path(get, path = "/accounts/{account_id}/workers/scripts/{script_name}/settings", operation_id = "worker-script-get-settings",
    tag = "Workers", params(ScriptPath), security(("token" = ["read"])), responses((status = 200, body = Reply<Thing>)))]
async fn settings(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
) -> Result<Reply<Json>, Problem> {
    let script = known(&api, access.account(), &script_name)?;
    let latest = api.control.latest_version(access.account(), &script_name);
    let latest = latest.ok_or_else(Refusal::no_versions)?;
    Ok(Reply::of(view::settings(&script, &latest)))
}

/// Changes what is given: secrets of the newest version, which becomes live (those that `bindings` does not name go; wranglers
/// up to 4.86 do `secret bulk` so), and what applies to all versions.
#[utoipa::path(patch, path = "/accounts/{account_id}/workers/scripts/{script_name}/settings", operation_id = "worker-script-patch-settings",
    tag = "Workers", params(ScriptPath), request_body(content = Thing, content_type = "multipart/form-data"),
    security(("token" = ["deploy"])), responses((status = 200, body = Reply<Thing>)))]
async fn patch_settings(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
    source: Source,
    Form(parts): Form,
) -> Result<Reply<Json>, Problem> {
    let account = access.account();
    let mut script = known(&api, account, &script_name)?;
    let latest = api.control.latest_version(account, &script_name);
    let mut latest = latest.ok_or_else(Refusal::no_versions)?;
    let change = Change::read(&parts, &view::settings(&script, &latest), &latest);
    let change = change.map_err(|wrong| Problem::invalid(vec![wrong]))?;
    if let Some(secrets) = change.secrets {
        let by = source.by(&access.principal);
        let done = api.control.change_secrets(account, &script_name, secrets, by);
        latest = done.await?.version;
    }
    if !change.settings.is_empty() {
        script = api
            .control
            .patch_settings(account, &script_name, change.settings)
            .await?;
    }
    Ok(Reply::of(view::settings(&script, &latest)))
}

/// What the part `settings` of a form changes.
struct Change {
    secrets: Option<BTreeMap<String, Option<String>>>,
    /// Of the Worker.
    settings: Map<String, Json>,
}

impl Change {
    /// Reads it. The error is in words.
    fn read(parts: &[FormPart], now: &Json, latest: &ScriptVersion) -> Result<Self, String> {
        let part = parts.iter().find(|part| part.name == "settings");
        let part = part.ok_or("there is no part \"settings\"")?;
        let given: Json = serde_json::from_slice(&part.bytes)
            .map_err(|error| format!("the part \"settings\" is not JSON: {error}"))?;
        let Json::Object(given) = given else {
            return Err("settings: it must be an object".to_owned());
        };
        let mut change = Self {
            secrets: None,
            settings: Map::new(),
        };
        for (key, value) in given {
            match key.as_str() {
                "bindings" => change.secrets = Some(secrets_of(&value, latest)?),
                "logpush" | "observability" | "tags" | "tail_consumers" => {
                    change.settings.insert(key, value);
                }
                // Nobody can choose it any more.
                "usage_model" => {}
                _ if now.get(&key).unwrap_or(&Json::Null) == &value => {}
                _ => {
                    return Err(format!(
                        "settings.{key}: it belongs to a version, and cannot be changed without an upload; deploy instead"
                    ));
                }
            }
        }
        Ok(change)
    }
}

/// What a list of bindings changes about secrets. The error is in words.
fn secrets_of(given: &Json, latest: &ScriptVersion) -> Result<BTreeMap<String, Option<String>>, String> {
    let given = given.as_array();
    let given = given.ok_or("settings.bindings: it must be a list")?;
    let mut changes = BTreeMap::new();
    let mut named = HashSet::new();
    for binding in given {
        let text = |field: &str| binding.get(field).and_then(Json::as_str);
        let name = text("name").ok_or("settings.bindings[].name: it must be a string")?;
        named.insert(name);
        match (text("type"), text("text")) {
            (Some("secret_text"), Some(secret)) => {
                drop(changes.insert(name.to_owned(), Some(secret.to_owned())));
            }
            _ if latest.binding(name).is_some() => {}
            _ => {
                return Err(format!(
                    "settings.bindings: only secrets can be set here, and \"{name}\" is none"
                ));
            }
        }
    }
    for binding in latest
        .bindings
        .iter()
        .filter(|binding| !named.contains(binding.name()))
    {
        if !binding.is_secret() {
            return Err(format!(
                "settings.bindings: \"{}\" is not named, and only secrets can be taken away here; deploy instead",
                binding.name()
            ));
        }
        changes.insert(binding.name().to_owned(), None);
    }
    Ok(changes)
}

/// What applies to all versions.
#[utoipa::path(get, path = "/accounts/{account_id}/workers/scripts/{script_name}/script-settings",
    operation_id = "worker-script-settings-get-settings", tag = "Workers", params(ScriptPath),
    security(("token" = ["read"])), responses((status = 200, body = Reply<Thing>)))]
async fn get(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
) -> Result<Reply<Json>, Problem> {
    let script = known(&api, access.account(), &script_name)?;
    Ok(Reply::of(view::script_settings(&script)))
}

/// Sets what is given of it.
#[utoipa::path(patch, path = "/accounts/{account_id}/workers/scripts/{script_name}/script-settings",
    operation_id = "worker-script-settings-patch-settings", tag = "Workers", params(ScriptPath), request_body = Thing,
    security(("token" = ["deploy"])), responses((status = 200, body = Reply<Thing>)))]
async fn patch(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
    Whole(body): Whole,
) -> Result<Reply<Json>, Problem> {
    let given = object(&body)?;
    let script = api
        .control
        .patch_settings(access.account(), &script_name, given)
        .await?;
    Ok(Reply::of(view::script_settings(&script)))
}
