//! What is answered on the Worker port without the Worker.

use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::{Request, Response};

/// Answers requests in place of the Worker, below `/cdn-cgi/`. By then the `Host` and `Origin` headers are known to be
/// local ones.
#[async_trait]
pub trait Internal: Send + Sync + 'static {
    /// Whether requests for this path are for it. The path is as the client sent it, not decoded.
    fn claims(&self, path: &str) -> bool;
    /// The answer to a request that it claims.
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>>;
}

/// Where everything lies that is not the Worker's.
pub(super) const PREFIX: &str = "/cdn-cgi/";
