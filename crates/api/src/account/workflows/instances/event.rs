//! `POST /workflows/{name}/instances/{id}/events/{type}` (spec 4.9).

use super::schema::Touched;
use crate::account::auth::{Access, Write};
use crate::account::body::Whole;
use crate::account::place::Place;
use crate::account::reply::Reply;
use crate::account::workflows::known;
use crate::account::{Api, Problem, codes};
use crate::input::json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::Value as Json;
use std::sync::Arc;
use stepwell_core::value::Value;
use utoipa::IntoParams;

/// A path that names a kind of event for an instance.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct EventPath {
    /// The event's type.
    #[param(min_length = 1, max_length = 100)]
    event_type: String,
    /// The instance's id.
    #[param(min_length = 1, max_length = 271)]
    instance_id: String,
    /// The Workflow's name.
    #[param(min_length = 1, max_length = 64)]
    workflow_name: String,
    #[allow(dead_code)] // for the description: `Access` reads it
    /// The account's id.
    #[param(min_length = 1, max_length = 64)]
    account_id: String,
}

/// Sends an event. The body is the payload, any JSON; without one it is `undefined`.
#[utoipa::path(post, operation_id = "wor-send-event-workflow-instance", tag = "Instances",
    path = "/accounts/{account_id}/workflows/{workflow_name}/instances/{instance_id}/events/{event_type}",
    params(EventPath), request_body = Option<Json>, security(("token" = ["write"])),
    responses((status = 200, body = Reply<Touched>)))]
pub(super) async fn send(
    access: Access<Write>,
    State(api): State<Arc<Api>>,
    Place(path): Place<EventPath>,
    Whole(body): Whole,
) -> Result<Reply<Touched>, Problem> {
    known(&api, access.account(), &path.workflow_name)?;
    let payload = match json::text(&body).map_err(not_json)? {
        Some(text) => Value::json_text(text).map_err(|_| not_json(json::NotJson))?,
        None => Value::undefined(),
    };
    let key = access.key(&path.workflow_name);
    let sent = api
        .engine
        .send_event(&key, &path.instance_id, &path.event_type, payload);
    sent.await?;
    Ok(Reply::of(Touched::now(path.instance_id)))
}

fn not_json(error: json::NotJson) -> Problem {
    Problem::saying(codes::INVALID, error.to_string())
}
