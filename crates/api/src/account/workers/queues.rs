//! Queues and their consumers (wire 9): kept and shown, until something makes them act.

use super::{AccountPath, Thing, object, text};
use crate::account::asked::{Asked, FromQuery, Query};
use crate::account::auth::{Access, Deploy, Read};
use crate::account::body::Whole;
use crate::account::paging::Page;
use crate::account::place::Place;
use crate::account::reply::Reply;
use crate::account::{Api, Problem};
use crate::input::json::wrong_kind;
use crate::shape::time;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;
use stepwell_control::PutConsumer;
use stepwell_control::model::{Consumer, Queue};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, patch, put, delete))
        .routes(routes!(consumers, add_consumer))
        .routes(routes!(change_consumer, delete_consumer))
        .routes(routes!(purge))
}

/// The path of a queue.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct QueuePath {
    /// The account.
    #[allow(dead_code)] // who asks says which account
    account_id: String,
    /// The queue's id.
    queue_id: String,
}

/// The path of a consumer.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
#[allow(clippy::struct_field_names)] // the segments' names
struct ConsumerPath {
    /// The account.
    #[allow(dead_code)] // who asks says which account
    account_id: String,
    /// The queue's id.
    queue_id: String,
    /// The consumer's id.
    consumer_id: String,
}

/// Which queues.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct Names {
    /// Their names; it may be there several times.
    #[param(explode = true)]
    name: Vec<String>,
}

impl FromQuery for Names {
    fn read(query: &mut Query) -> Self {
        Self {
            name: query.texts("name"),
        }
    }
}

fn consumer_view(queue: &Queue, consumer: &Consumer) -> Json {
    json!({
        "consumer_id": consumer.id,
        "queue_id": queue.id,
        "queue_name": queue.name,
        "type": consumer.kind,
        // wrangler looks for the Worker under this key, and would add another consumer at each deploy without it.
        "script": consumer.script,
        "script_name": consumer.script,
        "dead_letter_queue": consumer.dead_letter_queue,
        "settings": consumer.settings,
        "created_on": time(consumer.created_ms),
    })
}

fn view(api: &Api, queue: &Queue) -> Json {
    let producers = api.control.producers(queue);
    let producers: Vec<_> = producers
        .iter()
        .map(|script| json!({ "type": "worker", "script": script }))
        .collect();
    let consumers: Vec<_> = queue
        .consumers
        .iter()
        .map(|consumer| consumer_view(queue, consumer))
        .collect();
    let mut settings =
        json!({ "delivery_delay": 0, "delivery_paused": false, "message_retention_period": 345_600 });
    if let (Json::Object(settings), Json::Object(own)) = (&mut settings, &queue.settings) {
        settings.extend(own.clone());
    }
    json!({
        "queue_id": queue.id,
        "queue_name": queue.name,
        "created_on": time(queue.created_ms),
        "modified_on": time(queue.modified_ms),
        "producers_total_count": producers.len(),
        "producers": producers,
        "consumers_total_count": consumers.len(),
        "consumers": consumers,
        "settings": settings,
    })
}

/// The queues of the account.
#[utoipa::path(get, path = "/accounts/{account_id}/queues", operation_id = "queues-list", tag = "Queues",
    params(AccountPath, Page<20>, Names), security(("token" = ["read"])), responses((status = 200, body = Reply<Vec<Thing>>)))]
async fn list(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Asked(page): Asked<Page<20>>,
    Asked(Names { name }): Asked<Names>,
) -> Reply<Vec<Json>> {
    let reply = page.of(api.control.queues(access.account(), &name));
    let views = reply.result().iter().map(|queue| view(&api, queue)).collect();
    reply.with(views)
}

/// The field `settings`, if it is there.
fn settings(given: &Map<String, Json>) -> Result<Map<String, Json>, Problem> {
    match given.get("settings") {
        None | Some(Json::Null) => Ok(Map::new()),
        Some(Json::Object(settings)) => Ok(settings.clone()),
        other => Err(Problem::invalid(vec![wrong_kind("settings", "object", other)])),
    }
}

/// Makes a queue.
#[utoipa::path(post, path = "/accounts/{account_id}/queues", operation_id = "queues-create", tag = "Queues", params(AccountPath),
    request_body = Thing, security(("token" = ["deploy"])), responses((status = 200, body = Reply<Thing>)))]
async fn create(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Whole(body): Whole,
) -> Result<Reply<Json>, Problem> {
    let given = object(&body)?;
    let name = text(&given, "queue_name")?;
    let queue = api
        .control
        .create_queue(access.account(), &name, settings(&given)?)
        .await?;
    Ok(Reply::of(view(&api, &queue)))
}

/// A queue.
#[utoipa::path(get, path = "/accounts/{account_id}/queues/{queue_id}", operation_id = "queues-get", tag = "Queues", params(QueuePath),
    security(("token" = ["read"])), responses((status = 200, body = Reply<Thing>)))]
async fn get(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(QueuePath { queue_id, .. }): Place<QueuePath>,
) -> Result<Reply<Json>, Problem> {
    let queue = api.control.queue(access.account(), &queue_id)?;
    Ok(Reply::of(view(&api, &queue)))
}

async fn change(api: &Api, account: &str, queue_id: &str, body: &[u8]) -> Result<Reply<Json>, Problem> {
    let given = object(body)?;
    let queue = api
        .control
        .patch_queue(account, queue_id, settings(&given)?)
        .await?;
    Ok(Reply::of(view(api, &queue)))
}

/// Sets what is given of a queue's settings.
#[utoipa::path(patch, path = "/accounts/{account_id}/queues/{queue_id}", operation_id = "queues-update-partial", tag = "Queues",
    params(QueuePath), request_body = Thing, security(("token" = ["deploy"])), responses((status = 200, body = Reply<Thing>)))]
async fn patch(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(QueuePath { queue_id, .. }): Place<QueuePath>,
    Whole(body): Whole,
) -> Result<Reply<Json>, Problem> {
    change(&api, access.account(), &queue_id, &body).await
}

/// Sets what is given of a queue's settings.
#[utoipa::path(put, path = "/accounts/{account_id}/queues/{queue_id}", operation_id = "queues-update", tag = "Queues",
    params(QueuePath), request_body = Thing, security(("token" = ["deploy"])), responses((status = 200, body = Reply<Thing>)))]
async fn put(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(QueuePath { queue_id, .. }): Place<QueuePath>,
    Whole(body): Whole,
) -> Result<Reply<Json>, Problem> {
    change(&api, access.account(), &queue_id, &body).await
}

/// Deletes a queue.
#[utoipa::path(delete, path = "/accounts/{account_id}/queues/{queue_id}", operation_id = "queues-delete", tag = "Queues", params(QueuePath),
    security(("token" = ["deploy"])), responses((status = 200, body = Reply<Option<Thing>>)))]
async fn delete(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(QueuePath { queue_id, .. }): Place<QueuePath>,
) -> Result<Reply<Option<Json>>, Problem> {
    api.control.delete_queue(access.account(), &queue_id).await?;
    Ok(Reply::of(None))
}

/// The consumers of a queue.
#[utoipa::path(get, path = "/accounts/{account_id}/queues/{queue_id}/consumers", operation_id = "queues-list-consumers", tag = "Queues",
    params(QueuePath), security(("token" = ["read"])), responses((status = 200, body = Reply<Vec<Thing>>)))]
async fn consumers(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(QueuePath { queue_id, .. }): Place<QueuePath>,
) -> Result<Reply<Vec<Json>>, Problem> {
    let queue = api.control.queue(access.account(), &queue_id)?;
    Ok(Reply::of(
        queue
            .consumers
            .iter()
            .map(|consumer| consumer_view(&queue, consumer))
            .collect(),
    ))
}

fn consumer(body: &[u8]) -> Result<PutConsumer, Problem> {
    let given = object(body)?;
    let optional = |name: &str| given.get(name).and_then(Json::as_str).map(str::to_owned);
    Ok(PutConsumer {
        kind: optional("type").unwrap_or_else(|| "worker".to_owned()),
        script: optional("script_name").or_else(|| optional("script")),
        dead_letter_queue: optional("dead_letter_queue"),
        settings: Json::Object(settings(&given)?),
    })
}

/// Adds a consumer.
#[utoipa::path(post, path = "/accounts/{account_id}/queues/{queue_id}/consumers", operation_id = "queues-create-consumer", tag = "Queues",
    params(QueuePath), request_body = Thing, security(("token" = ["deploy"])), responses((status = 200, body = Reply<Thing>)))]
async fn add_consumer(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(QueuePath { queue_id, .. }): Place<QueuePath>,
    Whole(body): Whole,
) -> Result<Reply<Json>, Problem> {
    let put = consumer(&body)?;
    let (queue, made) = api
        .control
        .put_consumer(access.account(), &queue_id, None, put)
        .await?;
    Ok(Reply::of(consumer_view(&queue, &made)))
}

/// Changes a consumer.
#[utoipa::path(put, path = "/accounts/{account_id}/queues/{queue_id}/consumers/{consumer_id}", operation_id = "queues-update-consumer",
    tag = "Queues", params(ConsumerPath), request_body = Thing, security(("token" = ["deploy"])),
    responses((status = 200, body = Reply<Thing>)))]
async fn change_consumer(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(ConsumerPath {
        queue_id,
        consumer_id,
        ..
    }): Place<ConsumerPath>,
    Whole(body): Whole,
) -> Result<Reply<Json>, Problem> {
    let put = consumer(&body)?;
    let (queue, made) = api
        .control
        .put_consumer(access.account(), &queue_id, Some(&consumer_id), put)
        .await?;
    Ok(Reply::of(consumer_view(&queue, &made)))
}

/// Deletes a consumer.
#[utoipa::path(delete, path = "/accounts/{account_id}/queues/{queue_id}/consumers/{consumer_id}", operation_id = "queues-delete-consumer",
    tag = "Queues", params(ConsumerPath), security(("token" = ["deploy"])), responses((status = 200, body = Reply<Option<Thing>>)))]
async fn delete_consumer(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(ConsumerPath {
        queue_id,
        consumer_id,
        ..
    }): Place<ConsumerPath>,
) -> Result<Reply<Option<Json>>, Problem> {
    api.control
        .delete_consumer(access.account(), &queue_id, &consumer_id)
        .await?;
    Ok(Reply::of(None))
}

/// Deletes all messages of a queue: there never are any.
#[utoipa::path(post, path = "/accounts/{account_id}/queues/{queue_id}/purge", operation_id = "queues-purge", tag = "Queues",
    params(QueuePath), request_body = Thing, security(("token" = ["deploy"])), responses((status = 200, body = Reply<Thing>)))]
async fn purge(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(QueuePath { queue_id, .. }): Place<QueuePath>,
) -> Result<Reply<Json>, Problem> {
    let queue = api.control.queue(access.account(), &queue_id)?;
    Ok(Reply::of(view(&api, &queue)))
}
