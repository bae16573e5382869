//! `/accounts/{account_id}/workflows/{workflow_name}/instances` (spec 4.4 to 4.10).

mod batch;
mod create;
mod describe;
mod event;
mod list;
mod migrate;
mod new_instance;
mod reason;
mod schema;
mod status;
mod step;
mod subscribe;
mod terminate;

use crate::account::Api;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Its endpoints.
pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(batch::create))
        .routes(routes!(batch::delete))
        .routes(routes!(terminate::batch))
        .routes(routes!(terminate::all, terminate::state))
        .routes(routes!(describe::describe, describe::delete))
        .routes(routes!(step::output))
        .routes(routes!(reason::reason))
        .routes(routes!(migrate::migrate))
        .routes(routes!(event::send))
        .routes(routes!(status::change))
        .routes(routes!(subscribe::subscribe))
        .routes(routes!(subscribe::token))
}
