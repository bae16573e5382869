//! `/workflows/concurrency`: limits on steps that several Workflows share (spec 4.12). They are kept; how a step names one is
//! not known, so nothing refers to them.

use super::fields::{Fields, Wrong};
use crate::account::asked::Asked;
use crate::account::auth::{Access, Deploy, Read};
use crate::account::body::Whole;
use crate::account::paging::Page;
use crate::account::place::Place;
use crate::account::reply::Reply;
use crate::account::{Api, Problem};
use crate::input::json;
use crate::shape::time;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::sync::Arc;
use stepwell_control::model::ConcurrencyKey;
use utoipa::{IntoParams, ToSchema};

/// A path that names a concurrency key.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct KeyPath {
    /// The key's id.
    #[param(min_length = 1)]
    key_id: String,
    #[allow(dead_code)] // for the description: `Access` reads it
    /// The account's id.
    #[param(min_length = 1, max_length = 64)]
    account_id: String,
}

/// A concurrency key.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConcurrencyKey)]
pub(super) struct KeyView {
    id: String,
    name: String,
    /// The most steps that hold it at once.
    limit: u64,
    #[schema(value_type = String)]
    created_on: Json,
    /// The versions that refer to it: none. Of one key only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Object>>, nullable = false)]
    referencing_workflows: Option<[Json; 0]>,
}

/// A key that is to be made or changed.
#[derive(Debug, ToSchema)]
#[allow(dead_code)] // a schema only
pub(super) struct NewKey {
    /// Unique in the account; it never changes.
    #[schema(nullable = false)]
    name: Option<String>,
    #[schema(minimum = 1)]
    limit: u64,
}

/// A key that is gone.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeletedKey {
    id: String,
}

impl KeyView {
    fn of(key: &ConcurrencyKey) -> Self {
        Self {
            id: key.id.clone(),
            name: key.name.clone(),
            limit: key.limit,
            created_on: time(key.created_ms),
            referencing_workflows: None,
        }
    }
}

/// The concurrency keys of the account, the oldest first.
#[utoipa::path(get, path = "/accounts/{account_id}/workflows/concurrency", operation_id = "wor-list-concurrency-keys",
    tag = "Concurrency keys", params(("account_id" = String, Path), Page<50>), security(("token" = ["read"])),
    responses((status = 200, body = Reply<Vec<KeyView>>)))]
pub(super) async fn list(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Asked(page): Asked<Page<50>>,
) -> Reply<Vec<KeyView>> {
    let keys = api.control.concurrency_keys(access.account());
    page.of(keys.iter().map(|key| KeyView::of(key)).collect())
}

/// Makes a concurrency key.
#[utoipa::path(post, path = "/accounts/{account_id}/workflows/concurrency", operation_id = "wor-create-concurrency-key",
    tag = "Concurrency keys", params(("account_id" = String, Path)), request_body = NewKey,
    security(("token" = ["deploy"])), responses((status = 200, body = Reply<KeyView>)))]
pub(super) async fn create(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Whole(body): Whole,
) -> Result<Reply<KeyView>, Problem> {
    let (name, limit) = parse(&body, true).map_err(Problem::invalid)?;
    let key = api
        .control
        .create_concurrency_key(access.account(), &name, limit)
        .await?;
    Ok(Reply::of(KeyView::of(&key)))
}

/// One concurrency key.
#[utoipa::path(get, path = "/accounts/{account_id}/workflows/concurrency/{key_id}", operation_id = "wor-get-concurrency-key",
    tag = "Concurrency keys", params(KeyPath), security(("token" = ["read"])),
    responses((status = 200, body = Reply<KeyView>)))]
pub(super) async fn get(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(path): Place<KeyPath>,
) -> Result<Reply<KeyView>, Problem> {
    let key = api.control.concurrency_key(access.account(), &path.key_id)?;
    Ok(Reply::of(KeyView {
        referencing_workflows: Some([]),
        ..KeyView::of(&key)
    }))
}

/// Changes the limit of a concurrency key.
#[utoipa::path(patch, path = "/accounts/{account_id}/workflows/concurrency/{key_id}",
    operation_id = "wor-update-concurrency-key", tag = "Concurrency keys", params(KeyPath), request_body = NewKey,
    security(("token" = ["deploy"])), responses((status = 200, body = Reply<KeyView>)))]
pub(super) async fn update(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(path): Place<KeyPath>,
    Whole(body): Whole,
) -> Result<Reply<KeyView>, Problem> {
    let (_, limit) = parse(&body, false).map_err(Problem::invalid)?;
    let changed = api
        .control
        .set_concurrency_limit(access.account(), &path.key_id, limit);
    Ok(Reply::of(KeyView::of(&*changed.await?)))
}

/// Deletes a concurrency key.
#[utoipa::path(delete, path = "/accounts/{account_id}/workflows/concurrency/{key_id}",
    operation_id = "wor-delete-concurrency-key", tag = "Concurrency keys", params(KeyPath),
    security(("token" = ["deploy"])), responses((status = 200, body = Reply<DeletedKey>)))]
pub(super) async fn delete(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(path): Place<KeyPath>,
) -> Result<Reply<DeletedKey>, Problem> {
    api.control
        .delete_concurrency_key(access.account(), &path.key_id)
        .await?;
    Ok(Reply::of(DeletedKey { id: path.key_id }))
}

/// The name, if there has to be one, and the limit.
fn parse(body: &[u8], named: bool) -> Result<(String, u64), Wrong> {
    let body = json::value(body)?;
    let fields = Fields::of(body.as_ref())?;
    let mut wrong = Wrong::new();
    let name = if named {
        fields.required("name", &mut wrong)
    } else {
        String::new()
    };
    let limit = fields.required_count("limit", &mut wrong);
    if wrong.is_empty() {
        Ok((name, limit))
    } else {
        Err(wrong)
    }
}
