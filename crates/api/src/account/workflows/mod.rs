//! `/accounts/{account_id}/workflows` (spec 4.2).

mod instances;
mod list;
mod schema;

use super::{Api, Problem, Workflow};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Its endpoints.
pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(list::get))
        .merge(instances::routes())
}

/// A Workflow of an account, which must be there before anything can be said of its instances.
async fn known(api: &Api, account: &str, name: &str) -> Result<Workflow, Problem> {
    Ok(api.workflows.get(account, name).await?)
}

/// The id of a version by its number; empty if the control plane does not know it.
fn version_id(workflow: &Workflow, number: u32) -> Arc<str> {
    let versions = workflow.versions.iter();
    let mut ids = versions
        .filter(|version| version.number == number)
        .map(|version| version.id.clone());
    ids.next().unwrap_or_default()
}
