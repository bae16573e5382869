//! Cloudflare's envelope around every answer (spec 4.1), without which its clients print nothing useful.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::{Response, StatusCode};
use serde_json::{Value as Json, json};

/// A request that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The HTTP status.
    pub(crate) status: StatusCode,
    /// Codes and texts, at least one.
    pub(crate) errors: Vec<(u32, String)>,
    /// When it may be worth another try, in seconds: the `Retry-After` header.
    pub(crate) retry_after_s: Option<u64>,
}

impl Problem {
    /// A refusal with one reason.
    pub(crate) fn new(status: StatusCode, code: u32, message: impl Into<String>) -> Self {
        Self::several(status, vec![(code, message.into())])
    }

    /// A refusal with several reasons, of which there is at least one.
    pub(crate) fn several(status: StatusCode, errors: Vec<(u32, String)>) -> Self {
        Self {
            status,
            errors,
            retry_after_s: None,
        }
    }

    /// The answer.
    pub(crate) fn response(&self) -> Response<Full<Bytes>> {
        let errors: Json = self
            .errors
            .iter()
            .map(|(code, message)| json!({ "code": code, "message": message }))
            .collect();
        let body = json!({ "success": false, "errors": errors, "messages": [], "result": null });
        let mut response = respond(self.status, &body);
        let codes = self.errors.iter().map(|(code, _)| *code);
        response.extensions_mut().insert(Codes(codes.collect()));
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// The codes of a refusal, among the extensions of its answer.
#[derive(Debug, Clone)]
pub(crate) struct Codes(pub(crate) Vec<u32>);

/// What was asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Success {
    result: Json,
    info: Option<Json>,
}

impl Success {
    /// One thing.
    pub(crate) fn of(result: Json) -> Self {
        Self { result, info: None }
    }

    /// A list, and what is to be known of it.
    pub(crate) fn list(result: Json, info: Json) -> Self {
        Self {
            result,
            info: Some(info),
        }
    }

    /// The answer.
    pub(crate) fn response(self) -> Response<Full<Bytes>> {
        let mut body = json!({ "success": true, "errors": [], "messages": [], "result": self.result });
        if let Some(info) = self.info {
            body["result_info"] = info;
        }
        respond(StatusCode::OK, &body)
    }
}

/// An answer in JSON.
pub(crate) fn respond(status: StatusCode, body: &Json) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
