//! Uploads of static assets: a session, batches of files, and the token that goes into the metadata of the upload.

use super::multipart::{Form, FormPart};
use super::{ScriptPath, Thing, object};
use crate::account::asked::{Asked, FromQuery, Query};
use crate::account::auth::{Access, Deploy, token};
use crate::account::body::Whole;
use crate::account::place::Place;
use crate::account::reply::Reply;
use crate::account::{Api, Problem, codes};
use crate::input::json::wrong_kind;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hyper::HeaderMap;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use stepwell_control::{Refusal, UploadedAsset};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(begin))
        .routes(routes!(upload))
}

/// Begins an upload: `manifest` has the hash and the size of each file, by path. Answered are the hashes that are missing, in
/// batches, and the token to upload them with.
#[utoipa::path(post, path = "/accounts/{account_id}/workers/scripts/{script_name}/assets-upload-session",
    operation_id = "worker-script-update-create-assets-upload-session", tag = "Workers", params(ScriptPath),
    request_body = Thing, security(("token" = ["deploy"])), responses((status = 200, body = Reply<Thing>)))]
async fn begin(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
    Whole(body): Whole,
) -> Result<Reply<Json>, Problem> {
    let given = object(&body)?;
    let manifest = given.get("manifest");
    let wrong = || Problem::invalid(vec![wrong_kind("manifest", "object", manifest)]);
    let mut files = BTreeMap::new();
    for (path, file) in manifest.and_then(Json::as_object).ok_or_else(wrong)? {
        let hash = file.get("hash").and_then(Json::as_str);
        let size = file.get("size").and_then(Json::as_u64);
        let (Some(hash), Some(size)) = (hash, size) else {
            let what =
                format!("manifest.{path}: Invalid input: expected {{ \"hash\": string, \"size\": number }}");
            return Err(Problem::invalid(vec![what]));
        };
        files.insert(path.clone(), (hash.to_owned(), size));
    }
    let begun = api
        .control
        .begin_assets(access.account(), &script_name, files)
        .await?;
    Ok(Reply::of(json!({ "jwt": begun.token, "buckets": begun.buckets })))
}

/// How files are sent.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct How {
    /// `true`: in Base64.
    base64: Option<String>,
}

impl FromQuery for How {
    fn read(query: &mut Query) -> Self {
        Self {
            base64: query.text("base64"),
        }
    }
}

/// The path of the account, which the session's token must be of.
#[derive(Debug, serde::Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct UploadPath {
    /// The account.
    account_id: String,
}

/// Uploads files, each as a part with its hash for a name. The token is the session's. With the last file that was missing
/// comes the token for the metadata.
#[utoipa::path(post, path = "/accounts/{account_id}/workers/assets/upload", operation_id = "worker-assets-upload", tag = "Workers",
    params(UploadPath, How), request_body(content = Thing, content_type = "multipart/form-data"),
    responses((status = 200, body = Reply<Thing>)))]
async fn upload(
    State(api): State<Arc<Api>>,
    Place(UploadPath { account_id }): Place<UploadPath>,
    Asked(how): Asked<How>,
    headers: HeaderMap,
    Form(parts): Form,
) -> Result<Reply<Json>, Problem> {
    let token = token(&headers).ok_or_else(|| Problem::of(codes::NO_CREDENTIALS))?;
    let in_base64 = how.base64.as_deref() == Some("true");
    let files = parts.into_iter().map(|part| file(part, in_base64));
    let files = files.collect::<Result<Vec<_>, _>>()?;
    let complete = api.control.upload_assets(&account_id, token, files).await?;
    Ok(Reply::of(
        complete.map_or_else(|| json!({}), |token| json!({ "jwt": token })),
    ))
}

fn file(part: FormPart, in_base64: bool) -> Result<UploadedAsset, Problem> {
    let bytes = if in_base64 {
        let decoded = STANDARD.decode(&part.bytes);
        let wrong = |_| Refusal::bad_assets(format!("the file {} is not in Base64", part.name));
        Bytes::from(decoded.map_err(wrong)?)
    } else {
        part.bytes
    };
    Ok(UploadedAsset {
        hash: part.name,
        // The client's way to say that the answer shall have none.
        content_type: part.content_type.filter(|kind| kind != "application/null"),
        bytes,
    })
}
