//! What was asked for, in Cloudflare's envelope (spec 4.1).

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use serde::Serialize;
use serde_json::Value as Json;
use utoipa::ToSchema;

/// An answer to a request that worked.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Reply<T> {
    /// `true`.
    success: bool,
    /// Empty.
    errors: Vec<Note>,
    /// Empty, or what is to be known besides.
    messages: Vec<Note>,
    /// What was asked for.
    result: T,
    /// Of lists: which part of how many.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ResultInfo>, nullable = false)]
    result_info: Option<ResultInfo>,
}

/// An error or a message.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Note {
    /// Its number.
    code: u32,
    /// Its text.
    message: String,
}

/// An answer to a request that was refused.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RefusedRequest)]
#[allow(dead_code)] // a schema only: `Problem` is what is answered
pub(crate) struct Refused {
    /// `false`.
    success: bool,
    /// Why: at least one.
    #[schema(min_items = 1)]
    errors: Vec<Note>,
    /// Empty.
    messages: Vec<Note>,
    /// `null`.
    #[schema(value_type = Option<Object>)]
    result: Option<Json>,
}

/// Which part of a list was answered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ResultInfo {
    /// How many entries are in this answer.
    pub(crate) count: u64,
    /// How many there could be.
    pub(crate) per_page: u64,
    /// The page, from 1; of lists that have pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) page: Option<u64>,
    /// How many entries there are on all pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) total_count: Option<u64>,
    /// How many pages there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) total_pages: Option<u64>,
    /// Where the next answer begins; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) cursor: Option<String>,
}

impl<T> Reply<T> {
    /// One thing.
    pub(crate) fn of(result: T) -> Self {
        Self {
            success: true,
            errors: Vec::new(),
            messages: Vec::new(),
            result,
            result_info: None,
        }
    }

    /// What was asked for.
    pub(crate) fn result(&self) -> &T {
        &self.result
    }

    /// The same answer with its result in another form.
    pub(crate) fn with<U>(self, result: U) -> Reply<U> {
        Reply {
            success: self.success,
            errors: self.errors,
            messages: self.messages,
            result,
            result_info: self.result_info,
        }
    }

    /// A list, and which part of it this is.
    pub(crate) fn list(result: T, info: ResultInfo) -> Self {
        Self {
            result_info: Some(info),
            ..Self::of(result)
        }
    }
}

impl<T: Serialize> IntoResponse for Reply<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self) {
            Ok(body) => json(StatusCode::OK, body),
            Err(error) => {
                tracing::error!("an answer cannot be written as JSON: {error}");
                super::Problem::of(super::codes::INTERNAL).into_response()
            }
        }
    }
}

/// An answer whose body is JSON.
pub(crate) fn json(status: StatusCode, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
