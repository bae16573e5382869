//! The bodies of answers.

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use hyper::Response;

/// Why a body broke off.
pub(crate) type BodyError = Box<dyn std::error::Error + Send + Sync>;

/// An answer, wherever its body comes from.
pub(crate) type Answer = Response<BoxBody<Bytes, BodyError>>;
