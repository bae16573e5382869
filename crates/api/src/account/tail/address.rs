//! Where the client that asks has found this server.

use crate::account::Problem;
use crate::account::server::Client;
use axum::extract::FromRequestParts;
use hyper::header::HOST;
use hyper::http::request::Parts;

/// The server as the client sees it.
#[derive(Debug)]
pub(super) struct Address {
    secure: bool,
    host: String,
}

impl Address {
    /// The URL of a WebSocket at `path`.
    pub(super) fn of(&self, path: &str) -> String {
        let scheme = if self.secure { "wss" } else { "ws" };
        format!("{scheme}://{}{path}", self.host)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Address {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let client = parts.extensions.get::<Client>();
        let header = |name: &str| {
            let value = parts.headers.get(name)?.to_str().ok()?;
            // Of several proxies the first one is the client's.
            let value = value.split(',').next()?.trim();
            (!value.is_empty()).then(|| value.to_owned())
        };
        // A proxy in front of the server says so. Whoever lies here gets a wrong address, and nobody else does.
        let secure = match header("x-forwarded-proto") {
            Some(scheme) => scheme.eq_ignore_ascii_case("https"),
            None => client.is_some_and(|client| client.secure),
        };
        let host = header("x-forwarded-host").or_else(|| header(HOST.as_str()));
        Ok(Self {
            secure,
            host: host.unwrap_or_else(|| "localhost".to_owned()),
        })
    }
}
