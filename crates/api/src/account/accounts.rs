//! `/installation/accounts`: which accounts there are. Cloudflare has no such thing: it is the operator's alone.

use super::asked::{Asked, FromQuery, Query};
use super::audit::Audit;
use super::auth::Operator;
use super::body::Whole;
use super::paging::Page;
use super::place::Place;
use super::reply::Reply;
use super::{Api, Problem};
use crate::input::json;
use crate::shape::time;
use axum::Extension;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::sync::Arc;
use stepwell_control::model::Account;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Its endpoints.
pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(delete))
}

/// An account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InstallationAccount)]
struct AccountView {
    id: String,
    name: String,
    #[schema(value_type = String)]
    created_on: Json,
}

impl AccountView {
    fn of(account: &Account) -> Self {
        Self {
            id: account.id.clone(),
            name: account.name.clone(),
            created_on: time(account.created_ms),
        }
    }
}

/// An account that is to be made.
#[derive(Debug, ToSchema)]
#[allow(dead_code)] // a schema only
struct NewAccount {
    /// Lower-case letters, digits, `-` and `_`.
    #[schema(min_length = 1, max_length = 63)]
    id: String,
    /// For people; else the id.
    #[schema(min_length = 1, max_length = 120)]
    name: Option<String>,
}

/// A path that names an account.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct AccountPath {
    /// The account's id.
    #[param(min_length = 1, max_length = 63)]
    id: String,
}

/// How an account is deleted.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct Force {
    /// With all that it has.
    force: Option<bool>,
}

impl FromQuery for Force {
    fn read(query: &mut Query) -> Self {
        Self {
            force: query.option("force", &[("true", true), ("false", false)]),
        }
    }
}

/// An account that is gone.
#[derive(Debug, Serialize, ToSchema)]
struct Deleted {
    id: String,
}

/// All accounts.
#[utoipa::path(get, path = "/installation/accounts", operation_id = "installation-list-accounts", tag = "Accounts",
    params(Page<20>), security(("token" = ["admin"])), responses((status = 200, body = Reply<Vec<AccountView>>)))]
async fn list(
    _: Operator,
    State(api): State<Arc<Api>>,
    Asked(page): Asked<Page<20>>,
) -> Reply<Vec<AccountView>> {
    let accounts = api.control.accounts();
    page.of(accounts.iter().map(|account| AccountView::of(account)).collect())
}

/// Makes an account.
#[utoipa::path(post, path = "/installation/accounts", operation_id = "installation-create-account", tag = "Accounts",
    request_body = NewAccount, security(("token" = ["admin"])), responses((status = 200, body = Reply<AccountView>)))]
async fn create(
    _: Operator,
    State(api): State<Arc<Api>>,
    Extension(audit): Extension<Audit>,
    Whole(body): Whole,
) -> Result<Reply<AccountView>, Problem> {
    let (id, name) = parse(&body).map_err(Problem::invalid)?;
    audit.note(format!("account {id}"));
    let account = api.control.create_account(&id, &name).await?;
    Ok(Reply::of(AccountView::of(&account)))
}

/// Deletes an account and its tokens; it must have nothing else, unless forced.
#[utoipa::path(delete, path = "/installation/accounts/{id}", operation_id = "installation-delete-account",
    tag = "Accounts", params(AccountPath, Force), security(("token" = ["admin"])),
    responses((status = 200, body = Reply<Deleted>)))]
async fn delete(
    _: Operator,
    State(api): State<Arc<Api>>,
    Place(AccountPath { id }): Place<AccountPath>,
    Asked(Force { force }): Asked<Force>,
    Extension(audit): Extension<Audit>,
) -> Result<Reply<Deleted>, Problem> {
    if force == Some(true) {
        audit.note("with all that it has");
    }
    let tokens = api.control.tokens(&id);
    api.control.delete_account(&id, force == Some(true)).await?;
    for token in tokens {
        api.tails.close_all_of(&token.id);
    }
    Ok(Reply::of(Deleted { id }))
}

/// The id and the name in a body.
fn parse(body: &[u8]) -> Result<(String, String), Vec<String>> {
    let body = json::value(body)?;
    let Some(Json::Object(fields)) = &body else {
        return Err(vec![json::wrong_kind("", "object", body.as_ref())]);
    };
    let Some(id) = fields.get("id").and_then(Json::as_str) else {
        return Err(vec![json::wrong_kind("id", "string", fields.get("id"))]);
    };
    match fields.get("name") {
        None | Some(Json::Null) => Ok((id.to_owned(), id.to_owned())),
        Some(Json::String(name)) => Ok((id.to_owned(), name.clone())),
        other => Err(vec![json::wrong_kind("name", "string", other)]),
    }
}
