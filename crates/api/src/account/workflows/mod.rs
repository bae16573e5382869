//! `/accounts/{account_id}/workflows` (spec 4.2).

mod concurrency;
mod fields;
mod follow;
mod instances;
mod list;
mod put;
mod schema;
mod settings;
mod versions;

use super::{Api, Problem, codes};
use std::sync::Arc;
use stepwell_control::model::Workflow;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Its endpoints.
pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    let reserved = || axum::routing::put(put::reserved);
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(settings::get, settings::update))
        .route("/accounts/{account_id}/workflows/settings", reserved())
        .route("/accounts/{account_id}/workflows/concurrency", reserved())
        .routes(routes!(concurrency::list, concurrency::create))
        .routes(routes!(
            concurrency::get,
            concurrency::update,
            concurrency::delete
        ))
        .routes(routes!(list::get, list::delete, put::put))
        .routes(routes!(follow::get, follow::set))
        .routes(routes!(versions::list))
        .routes(routes!(versions::get))
        .routes(routes!(versions::graph))
        .routes(routes!(versions::dag))
        .merge(instances::routes())
}

/// A Workflow of an account, which must be there before anything can be said of its instances.
fn known(api: &Api, account: &str, name: &str) -> Result<Arc<Workflow>, Problem> {
    let workflow = api.control.workflow(account, name);
    workflow.ok_or_else(|| Problem::of(codes::WORKFLOW_NOT_FOUND))
}

/// The id of a version by its number; empty if the control plane does not know it any more.
fn version_id(api: &Api, workflow: &Workflow, number: u32) -> String {
    let (account, name) = (&workflow.account, &workflow.name);
    let version = api.control.workflow_version_by_number(account, name, number);
    version.map_or_else(String::new, |version| version.id.clone())
}
