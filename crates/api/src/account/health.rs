//! Whether the server is well, and its figures: for those who look after it. No token is needed.

use super::Api;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hyper::header::CONTENT_TYPE;
use std::sync::Arc;
use stepwell_meters::Page;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Its endpoints.
pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(live))
        .routes(routes!(ready))
        .routes(routes!(metrics))
}

/// Whether the process runs.
#[utoipa::path(get, path = "/health/live", operation_id = "health-live", tag = "Health",
    responses((status = 200, content_type = "text/plain", body = String)))]
async fn live() -> &'static str {
    "alive\n"
}

/// Whether requests are answered. 503 and why, if not.
#[utoipa::path(get, path = "/health/ready", operation_id = "health-ready", tag = "Health",
    responses(
        (status = 200, content_type = "text/plain", body = String),
        (status = 503, content_type = "text/plain", body = String),
    ))]
async fn ready(State(api): State<Arc<Api>>) -> Response {
    match api.facts.ready() {
        Ok(()) => "ready\n".into_response(),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {why}\n")).into_response(),
    }
}

/// Counters, gauges and histograms in Prometheus' text format.
#[utoipa::path(get, path = "/metrics", operation_id = "metrics", tag = "Health",
    responses((status = 200, content_type = "text/plain", body = String)))]
async fn metrics(State(api): State<Arc<Api>>) -> Response {
    let mut page = Page::default();
    api.facts.metrics(&mut page).await;
    api.meters.measure(&mut page);
    ([(CONTENT_TYPE, Page::CONTENT_TYPE)], page.into_text()).into_response()
}
