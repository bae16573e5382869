//! The code of a Worker, as it was uploaded.

use super::multipart::Uploaded;
use super::{ScriptPath, Source, Thing, known, view};
use crate::account::asked::{Asked, FromQuery, Query};
use crate::account::auth::{Access, Deploy, Read};
use crate::account::place::Place;
use crate::account::reply::Reply;
use crate::account::{Api, Problem, codes};
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use stepwell_control::model::{Binding, ModuleKind, ScriptVersion};
use stepwell_control::{Error as ControlError, Refusal, Upload};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(get))
        .routes(routes!(get_content))
        .routes(routes!(put))
}

/// Which code.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// A version; what is live if there is none.
    version: Option<String>,
}

impl FromQuery for Which {
    fn read(query: &mut Query) -> Self {
        Self {
            version: query.text("version"),
        }
    }
}

/// The code that is live, as `multipart/form-data` with a part for each module.
#[utoipa::path(get, path = "/accounts/{account_id}/workers/scripts/{script_name}", operation_id = "worker-script-download-worker",
    tag = "Workers", params(ScriptPath), security(("token" = ["read"])),
    responses((status = 200, body = String, content_type = "multipart/form-data")))]
async fn get(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
) -> Result<Response, Problem> {
    known(&api, access.account(), &script_name)?;
    let version = live(&api, access.account(), &script_name).ok_or_else(Refusal::no_versions)?;
    form(&api, &version).await
}

/// The same, or that of another version: wranglers up to 4.86 make versions with other secrets of it.
#[utoipa::path(get, path = "/accounts/{account_id}/workers/scripts/{script_name}/content/v2", operation_id = "worker-script-get-content",
    tag = "Workers", params(ScriptPath, Which), security(("token" = ["read"])),
    responses((status = 200, body = String, content_type = "multipart/form-data")))]
async fn get_content(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
    Asked(Which { version }): Asked<Which>,
) -> Result<Response, Problem> {
    let account = access.account();
    known(&api, account, &script_name)?;
    let version = match version {
        None => live(&api, account, &script_name).ok_or_else(Refusal::no_versions)?,
        Some(id) => {
            let version = api.control.version(account, &script_name, &id);
            version.ok_or_else(|| Refusal::version_not_found(&id))?
        }
    };
    form(&api, &version).await
}

/// Uploads code, and has it live; everything else is as in the newest version.
#[utoipa::path(put, path = "/accounts/{account_id}/workers/scripts/{script_name}/content", operation_id = "worker-script-put-content",
    tag = "Workers", params(ScriptPath), request_body(content = Thing, content_type = "multipart/form-data"),
    security(("token" = ["deploy"])), responses((status = 200, body = Reply<Thing>)))]
async fn put(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
    source: Source,
    uploaded: Uploaded,
) -> Result<Reply<Json>, Problem> {
    let account = access.account();
    known(&api, account, &script_name)?;
    let latest = api.control.latest_version(account, &script_name);
    let latest = latest.ok_or_else(Refusal::no_versions)?;
    let upload = Upload {
        metadata: metadata(&uploaded.metadata, &latest),
        parts: uploaded.parts,
        strict_inherit: true,
    };
    let by = source.by(&access.principal);
    let done = api.control.put_script(account, &script_name, upload, by).await?;
    Ok(Reply::of(view::script(&done.script, Some(&done.version))))
}

/// The metadata of an upload that changes nothing but code.
fn metadata(given: &Json, latest: &ScriptVersion) -> Json {
    let mut metadata = latest.others.clone();
    for key in ["main_module", "body_part"] {
        metadata.extend(given.get(key).map(|value| (key.to_owned(), value.clone())));
    }
    let names = latest.bindings.iter().map(Binding::name);
    let inherited = names.map(|name| json!({ "type": "inherit", "name": name }));
    metadata.insert("bindings".to_owned(), inherited.collect());
    metadata.insert("compatibility_date".to_owned(), json!(latest.compatibility_date));
    metadata.insert(
        "compatibility_flags".to_owned(),
        json!(latest.compatibility_flags),
    );
    metadata.insert("keep_assets".to_owned(), json!(true));
    Json::Object(metadata)
}

/// The version that is live, of several the one with the greatest share; else the newest.
fn live(api: &Api, account: &str, name: &str) -> Option<Arc<ScriptVersion>> {
    let deployments = api.control.deployments(account, name);
    let portions = deployments.first().map(|deployment| &deployment.versions);
    let most = portions.into_iter().flatten();
    let most = most.max_by(|one, other| one.percentage.total_cmp(&other.percentage));
    let live = most.and_then(|portion| api.control.version(account, name, &portion.version_id));
    live.or_else(|| api.control.latest_version(account, name))
}

async fn form(api: &Api, version: &ScriptVersion) -> Result<Response, Problem> {
    // A hash of the modules: none of them can contain it.
    let boundary = &version.etag;
    let mut body = Vec::new();
    for module in &version.modules {
        let bytes = api.control.catalogue().blob(module.digest).await;
        let bytes = bytes.map_err(ControlError::from)?;
        let bytes = bytes.ok_or_else(|| Problem::of(codes::INTERNAL))?;
        let name = module.name.replace('"', "%22");
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{name}\"\r\nContent-Type: {}\r\n\r\n",
            content_type(module.kind)
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(&bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    let mut response = Response::new(Body::from(body));
    let headers = response.headers_mut();
    let kind = format!("multipart/form-data; boundary={boundary}");
    headers.extend(HeaderValue::from_str(&kind).map(|kind| (CONTENT_TYPE, kind)));
    // Which part is the main module.
    let main = HeaderValue::from_str(&version.main_module);
    headers.extend(main.map(|main| (HeaderName::from_static("cf-entrypoint"), main)));
    Ok(response)
}

fn content_type(kind: ModuleKind) -> &'static str {
    match kind {
        ModuleKind::EsModule => "application/javascript+module",
        ModuleKind::CommonJs => "application/javascript",
        ModuleKind::Wasm => "application/wasm",
        ModuleKind::Data => "application/octet-stream",
        ModuleKind::Text => "text/plain",
        ModuleKind::Json => "application/json",
        ModuleKind::SourceMap => "application/source-map",
    }
}
