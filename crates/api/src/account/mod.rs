//! The API port of `stepwell serve`: Cloudflare's account API below `/client/v4` (spec 4), the server's health and figures,
//! and the description of all of it at `/openapi.json`.
//!
//! Handlers are thin: an extractor says who asks ([`auth::Access`], first), others what ([`place::Place`], [`asked::Asked`],
//! [`body::Whole`]), the engine and the control plane answer, `crate::shape` and the types of each group say how it looks.
//! A group of endpoints is a module with a function `routes`, which [`router`] puts together.

mod accounts;
mod addresses;
mod asked;
mod audit;
mod auth;
mod body;
mod codes;
mod cursor;
mod health;
mod moves;
mod openapi;
mod paging;
mod path;
mod place;
mod problem;
mod reply;
mod server;
mod tail;
mod tokens;
mod triggers;
mod user;
mod workers;
mod workflows;

pub use addresses::Addresses;
pub use moves::Moves;
pub use server::{Options, serve};
pub use tail::WorkersOf;

use crate::admin::Facts;
pub use crate::meters::ApiMeters;
use crate::shape::envelope::Problem;
use axum::Router;
use axum::extract::Request;
use bytes::Bytes;
use hyper::StatusCode;
use std::sync::Arc;
use stepwell_control::Control;
use stepwell_engine::Management;
use stepwell_logs::tail::TailHub;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

/// Where Cloudflare's clients expect everything.
const BASE: &str = "/client/v4";

/// What the handlers have at hand.
pub struct Api {
    /// The engine, which knows a Workflow by `{account}/{name}`.
    pub engine: Arc<dyn Management>,
    /// The control plane: accounts, tokens, Workers, Workflows as resources.
    pub control: Control,
    /// Who replays instances on other versions.
    pub moves: Arc<dyn Moves>,
    /// Who watches the logs.
    pub tails: Arc<TailHub>,
    /// Where Workers are served.
    pub addresses: Addresses,
    /// Health and figures.
    pub facts: Arc<dyn Facts>,
    /// What the port counts.
    pub meters: ApiMeters,
}

fn parts() -> (Router<Arc<Api>>, OpenApi) {
    let account = OpenApiRouter::new()
        .merge(user::routes())
        .merge(accounts::routes())
        .merge(tokens::routes())
        .merge(triggers::routes())
        .merge(workflows::routes())
        .merge(tail::routes())
        .merge(workers::routes());
    let (router, api) = OpenApiRouter::with_openapi(openapi::skeleton())
        .merge(health::routes())
        .nest(BASE, account)
        .split_for_parts();
    (router, openapi::complete(api))
}

/// The description of the API: what `/openapi.json` answers.
pub fn description() -> OpenApi {
    parts().1
}

/// Everything that the port answers.
fn router(api: Arc<Api>) -> Router {
    let (router, description) = parts();
    let description = serde_json::to_vec(&description).unwrap_or_default();
    let description = Bytes::from(description);
    let describe = move || async move { reply::json(StatusCode::OK, description.to_vec()) };
    router
        .route("/openapi.json", axum::routing::get(describe))
        .route(tail::SOCKETS, axum::routing::get(tail::watch))
        .fallback(nothing)
        .method_not_allowed_fallback(wrong_method)
        .with_state(api)
}

async fn nothing(request: Request) -> Problem {
    let path = request.uri().path();
    let product = path.strip_prefix(BASE).and_then(workers::product);
    product.unwrap_or_else(|| {
        let message = format!("Could not route to {path}, perhaps your object identifier is invalid?");
        Problem::saying(codes::NO_ROUTE, message)
    })
}

async fn wrong_method(request: Request) -> Problem {
    let message = format!("Method {} is not available for this path", request.method());
    Problem::saying(codes::WRONG_METHOD, message)
}
