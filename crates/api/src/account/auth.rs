//! Who asks, and what they may do.

use super::audit::Audit;
use super::{Api, Problem, codes};
use axum::extract::{FromRequestParts, RawPathParams};
use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;
use hyper::http::request::Parts;
use std::marker::PhantomData;
use std::sync::Arc;
use stepwell_control::model::{DEFAULT_ACCOUNT, Scope};
use stepwell_control::{Principal, Refusal};

/// The name of a scope.
pub(crate) fn name(scope: Scope) -> &'static str {
    match scope {
        Scope::Read => "read",
        Scope::Write => "write",
        Scope::Deploy => "deploy",
        Scope::Admin => "admin",
    }
}

/// A scope as a type, for [`Access`].
pub(crate) trait Needs: Send + Sync + 'static {
    /// The scope.
    const SCOPE: Scope;
}

macro_rules! needs {
    ($($name:ident),+) => {
        $(#[doc = concat!("Needs [`Scope::", stringify!($name), "`].")]
        #[derive(Debug)]
        pub(crate) struct $name;
        impl Needs for $name {
            const SCOPE: Scope = Scope::$name;
        })+
    };
}
needs!(Read, Write, Deploy, Admin);

/// A caller who may do this in the account of the path. As a handler's first argument it comes before everything else is
/// looked at.
#[derive(Debug)]
pub(crate) struct Access<N> {
    /// Who it is.
    pub(crate) principal: Principal,
    needs: PhantomData<N>,
}

impl<N> Access<N> {
    /// The account of the path.
    pub(crate) fn account(&self) -> &str {
        &self.principal.account
    }

    /// What the engine knows a Workflow of this account by.
    pub(crate) fn key(&self, workflow: &str) -> String {
        format!("{}/{workflow}", self.principal.account)
    }
}

impl<N: Needs> FromRequestParts<Arc<Api>> for Access<N> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Problem> {
        let Caller(principal) = Caller::from_request_parts(parts, api).await?;
        let account = account_in_path(parts, api).await?;
        if account != principal.account {
            return Err(Problem::of(codes::FORBIDDEN));
        }
        if principal.scope < N::SCOPE {
            let (may, needed) = (name(principal.scope), name(N::SCOPE));
            return Err(Problem::saying(
                codes::FORBIDDEN,
                format!(
                    "Authentication error: this needs a token with the scope {needed}, this one has {may}"
                ),
            ));
        }
        Ok(Self {
            principal,
            needs: PhantomData,
        })
    }
}

/// A caller who may make and revoke the tokens of the account of the path: its own admin, or the operator.
#[derive(Debug)]
pub(crate) struct TokenAdmin {
    /// The account of the path.
    pub(crate) account: String,
}

impl FromRequestParts<Arc<Api>> for TokenAdmin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Problem> {
        let Caller(principal) = Caller::from_request_parts(parts, api).await?;
        let account = account_in_path(parts, api).await?;
        if account != principal.account && is_operator(&principal) {
            if api.control.account(&account).is_none() {
                return Err(Refusal::account_not_found(account).into());
            }
            return Ok(Self { account });
        }
        Access::<Admin>::from_request_parts(parts, api).await?;
        Ok(Self { account })
    }
}

/// A caller who may make and delete accounts.
#[derive(Debug)]
pub(crate) struct Operator;

impl FromRequestParts<Arc<Api>> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Problem> {
        let Caller(principal) = Caller::from_request_parts(parts, api).await?;
        if is_operator(&principal) {
            return Ok(Self);
        }
        let (may, account) = (name(principal.scope), &principal.account);
        Err(Problem::saying(
            codes::FORBIDDEN,
            format!(
                "Authentication error: this needs a token of the account \"{DEFAULT_ACCOUNT}\" with the scope admin, this one is of \"{account}\" and has {may}"
            ),
        ))
    }
}

fn is_operator(principal: &Principal) -> bool {
    principal.account == DEFAULT_ACCOUNT && principal.scope == Scope::Admin
}

/// A caller with a token, whatever it may do.
#[derive(Debug)]
pub(crate) struct Caller(pub(crate) Principal);

impl FromRequestParts<Arc<Api>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Problem> {
        let token = token(&parts.headers).ok_or_else(|| Problem::of(codes::NO_CREDENTIALS))?;
        let principal = api.control.authenticate(token);
        let principal = principal.ok_or_else(|| Problem::of(codes::UNKNOWN_TOKEN))?;
        if let Some(audit) = parts.extensions.get::<Audit>() {
            audit.is_asked_by(&principal);
        }
        Ok(Self(principal))
    }
}

/// The token of `Authorization: Bearer …`, or of `X-Auth-Key` (`X-Auth-Email`, which goes with it, says nothing here).
pub(super) fn token(headers: &HeaderMap) -> Option<&str> {
    let given = match headers.get(AUTHORIZATION) {
        Some(value) => {
            let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then_some(token)?
        }
        None => headers.get("x-auth-key")?.to_str().ok()?,
    };
    Some(given.trim()).filter(|token| !token.is_empty())
}

async fn account_in_path(parts: &mut Parts, api: &Arc<Api>) -> Result<String, Problem> {
    let params = RawPathParams::from_request_parts(parts, api).await;
    let params = params.map_err(|_| Problem::of(codes::NO_ROUTE))?;
    let account = params.iter().find(|(name, _)| *name == "account_id");
    let account = account.filter(|(_, id)| is_account_id(id));
    let (_, account) = account.ok_or_else(|| Problem::of(codes::NO_ROUTE))?;
    Ok(account.to_owned())
}

/// Whether an account can have this id.
fn is_account_id(id: &str) -> bool {
    let word = id
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    word && (1..=64).contains(&id.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderName;

    fn read(lines: &[(&'static str, &'static str)]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.insert(HeaderName::from_static(name), value.parse().unwrap());
        }
        token(&headers).map(str::to_owned)
    }

    #[test]
    fn tokens_come_in_two_ways() {
        assert_eq!(read(&[("authorization", "Bearer abc")]).unwrap(), "abc");
        assert_eq!(read(&[("authorization", "bearer  abc ")]).unwrap(), "abc");
        assert_eq!(
            read(&[("x-auth-key", "abc"), ("x-auth-email", "a@example.com")]).unwrap(),
            "abc"
        );
        assert_eq!(
            read(&[("authorization", "Bearer one"), ("x-auth-key", "two")]).unwrap(),
            "one"
        );
        for wrong in ["Basic abc", "Bearer", "Bearer ", "abc"] {
            assert_eq!(read(&[("authorization", wrong)]), None, "{wrong}");
        }
        assert_eq!(read(&[]), None);
    }

    #[test]
    fn accounts_have_plain_ids() {
        assert!(is_account_id("default"));
        assert!(is_account_id("0123456789abcdef_-A"));
        for wrong in ["", "a/b", "a b", "é", &"a".repeat(65)] {
            assert!(!is_account_id(wrong), "{wrong}");
        }
    }
}
