//! The record of who changed what, and of who was refused: lines of the target `stepwell::audit`.

use super::auth;
use super::server::Client;
use crate::shape::envelope::Codes;
use axum::response::Response;
use hyper::{Method, StatusCode};
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::{Duration, Instant};
use stepwell_control::Principal;

/// What handlers find out about a request, for its line. It is among the extensions of every request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Audit(Arc<Mutex<Facts>>);

#[derive(Debug, Default)]
struct Facts {
    principal: Option<Principal>,
    about: Option<String>,
}

impl Audit {
    /// Notes who asks.
    pub(super) fn is_asked_by(&self, principal: &Principal) {
        self.0.lock().principal = Some(principal.clone());
    }

    /// Notes what the path does not say, such as the names of secrets; never their values.
    pub(super) fn note(&self, about: impl Into<String>) {
        let about: String = about.into();
        self.0.lock().about = Some(about.chars().take(TEXT_CHARS).collect());
    }
}

/// A request, for its line.
pub(super) struct Asked {
    audit: Audit,
    method: Method,
    path: String,
    client: Client,
}

impl Asked {
    /// What is asked by whom. The path is as it came, so it has no spaces and no control characters.
    pub(super) fn new(method: &Method, path: &str, client: Client) -> Self {
        Self {
            audit: Audit::default(),
            method: method.clone(),
            path: path.chars().take(TEXT_CHARS).collect(),
            client,
        }
    }

    /// Where handlers note what they find out.
    pub(super) fn audit(&self) -> Audit {
        self.audit.clone()
    }

    /// Logs it, if it is worth a line.
    pub(super) fn answered(&self, response: &Response, refusals: &Refusals) {
        let status = response.status();
        let refused = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
        if refused {
            match refusals.admit(Instant::now()) {
                Some(0) => {}
                Some(left_out) => tracing::warn!(
                    target: TARGET,
                    left_out,
                    "refused requests were left out: there were more than {REFUSALS_PER_MINUTE} in a minute"
                ),
                None => return,
            }
        } else if !is_change(&self.method, &self.path) {
            return;
        }
        let codes = response.extensions().get::<Codes>();
        let code = codes.and_then(|Codes(codes)| codes.first().copied());
        let facts = self.audit.0.lock();
        let principal = facts.principal.as_ref();
        let (token, name) = (
            principal.map(|it| it.token.as_str()),
            principal.map(|it| it.name.as_str()),
        );
        let (account, scope) = (
            principal.map(|it| it.account.as_str()),
            principal.map(|it| auth::name(it.scope)),
        );
        let address = self.client.address.ip().to_canonical().to_string();
        let (method, path, about) = (self.method.as_str(), self.path.as_str(), facts.about.as_deref());
        let status = status.as_u16();
        if status < 400 {
            tracing::info!(target: TARGET, method, path, about, status, token, name, account, scope, address, "changed");
        } else {
            tracing::warn!(target: TARGET, method, path, about, status, code, token, name, account, scope, address, "refused");
        }
    }
}

const TARGET: &str = "stepwell::audit";
/// What a line shows of a text of the client.
const TEXT_CHARS: usize = 300;
/// Refused requests that are logged in a minute: who guesses tokens must not fill the disk.
const REFUSALS_PER_MINUTE: u64 = 60;

/// How many refusals were logged lately.
#[derive(Debug, Default)]
pub(super) struct Refusals(Mutex<Minute>);

#[derive(Debug, Default)]
struct Minute {
    since: Option<Instant>,
    count: u64,
}

impl Refusals {
    /// Whether one more is logged: then how many were not in the minute before.
    fn admit(&self, now: Instant) -> Option<u64> {
        let mut minute = self.0.lock();
        let is_over = |since: Instant| now.saturating_duration_since(since) >= Duration::from_mins(1);
        let mut left_out = 0;
        if minute.since.is_none_or(is_over) {
            left_out = minute.count.saturating_sub(REFUSALS_PER_MINUTE);
            *minute = Minute {
                since: Some(now),
                count: 0,
            };
        }
        minute.count += 1;
        (minute.count <= REFUSALS_PER_MINUTE).then_some(left_out)
    }
}

/// Whether a request changes what a server runs, or ends or removes many instances. What happens to instances one by one
/// is in the journal, and too much for a log.
fn is_change(method: &Method, path: &str) -> bool {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return false;
    }
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    match segments.as_slice() {
        [.., "check" | "changeset" | "tails" | "assets-upload-session"]
        | [.., "tails", _]
        | [.., "assets", "upload"] => false,
        [_, _, _, _, "workflows", _, "instances", rest @ ..] => match rest {
            ["terminate" | "migrate"] | ["batch", "terminate" | "delete"] => true,
            [_] => *method == Method::DELETE,
            _ => false,
        },
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_logged() {
        for (method, path, logged) in [
            (Method::GET, "/client/v4/accounts/a/tokens", false),
            (Method::POST, "/client/v4/accounts/a/tokens", true),
            (Method::PUT, "/client/v4/accounts/a/workers/scripts/s", true),
            (
                Method::POST,
                "/client/v4/accounts/a/workers/scripts/s/tails",
                false,
            ),
            (
                Method::DELETE,
                "/client/v4/accounts/a/workers/scripts/s/tails/1",
                false,
            ),
            (
                Method::POST,
                "/client/v4/accounts/a/workers/scripts/s/check",
                false,
            ),
            (Method::POST, "/client/v4/accounts/a/workflows/w/instances", false),
            (
                Method::POST,
                "/client/v4/accounts/a/workflows/w/instances/batch",
                false,
            ),
            (
                Method::PUT,
                "/client/v4/accounts/a/workflows/w/instances/terminate",
                true,
            ),
            (
                Method::POST,
                "/client/v4/accounts/a/workflows/w/instances/batch/terminate",
                true,
            ),
            (
                Method::DELETE,
                "/client/v4/accounts/a/workflows/w/instances/i",
                true,
            ),
            (
                Method::PATCH,
                "/client/v4/accounts/a/workflows/w/instances/i/status",
                false,
            ),
            (
                Method::POST,
                "/client/v4/accounts/a/workflows/w/instances/i/events/e",
                false,
            ),
        ] {
            assert_eq!(is_change(&method, path), logged, "{method} {path}");
        }
    }

    #[test]
    fn refusals_are_counted_when_they_are_too_many() {
        let refusals = Refusals::default();
        let start = Instant::now();
        for _ in 0..REFUSALS_PER_MINUTE {
            assert_eq!(refusals.admit(start), Some(0));
        }
        assert_eq!(refusals.admit(start), None);
        assert_eq!(refusals.admit(start), None);
        assert_eq!(refusals.admit(start + Duration::from_mins(1)), Some(2));
        assert_eq!(refusals.admit(start + Duration::from_mins(1)), Some(0));
    }
}
