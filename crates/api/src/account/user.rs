//! Who the caller is: what `wrangler whoami` asks, and any command that was not told the account.

use super::Api;
use super::asked::Asked;
use super::auth::{Access, Caller, Read, name};
use super::paging::Page;
use super::reply::Reply;
use axum::extract::State;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Its endpoints.
pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(verify))
        .routes(routes!(verify_in_account))
        .routes(routes!(user))
        .routes(routes!(accounts))
        .routes(routes!(account))
        .routes(routes!(memberships))
}

/// The token.
#[derive(Debug, Serialize, ToSchema)]
struct Token {
    /// Its id, which is no secret.
    id: String,
    /// `active`.
    status: &'static str,
}

/// The user. There are none: a token stands for itself.
#[derive(Debug, Serialize, ToSchema)]
struct User {
    /// The token's id.
    id: String,
    /// An address that says whose token it is.
    email: String,
}

/// An account.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Account {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
    /// `standard`.
    r#type: &'static str,
}

/// What the caller is in an account.
#[derive(Debug, Serialize, ToSchema)]
struct Membership {
    /// The token's id.
    id: String,
    /// `accepted`.
    status: &'static str,
    /// The account.
    account: Account,
    /// The token's scope.
    roles: [&'static str; 1],
}

fn account_of(api: &Api, id: &str) -> Account {
    let name = api
        .control
        .account(id)
        .map_or_else(|| id.to_owned(), |account| account.name.clone());
    Account {
        id: id.to_owned(),
        name,
        r#type: "standard",
    }
}

/// Whether the token works.
#[utoipa::path(get, path = "/user/tokens/verify", operation_id = "user-api-tokens-verify-token", tag = "User",
    security(("token" = [])), responses((status = 200, body = Reply<Token>)))]
async fn verify(Caller(principal): Caller) -> Reply<Token> {
    Reply::of(Token {
        id: principal.token,
        status: "active",
    })
}

/// The same, as it is asked of tokens of an account.
#[utoipa::path(get, path = "/accounts/{account_id}/tokens/verify", operation_id = "account-api-tokens-verify-token", tag = "User",
    params(("account_id" = String, Path)), security(("token" = ["read"])), responses((status = 200, body = Reply<Token>)))]
async fn verify_in_account(access: Access<Read>) -> Reply<Token> {
    Reply::of(Token {
        id: access.principal.token,
        status: "active",
    })
}

/// Whose token it is.
#[utoipa::path(get, path = "/user", operation_id = "user-user-details", tag = "User",
    security(("token" = [])), responses((status = 200, body = Reply<User>)))]
async fn user(Caller(principal): Caller) -> Reply<User> {
    Reply::of(User {
        // The domain is one that nobody can have.
        email: format!("{}@{}.invalid", principal.token, principal.account),
        id: principal.token,
    })
}

/// The accounts that the token may see: its own.
#[utoipa::path(get, path = "/accounts", operation_id = "accounts-list-accounts", tag = "User",
    params(Page<20>), security(("token" = [])), responses((status = 200, body = Reply<Vec<Account>>)))]
async fn accounts(
    Caller(principal): Caller,
    State(api): State<Arc<Api>>,
    Asked(page): Asked<Page<20>>,
) -> Reply<Vec<Account>> {
    page.of(vec![account_of(&api, &principal.account)])
}

/// One account.
#[utoipa::path(get, path = "/accounts/{account_id}", operation_id = "accounts-account-details", tag = "User",
    params(("account_id" = String, Path)), security(("token" = ["read"])),
    responses((status = 200, body = Reply<Account>)))]
async fn account(access: Access<Read>, State(api): State<Arc<Api>>) -> Reply<Account> {
    Reply::of(account_of(&api, &access.principal.account))
}

/// What the caller is in its accounts.
#[utoipa::path(get, path = "/memberships", operation_id = "user's-account-memberships-list-memberships", tag = "User",
    params(Page<20>), security(("token" = [])), responses((status = 200, body = Reply<Vec<Membership>>)))]
async fn memberships(
    Caller(principal): Caller,
    State(api): State<Arc<Api>>,
    Asked(page): Asked<Page<20>>,
) -> Reply<Vec<Membership>> {
    page.of(vec![Membership {
        status: "accepted",
        account: account_of(&api, &principal.account),
        roles: [name(principal.scope)],
        id: principal.token,
    }])
}
