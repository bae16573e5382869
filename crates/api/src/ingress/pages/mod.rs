//! What the ingress itself answers where the Worker does not: HTML to a browser, JSON to who asks for it, text to others.

mod html;
mod plain;
mod problem;
mod uncaught;

pub(super) use plain::There;
pub(super) use problem::Problem;
pub(super) use uncaught::uncaught;

use super::ray::Ray;
use crate::body::Answer;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue,
    USER_AGENT, X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Method, Request, Response, StatusCode};
use std::sync::Arc;

const STYLE: &str = include_str!("page.css");

/// What kind of answer a client can make the most of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wants {
    Html,
    Json,
    Text,
}

impl Wants {
    fn of(headers: &HeaderMap) -> Self {
        let lower = |name: HeaderName| {
            headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
                .to_ascii_lowercase()
        };
        let accept = lower(ACCEPT);
        // What tests of Workers under wrangler send to get at errors.
        if headers.contains_key("mf-disable-pretty-error") {
            return Self::Json;
        }
        if accept.contains("application/json") && !accept.contains("text/html") {
            return Self::Json;
        }
        let navigates = matches!(
            lower(HeaderName::from_static("sec-fetch-dest")).as_str(),
            "document" | "iframe"
        );
        // As wrangler has it: whatever somebody's curl says that it accepts, it prints to a terminal.
        let is_curl = lower(USER_AGENT).contains("curl/");
        if !is_curl && (navigates || accept.contains("text/html")) {
            Self::Html
        } else {
            Self::Text
        }
    }
}

/// Who asked for what, as far as a page needs to know.
pub(super) struct Asker {
    pub(super) wants: Wants,
    pub(super) method: Method,
    pub(super) path: String,
    /// The name of the Worker, once it is known.
    pub(super) worker: Arc<str>,
    /// In production: then pages say nothing of the code.
    pub(super) ray: Option<Ray>,
    /// The whole address and the headers, for a page that shows them: nobody else pays for the copy.
    url: String,
    headers: HeaderMap,
}

impl Asker {
    /// `request` as it came from the client, over TLS or not.
    pub(super) fn of<B>(request: &Request<B>, secure: bool, ray: Option<Ray>) -> Self {
        let wants = Wants::of(request.headers());
        let (url, headers) = if wants == Wants::Html && ray.is_none() {
            (url(request, secure), request.headers().clone())
        } else {
            (String::new(), HeaderMap::new())
        };
        Self {
            wants,
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            worker: Arc::default(),
            ray,
            url,
            headers,
        }
    }
}

fn url<B>(request: &Request<B>, secure: bool) -> String {
    let scheme = if secure { "https" } else { "http" };
    let host = request.headers().get(HOST).map(HeaderValue::as_bytes);
    let host = String::from_utf8_lossy(host.unwrap_or_default());
    match request.uri().path_and_query() {
        Some(target) if request.uri().authority().is_none() => format!("{scheme}://{host}{target}"),
        _ => request.uri().to_string(),
    }
}

/// A text of Stepwell's own.
pub(super) fn text(status: StatusCode, text: impl Into<Bytes>) -> Answer {
    page(status, "text/plain; charset=utf-8", text)
}

/// A page of the given type, which nobody may keep.
pub(super) fn page(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Answer {
    let body = Full::new(body.into()).map_err(|never| match never {}).boxed();
    let mut page = Response::new(body);
    *page.status_mut() = status;
    let headers = page.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if content_type.starts_with("text/html") {
        // Should an escape ever be forgotten, it is text all the same.
        let policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    }
    page
}

pub(super) fn json(status: StatusCode, body: &serde_json::Value) -> Answer {
    page(status, "application/json", format!("{body}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_a_program_and_a_terminal_are_told_apart() {
        let wants = |headers: &[(&'static str, &'static str)]| {
            let headers = headers
                .iter()
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
            Wants::of(&headers.collect())
        };
        let chrome = (
            "accept",
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        );
        assert_eq!(wants(&[chrome]), Wants::Html);
        assert_eq!(
            wants(&[("accept", "*/*"), ("sec-fetch-dest", "document")]),
            Wants::Html
        );
        assert_eq!(
            wants(&[("accept", "*/*"), ("sec-fetch-dest", "empty")]),
            Wants::Text
        );
        assert_eq!(wants(&[chrome, ("user-agent", "curl/8.1")]), Wants::Text);
        assert_eq!(wants(&[("accept", "Application/JSON")]), Wants::Json);
        assert_eq!(wants(&[]), Wants::Text);
    }
}
