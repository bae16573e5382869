//! The paths that are for people: the API's own, and the page that does not exist yet.

use super::route::BASE;
use crate::shape::envelope::respond;
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::{Value as Json, json};

/// Method, path, name and meaning of every endpoint.
pub(super) const ENDPOINTS: [(&str, &str, &str, &str); 10] = [
    ("get", "/workflows", "workflows-list-workflows", "List Workflows"),
    (
        "get",
        "/workflows/{workflow_name}",
        "workflows-get-workflow-details",
        "Get Workflow Details",
    ),
    (
        "delete",
        "/workflows/{workflow_name}",
        "workflows-delete-workflow",
        "Delete Workflow (all instances)",
    ),
    (
        "get",
        "/workflows/{workflow_name}/instances",
        "workflows-list-instances",
        "List Workflow Instances",
    ),
    (
        "post",
        "/workflows/{workflow_name}/instances",
        "workflows-create-instance",
        "Create Workflow Instance",
    ),
    (
        "post",
        "/workflows/{workflow_name}/instances/batch/delete",
        "workflows-batch-delete-instances",
        "Batch Delete Workflow Instances",
    ),
    (
        "get",
        "/workflows/{workflow_name}/instances/{instance_id}",
        "workflows-get-instance-details",
        "Get Workflow Instance Details",
    ),
    (
        "delete",
        "/workflows/{workflow_name}/instances/{instance_id}",
        "workflows-delete-instance",
        "Delete Workflow Instance",
    ),
    (
        "patch",
        "/workflows/{workflow_name}/instances/{instance_id}/status",
        "wor-change-status-workflow-instance",
        "Change status of instance",
    ),
    (
        "post",
        "/workflows/{workflow_name}/instances/{instance_id}/events/{event_type}",
        "workflows-send-instance-event",
        "Send Event to Workflow Instance",
    ),
];

/// What the API has, as the outline of an OpenAPI document.
pub(super) fn api() -> Response<Full<Bytes>> {
    let mut paths = json!({});
    for (method, path, id, summary) in ENDPOINTS {
        paths[path][method] =
            json!({ "operationId": id, "summary": summary, "responses": { "200": { "description": "OK" } } });
        let parameters: Vec<Json> = path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
            .collect();
        paths[path]["parameters"] = json!(parameters);
    }
    let document = json!({
        "openapi": "3.0.3",
        "info": {
            "title": "Local Explorer API",
            "description": "The Workflows part of the Local Explorer API, served by Stepwell.",
            "version": env!("CARGO_PKG_VERSION"),
        },
        "servers": [{ "url": format!("{BASE}/api") }],
        "paths": paths,
    });
    respond(StatusCode::OK, &document)
}

/// Says that there is no page.
pub(super) fn page() -> Response<Full<Bytes>> {
    let text = format!(
        "Stepwell has no explorer page yet.\n\n\
         The same is in the terminal: npx wrangler workflows list --local --port <this port>\n\
         And as JSON: {BASE}/api/workflows ({BASE}/api lists what else there is)\n"
    );
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = StatusCode::NOT_FOUND;
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    response
}
