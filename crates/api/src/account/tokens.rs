//! `/accounts/{account_id}/tokens`: who may do what in the account.

use super::asked::Asked;
use super::audit::Audit;
use super::auth::{TokenAdmin, name};
use super::body::Whole;
use super::paging::Page;
use super::place::Place;
use super::reply::Reply;
use super::{Api, Problem};
use crate::input::json;
use crate::shape::{maybe_time, time};
use axum::Extension;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::sync::Arc;
use stepwell_control::model::{Scope, Token};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Its endpoints.
pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(revoke))
}

/// A token.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccountToken)]
struct TokenView {
    id: String,
    name: String,
    /// `read`, `write`, `deploy` or `admin`.
    scope: &'static str,
    /// `active`.
    status: &'static str,
    #[schema(value_type = String)]
    issued_on: Json,
    /// About when it was last used, to the hour.
    #[schema(value_type = Option<String>)]
    last_used_on: Json,
    /// What is presented; only told when the token is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    value: Option<String>,
}

impl TokenView {
    fn of(token: &Token, value: Option<String>) -> Self {
        Self {
            id: token.id.clone(),
            name: token.name.clone(),
            scope: name(token.scope),
            status: "active",
            issued_on: time(token.created_ms),
            last_used_on: maybe_time(token.used_ms),
            value,
        }
    }
}

/// A token that is to be made.
#[derive(Debug, ToSchema)]
#[allow(dead_code)] // a schema only
struct NewToken {
    #[schema(min_length = 1, max_length = 120)]
    name: String,
    /// `read`, `write`, `deploy` or `admin`.
    scope: String,
}

/// A path that names a token.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct TokenPath {
    /// The token's id.
    #[param(min_length = 1)]
    token_id: String,
    #[allow(dead_code)] // for the description: `Access` reads it
    /// The account's id.
    #[param(min_length = 1, max_length = 64)]
    account_id: String,
}

/// A token that is gone.
#[derive(Debug, Serialize, ToSchema)]
struct Revoked {
    id: String,
}

/// The tokens of the account, the oldest first.
#[utoipa::path(get, path = "/accounts/{account_id}/tokens", operation_id = "account-api-tokens-list-tokens", tag = "Tokens",
    params(("account_id" = String, Path), Page<20>), security(("token" = ["admin"])),
    responses((status = 200, body = Reply<Vec<TokenView>>)))]
async fn list(
    admin: TokenAdmin,
    State(api): State<Arc<Api>>,
    Asked(page): Asked<Page<20>>,
) -> Reply<Vec<TokenView>> {
    let tokens = api.control.tokens(&admin.account);
    page.of(tokens.iter().map(|token| TokenView::of(token, None)).collect())
}

/// Makes a token.
#[utoipa::path(post, path = "/accounts/{account_id}/tokens", operation_id = "account-api-tokens-create-token",
    tag = "Tokens", params(("account_id" = String, Path)), request_body = NewToken, security(("token" = ["admin"])),
    responses((status = 200, body = Reply<TokenView>)))]
async fn create(
    admin: TokenAdmin,
    State(api): State<Arc<Api>>,
    Extension(audit): Extension<Audit>,
    Whole(body): Whole,
) -> Result<Reply<TokenView>, Problem> {
    let (token, scope) = parse(&body).map_err(Problem::invalid)?;
    audit.note(format!("token {token}, {}", name(scope)));
    let made = api.control.create_token(&admin.account, &token, scope).await?;
    audit.note(format!("token {token}, {}, {}", name(scope), made.token.id));
    Ok(Reply::of(TokenView::of(&made.token, Some(made.secret))))
}

/// Makes a token invalid, at once.
#[utoipa::path(delete, path = "/accounts/{account_id}/tokens/{token_id}", operation_id = "account-api-tokens-delete-token",
    tag = "Tokens", params(TokenPath), security(("token" = ["admin"])),
    responses((status = 200, body = Reply<Revoked>)))]
async fn revoke(
    admin: TokenAdmin,
    State(api): State<Arc<Api>>,
    Place(path): Place<TokenPath>,
) -> Result<Reply<Revoked>, Problem> {
    api.control.revoke_token(&admin.account, &path.token_id).await?;
    api.tails.close_all_of(&path.token_id);
    Ok(Reply::of(Revoked { id: path.token_id }))
}

fn parse(body: &[u8]) -> Result<(String, Scope), Vec<String>> {
    let body = json::value(body)?;
    let Some(Json::Object(fields)) = &body else {
        return Err(vec![json::wrong_kind("", "object", body.as_ref())]);
    };
    let scopes = [Scope::Read, Scope::Write, Scope::Deploy, Scope::Admin];
    let scope = fields.get("scope").and_then(Json::as_str);
    let scope = scopes.into_iter().find(|one| Some(name(*one)) == scope);
    let wanted = fields.get("name").and_then(Json::as_str);
    let mut wrong = Vec::new();
    if wanted.is_none() {
        wrong.push(json::wrong_kind("name", "string", fields.get("name")));
    }
    if scope.is_none() {
        wrong.push(r#"scope: Invalid option: expected one of "read"|"write"|"deploy"|"admin""#.to_owned());
    }
    wanted.map(str::to_owned).zip(scope).ok_or(wrong)
}
