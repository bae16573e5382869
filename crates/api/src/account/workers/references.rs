//! Who needs a Worker: what `wrangler delete` asks first.

use super::{ScriptPath, Thing, known};
use crate::account::auth::{Access, Read};
use crate::account::place::Place;
use crate::account::reply::Reply;
use crate::account::{Api, Problem};
use axum::extract::State;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use stepwell_control::model::Binding;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(references))
        .routes(routes!(tails))
}

/// The Workers with bindings to this one.
#[utoipa::path(get, path = "/accounts/{account_id}/workers/scripts/{script_name}/references", operation_id = "worker-script-get-references",
    tag = "Workers", params(ScriptPath), security(("token" = ["read"])), responses((status = 200, body = Reply<Thing>)))]
async fn references(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
) -> Result<Reply<Json>, Problem> {
    let script = known(&api, access.account(), &script_name)?;
    let (mut services, mut objects) = (Vec::new(), Vec::new());
    for caller in api.control.callers(access.account(), &script_name) {
        let latest = api.control.latest_version(access.account(), &caller);
        let bindings = latest.iter().flat_map(|version| &version.bindings);
        let to_this = |binding: &&Binding| {
            [binding.text("service"), binding.text("script_name")].contains(&Some(&script.name))
        };
        for binding in bindings.filter(to_this) {
            let class = binding.text("class_name").unwrap_or_default();
            match binding.kind() {
                "service" => services.push(json!({
                    "service": caller, "environment": "production", "name": binding.name()
                })),
                "durable_object_namespace" => objects.push(json!({
                    "service": caller,
                    "environment": "production",
                    "name": binding.name(),
                    "durable_object_namespace_id": binding.text("namespace_id"),
                    "durable_object_namespace_name": format!("{}_{class}", script.name),
                })),
                _ => {}
            }
        }
    }
    Ok(Reply::of(json!({
        "services": { "incoming": services, "outgoing": [], "pages_function": false },
        "durable_objects": objects,
        "dispatch_outbounds": [],
    })))
}

/// The Workers whose tail goes to this one: none, since nothing is sent there yet.
#[utoipa::path(get, path = "/accounts/{account_id}/workers/tails/by-consumer/{script_name}", operation_id = "worker-tails-by-consumer",
    tag = "Workers", params(ScriptPath), security(("token" = ["read"])), responses((status = 200, body = Reply<Vec<Thing>>)))]
async fn tails(_access: Access<Read>, Place(ScriptPath { .. }): Place<ScriptPath>) -> Reply<Vec<Json>> {
    Reply::of(Vec::new())
}
