//! Products that Stepwell does not have. There are none of their things, and none can be made.

use super::{AccountPath, Thing, unsupported};
use crate::account::asked::Asked;
use crate::account::auth::{Access, Deploy, Read};
use crate::account::paging::Page;
use crate::account::reply::Reply;
use crate::account::{Api, Problem, codes};
use hyper::StatusCode;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use stepwell_control::Refusal;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(kv, create_kv))
        .routes(routes!(d1, create_d1))
        .routes(routes!(database))
        .routes(routes!(r2, create_r2))
        .routes(routes!(bucket))
}

/// KV namespaces: none.
#[utoipa::path(get, path = "/accounts/{account_id}/storage/kv/namespaces", operation_id = "workers-kv-namespace-list-namespaces",
    tag = "Elsewhere", params(AccountPath, Page<20, 1000>), security(("token" = ["read"])), responses((status = 200, body = Reply<Vec<Thing>>)))]
async fn kv(_access: Access<Read>, Asked(page): Asked<Page<20, 1000>>) -> Reply<Vec<Json>> {
    page.of(Vec::new())
}

/// There are no KV namespaces.
#[utoipa::path(post, path = "/accounts/{account_id}/storage/kv/namespaces", operation_id = "workers-kv-namespace-create-a-namespace",
    tag = "Elsewhere", params(AccountPath), security(("token" = ["deploy"])), responses((status = 200, body = Reply<Thing>)))]
async fn create_kv(_access: Access<Deploy>) -> Result<Reply<Json>, Problem> {
    Err(unsupported("a KV namespace cannot be made"))
}

/// D1 databases: none.
#[utoipa::path(get, path = "/accounts/{account_id}/d1/database", operation_id = "d1-list-databases", tag = "Elsewhere",
    params(AccountPath, Page<20>), security(("token" = ["read"])), responses((status = 200, body = Reply<Vec<Thing>>)))]
async fn d1(_access: Access<Read>, Asked(page): Asked<Page<20>>) -> Reply<Vec<Json>> {
    page.of(Vec::new())
}

/// There are no D1 databases.
#[utoipa::path(post, path = "/accounts/{account_id}/d1/database", operation_id = "d1-create-database", tag = "Elsewhere",
    params(AccountPath), security(("token" = ["deploy"])), responses((status = 200, body = Reply<Thing>)))]
async fn create_d1(_access: Access<Deploy>) -> Result<Reply<Json>, Problem> {
    Err(unsupported("a D1 database cannot be made"))
}

/// R2 buckets: none.
#[utoipa::path(get, path = "/accounts/{account_id}/r2/buckets", operation_id = "r2-list-buckets", tag = "Elsewhere",
    params(AccountPath), security(("token" = ["read"])), responses((status = 200, body = Reply<Thing>)))]
async fn r2(_access: Access<Read>) -> Reply<Json> {
    Reply::of(json!({ "buckets": [] }))
}

/// There are no R2 buckets.
#[utoipa::path(post, path = "/accounts/{account_id}/r2/buckets", operation_id = "r2-create-bucket", tag = "Elsewhere",
    params(AccountPath), security(("token" = ["deploy"])), responses((status = 200, body = Reply<Thing>)))]
async fn create_r2(_access: Access<Deploy>) -> Result<Reply<Json>, Problem> {
    Err(unsupported("an R2 bucket cannot be made"))
}

/// There is no such bucket.
#[utoipa::path(get, path = "/accounts/{account_id}/r2/buckets/{bucket_name}", operation_id = "r2-get-bucket", tag = "Elsewhere",
    params(AccountPath, ("bucket_name" = String, Path)), security(("token" = ["read"])), responses((status = 200, body = Reply<Thing>)))]
async fn bucket(_access: Access<Read>) -> Result<Reply<Json>, Problem> {
    Err(Refusal::bucket_not_found().into())
}

/// There is no such database.
#[utoipa::path(get, path = "/accounts/{account_id}/d1/database/{database_id}", operation_id = "d1-get-database", tag = "Elsewhere",
    params(AccountPath, ("database_id" = String, Path)), security(("token" = ["read"])), responses((status = 200, body = Reply<Thing>)))]
async fn database(_access: Access<Read>) -> Result<Reply<Json>, Problem> {
    Err(Problem::of(codes::DATABASE_NOT_FOUND))
}

/// Where other products of Cloudflare are, below an account.
const PRODUCTS: [(&str, &str); 18] = [
    ("ai", "Workers AI"),
    ("ai-gateway", "AI Gateway"),
    ("browser-rendering", "Browser Rendering"),
    ("builds", "Workers Builds"),
    ("containers", "Containers"),
    ("d1", "D1"),
    ("email", "Email Routing"),
    ("event_subscriptions", "event subscriptions"),
    ("hyperdrive", "Hyperdrive"),
    ("mtls_certificates", "mTLS certificates"),
    ("pages", "Pages"),
    ("pipelines", "Pipelines"),
    ("r2", "R2"),
    ("secrets_store", "Secrets Store"),
    ("storage/kv", "Workers KV"),
    ("vectorize", "Vectorize"),
    ("workers/dispatch", "Workers for Platforms"),
    ("workers/observability", "Workers Logs"),
];

/// The refusal of a request for a product that Stepwell does not have. `path` begins behind `/client/v4`.
pub(in crate::account) fn product(path: &str) -> Option<Problem> {
    let (_, rest) = path.strip_prefix("/accounts/")?.split_once('/')?;
    let asked_for = |(place, _): &&(&str, &str)| {
        let rest = rest.strip_prefix(place);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let (_, name) = PRODUCTS.iter().find(asked_for)?;
    // Clients take 404 for "there is none": `wrangler delete` asks for containers, and warns of anything else.
    Some(Problem {
        status: StatusCode::NOT_FOUND,
        ..Problem::not_supported(name)
    })
}
