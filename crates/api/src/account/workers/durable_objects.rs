//! Durable Object namespaces.

use super::{AccountPath, Thing};
use crate::account::Api;
use crate::account::asked::Asked;
use crate::account::auth::{Access, Read};
use crate::account::paging::Page;
use crate::account::reply::Reply;
use axum::extract::State;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use stepwell_control::model::{Namespace, Script};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new().routes(routes!(namespaces))
}

fn view(script: &Script, namespace: &Namespace) -> Json {
    json!({
        "id": namespace.id,
        "name": format!("{}_{}", script.name, namespace.class_name),
        "class": namespace.class_name,
        "script": script.name,
        "use_sqlite": namespace.sqlite,
    })
}

/// The Durable Object namespaces of the account.
#[utoipa::path(get, path = "/accounts/{account_id}/workers/durable_objects/namespaces",
    operation_id = "durable-objects-namespace-list-namespaces", tag = "Workers", params(AccountPath, Page<20, 1000>),
    security(("token" = ["read"])), responses((status = 200, body = Reply<Vec<Thing>>)))]
async fn namespaces(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Asked(page): Asked<Page<20, 1000>>,
) -> Reply<Vec<Json>> {
    let mut views = Vec::new();
    for script in api.control.scripts(access.account()) {
        views.extend(script.namespaces.iter().map(|namespace| view(&script, namespace)));
    }
    page.of(views)
}
