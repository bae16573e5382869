//! `PUT scripts/{script}` and `POST scripts/{script}/versions`.

use super::multipart::Uploaded;
use super::{ScriptPath, Source, Thing, view};
use crate::account::asked::{Asked, FromQuery, Query};
use crate::account::audit::Audit;
use crate::account::auth::{Access, Deploy};
use crate::account::place::Place;
use crate::account::reply::Reply;
use crate::account::{Api, Problem};
use axum::Extension;
use axum::extract::State;
use serde_json::Value as Json;
use std::sync::Arc;
use stepwell_control::Upload;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new().routes(routes!(put)).routes(routes!(post))
}

/// How an upload is meant.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct How {
    /// `strict`: an `inherit` binding without a predecessor is refused.
    bindings_inherit: Option<String>,
}

impl FromQuery for How {
    fn read(query: &mut Query) -> Self {
        Self {
            bindings_inherit: query.text("bindings_inherit"),
        }
    }
}

impl How {
    fn upload(&self, uploaded: Uploaded) -> Upload {
        Upload {
            metadata: uploaded.metadata,
            parts: uploaded.parts,
            strict_inherit: self.bindings_inherit.as_deref() == Some("strict"),
        }
    }
}

/// Uploads code, and has it live.
#[utoipa::path(put, path = "/accounts/{account_id}/workers/scripts/{script_name}", operation_id = "worker-script-upload-worker-module",
    tag = "Workers", params(ScriptPath, How), request_body(content = Thing, content_type = "multipart/form-data"),
    security(("token" = ["deploy"])), responses((status = 200, body = Reply<Thing>)))]
async fn put(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
    Asked(how): Asked<How>,
    source: Source,
    Extension(audit): Extension<Audit>,
    uploaded: Uploaded,
) -> Result<Reply<Json>, Problem> {
    let by = source.by(&access.principal);
    let upload = how.upload(uploaded);
    let done = api
        .control
        .put_script(access.account(), &script_name, upload, by)
        .await?;
    audit.note(format!("version {}", done.version.id));
    Ok(Reply::of(view::script(&done.script, Some(&done.version))))
}

/// Uploads code that is not live yet.
#[utoipa::path(post, path = "/accounts/{account_id}/workers/scripts/{script_name}/versions", operation_id = "worker-versions-upload-version",
    tag = "Workers", params(ScriptPath, How), request_body(content = Thing, content_type = "multipart/form-data"),
    security(("token" = ["deploy"])), responses((status = 200, body = Reply<Thing>)))]
async fn post(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
    Asked(how): Asked<How>,
    source: Source,
    Extension(audit): Extension<Audit>,
    uploaded: Uploaded,
) -> Result<Reply<Json>, Problem> {
    let by = source.by(&access.principal);
    let upload = how.upload(uploaded);
    let done = api
        .control
        .upload_version(access.account(), &script_name, upload, by)
        .await?;
    audit.note(format!("version {}", done.version.id));
    Ok(Reply::of(view::version(&done.version)))
}
