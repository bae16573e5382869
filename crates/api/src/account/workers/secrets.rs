//! `secrets` of a Worker (wire 8.2). Their texts are never answered.

use super::{ScriptPath, Source, Thing, object, text};
use crate::account::audit::Audit;
use crate::account::auth::{Access, Deploy, Read};
use crate::account::body::Whole;
use crate::account::place::Place;
use crate::account::reply::Reply;
use crate::account::{Api, Problem};
use crate::input::json::wrong_kind;
use axum::Extension;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use stepwell_control::Refusal;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(list, put))
        .routes(routes!(get, delete))
        .routes(routes!(bulk))
}

/// The path of a secret.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct SecretPath {
    /// The account.
    #[allow(dead_code)] // who asks says which account
    account_id: String,
    /// The Worker's name.
    script_name: String,
    /// The secret's name.
    secret_name: String,
}

fn listed(api: &Api, account: &str, script: &str) -> Result<Vec<Json>, Problem> {
    let secrets = api.control.secrets(account, script)?;
    let secrets = secrets
        .into_iter()
        .map(|(name, kind)| json!({ "name": name, "type": kind }));
    Ok(secrets.collect())
}

/// The names of a Worker's secrets.
#[utoipa::path(get, path = "/accounts/{account_id}/workers/scripts/{script_name}/secrets", operation_id = "worker-list-script-secrets",
    tag = "Workers", params(ScriptPath), security(("token" = ["read"])), responses((status = 200, body = Reply<Vec<Thing>>)))]
async fn list(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
) -> Result<Reply<Vec<Json>>, Problem> {
    listed(&api, access.account(), &script_name).map(Reply::of)
}

/// Sets a secret: a new version, which is live.
#[utoipa::path(put, path = "/accounts/{account_id}/workers/scripts/{script_name}/secrets", operation_id = "worker-put-script-secret",
    tag = "Workers", params(ScriptPath), request_body = Thing, security(("token" = ["deploy"])),
    responses((status = 200, body = Reply<Thing>)))]
async fn put(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
    source: Source,
    Extension(audit): Extension<Audit>,
    Whole(body): Whole,
) -> Result<Reply<Json>, Problem> {
    let given = object(&body)?;
    let name = text(&given, "name")?;
    audit.note(format!("secret {name}"));
    let changes = BTreeMap::from([(name.clone(), Some(text(&given, "text")?))]);
    let by = source.by(&access.principal);
    api.control
        .change_secrets(access.account(), &script_name, changes, by)
        .await?;
    Ok(Reply::of(json!({ "name": name, "type": "secret_text" })))
}

/// A secret's name and type.
#[utoipa::path(get, path = "/accounts/{account_id}/workers/scripts/{script_name}/secrets/{secret_name}",
    operation_id = "worker-get-script-secret", tag = "Workers", params(SecretPath), security(("token" = ["read"])),
    responses((status = 200, body = Reply<Thing>)))]
async fn get(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(SecretPath {
        script_name,
        secret_name,
        ..
    }): Place<SecretPath>,
) -> Result<Reply<Json>, Problem> {
    let secrets = listed(&api, access.account(), &script_name)?;
    let found = secrets
        .into_iter()
        .find(|secret| secret["name"] == secret_name.as_str());
    Ok(Reply::of(
        found.ok_or_else(|| Refusal::binding_not_found(&secret_name))?,
    ))
}

/// Deletes a secret: a new version, which is live.
#[utoipa::path(delete, path = "/accounts/{account_id}/workers/scripts/{script_name}/secrets/{secret_name}",
    operation_id = "worker-delete-script-secret", tag = "Workers", params(SecretPath), security(("token" = ["deploy"])),
    responses((status = 200, body = Reply<Option<Thing>>)))]
async fn delete(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(SecretPath {
        script_name,
        secret_name,
        ..
    }): Place<SecretPath>,
    source: Source,
) -> Result<Reply<Option<Json>>, Problem> {
    let changes = BTreeMap::from([(secret_name, None)]);
    let by = source.by(&access.principal);
    api.control
        .change_secrets(access.account(), &script_name, changes, by)
        .await?;
    Ok(Reply::of(None))
}

/// Sets and (with `null`) deletes several secrets: one new version, which is live.
#[utoipa::path(patch, path = "/accounts/{account_id}/workers/scripts/{script_name}/secrets-bulk", operation_id = "worker-bulk-script-secrets",
    tag = "Workers", params(ScriptPath), request_body = Thing, security(("token" = ["deploy"])),
    responses((status = 200, body = Reply<Thing>)))]
async fn bulk(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
    source: Source,
    Extension(audit): Extension<Audit>,
    Whole(body): Whole,
) -> Result<Reply<Json>, Problem> {
    let given = object(&body)?;
    let secrets = given.get("secrets");
    let wrong = || Problem::invalid(vec![wrong_kind("secrets", "object", secrets)]);
    let mut changes = BTreeMap::new();
    for (name, secret) in secrets.and_then(Json::as_object).ok_or_else(wrong)? {
        let change = match secret {
            Json::Null => None,
            Json::Object(secret) => Some(text(secret, "text")?),
            other => {
                return Err(Problem::invalid(vec![wrong_kind(
                    &format!("secrets.{name}"),
                    "object",
                    Some(other),
                )]));
            }
        };
        changes.insert(name.clone(), change);
    }
    let names = changes.iter().map(|(name, change)| match change {
        Some(_) => name.clone(),
        None => format!("{name} (deleted)"),
    });
    audit.note(format!("secrets {}", names.collect::<Vec<_>>().join(", ")));
    let by = source.by(&access.principal);
    api.control
        .change_secrets(access.account(), &script_name, changes, by)
        .await?;
    let secrets = listed(&api, access.account(), &script_name)?;
    let by_name = |secret: Json| Some((secret["name"].as_str()?.to_owned(), secret));
    Ok(Reply::of(Json::Object(
        secrets.into_iter().filter_map(by_name).collect(),
    )))
}
