//! `/accounts/{account_id}/workers/scripts/{script_name}/tails`: who watches a Worker's logs (wire 8.4).

mod address;
mod socket;
mod workers;

pub(super) use socket::watch;
pub use workers::WorkersOf;

use super::auth::{Access, Read};
use super::body::Whole;
use super::place::Place;
use super::reply::Reply;
use super::server::Client;
use super::{Api, Problem, codes};
use crate::input::json;
use crate::shape::time;
use address::Address;
use axum::Extension;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::sync::Arc;
use stepwell_logs::tail::{Filters, Refusal, Tail};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Where the clients of sessions connect to; the token follows. It needs no other credentials.
pub(super) const SOCKETS: &str = "/tails/{token}";

/// Its endpoints.
pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(create, list))
        .routes(routes!(delete))
}

/// A path that names a Worker.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct ScriptPath {
    /// The Worker's name.
    script_name: String,
    #[allow(dead_code)] // for the description: `Access` reads it
    /// The account's id.
    #[param(min_length = 1, max_length = 64)]
    account_id: String,
}

/// A path that names a session.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct TailPath {
    /// The session's id.
    id: String,
    /// The Worker's name.
    script_name: String,
    #[allow(dead_code)] // for the description: `Access` reads it
    /// The account's id.
    #[param(min_length = 1, max_length = 64)]
    account_id: String,
}

/// Which events a session wants.
#[derive(Debug, Deserialize, ToSchema)]
#[allow(dead_code)] // a schema only: `Filters` reads it
struct TailOptions {
    /// An event must pass all of them. Each has one of `sampling_rate`, `outcome`, `method`, `header`, `client_ip`, `query`,
    /// `scriptVersion`.
    filters: Option<Vec<Json>>,
}

/// A session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Tail)]
struct TailView {
    id: String,
    /// Where its one client connects to, with the subprotocol `trace-v1`.
    url: String,
    /// When it ends by itself.
    #[schema(value_type = String)]
    expires_at: Json,
}

impl TailView {
    fn of(tail: Tail, address: &Address) -> Self {
        Self {
            id: tail.id,
            url: address.of(&SOCKETS.replace("{token}", &tail.token)),
            expires_at: time(tail.expires_ms),
        }
    }
}

/// Opens a session. Its client connects to the URL in the answer within two minutes.
#[utoipa::path(post, path = "/accounts/{account_id}/workers/scripts/{script_name}/tails", operation_id = "worker-tail-logs-start-tail",
    tag = "Tails", params(ScriptPath), request_body = Option<TailOptions>, security(("token" = ["read"])),
    responses((status = 200, body = Reply<TailView>)))]
async fn create(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(path): Place<ScriptPath>,
    Extension(client): Extension<Client>,
    address: Address,
    Whole(body): Whole,
) -> Result<Reply<TailView>, Problem> {
    let own_ip = client.address.ip().to_canonical().to_string();
    let filters = filters(&body, &own_ip).map_err(Problem::invalid)?;
    let opener = &access.principal.token;
    let tail = api.tails.open(&access.key(&path.script_name), filters, opener)?;
    Ok(Reply::of(TailView::of(tail, &address)))
}

/// The sessions of a Worker.
#[utoipa::path(get, path = "/accounts/{account_id}/workers/scripts/{script_name}/tails", operation_id = "worker-tail-logs-list-tails",
    tag = "Tails", params(ScriptPath), security(("token" = ["read"])),
    responses((status = 200, body = Reply<Vec<TailView>>)))]
async fn list(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(path): Place<ScriptPath>,
    address: Address,
) -> Result<Reply<Vec<TailView>>, Problem> {
    let tails = api.tails.list(&access.key(&path.script_name));
    let tails = tails.ok_or(Refusal::NoWorker)?.into_iter();
    Ok(Reply::of(
        tails.map(|tail| TailView::of(tail, &address)).collect(),
    ))
}

/// Ends a session.
#[utoipa::path(delete, path = "/accounts/{account_id}/workers/scripts/{script_name}/tails/{id}",
    operation_id = "worker-tail-logs-delete-tail", tag = "Tails", params(TailPath), security(("token" = ["read"])),
    responses((status = 200, body = Reply<Option<String>>)))]
async fn delete(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(path): Place<TailPath>,
) -> Result<Reply<Option<String>>, Problem> {
    if api.tails.close(&access.key(&path.script_name), &path.id) {
        Ok(Reply::of(None))
    } else {
        Err(Problem::of(codes::TAIL_NOT_FOUND))
    }
}

/// The filters in a body.
fn filters(body: &[u8], own_ip: &str) -> Result<Filters, Vec<String>> {
    let body = json::value(body)?.unwrap_or_else(|| serde_json::json!({}));
    let Json::Object(fields) = &body else {
        return Err(vec![json::wrong_kind("", "object", Some(&body))]);
    };
    match fields.get("filters") {
        None | Some(Json::Null) => Ok(Filters::default()),
        Some(Json::Array(filters)) => Filters::read(filters, own_ip).map_err(|wrong| vec![wrong.to_string()]),
        other => Err(vec![json::wrong_kind("filters", "array", other)]),
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoWorker => stepwell_control::Refusal::script_not_found().into(),
            Refusal::TooMany { most } => Self::saying(
                codes::TOO_MANY_TAILS,
                format!("this Worker has {most} tails already: end one of them first"),
            ),
        }
    }
}
