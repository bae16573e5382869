//! Tokens of a server that is not running: for who has lost the last admin token. Results look as the API's.

use crate::arguments::TokenScope;
use crate::commands::offline::with;
use serde_json::{Value, json};
use std::path::Path;
use stepwell_control::model::{Scope, Token};
use stepwell_control::{Error, Refusal};
use stepwell_core::value::iso_string;

pub(super) fn create(data: &Path, account: &str, name: &str, scope: TokenScope) -> anyhow::Result<Value> {
    let scope = match scope {
        TokenScope::Read => Scope::Read,
        TokenScope::Write => Scope::Write,
        TokenScope::Deploy => Scope::Deploy,
        TokenScope::Admin => Scope::Admin,
    };
    with(data, async |control| {
        let made = control.create_token(account, name, scope).await?;
        let mut shown = shown(&made.token);
        shown["value"] = json!(made.secret);
        Ok(shown)
    })
}

pub(super) fn list(data: &Path, account: &str) -> anyhow::Result<Value> {
    with(data, async |control| {
        if control.account(account).is_none() {
            return Err(Error::from(Refusal::account_not_found(account)).into());
        }
        Ok(control.tokens(account).iter().map(|token| shown(token)).collect())
    })
}

pub(super) fn revoke(data: &Path, account: &str, id: &str) -> anyhow::Result<Value> {
    with(data, async |control| {
        control.revoke_token(account, id).await?;
        Ok(json!({ "id": id }))
    })
}

fn shown(token: &Token) -> Value {
    let time = |ms: i64| iso_string(ms as f64);
    let scope = match token.scope {
        Scope::Read => "read",
        Scope::Write => "write",
        Scope::Deploy => "deploy",
        Scope::Admin => "admin",
    };
    json!({
        "id": token.id,
        "name": token.name,
        "scope": scope,
        "issued_on": time(token.created_ms),
        "last_used_on": token.used_ms.and_then(time),
    })
}
