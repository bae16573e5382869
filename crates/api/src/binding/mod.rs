//! The engine's end of Workflow bindings: what `crates/runtime/shim/binding.js` asks, over a unix socket.
//!
//! One `POST` for each operation. The body is one line of JSON ([`request::Request`]), then the bytes of the values
//! that the line gives lengths of, one after the other. The answer is JSON: `{"value": …}` or `{"error": {"name",
//! "message"}}`; its status is always 200, so that anything else is known to be none of the engine's.

mod answer;
mod perform;
mod request;

use crate::listen;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::sync::Arc;
use stepwell_engine::Inspection;
use stepwell_engine::operations::Operations;
use tokio::net::UnixListener;

/// The most that one request may hold: a whole batch at its limits, encoded.
const LARGEST: usize = 160 * 1024 * 1024;

/// Who answers bindings.
#[derive(Clone)]
pub struct Engine {
    /// Does what they ask.
    pub operations: Arc<dyn Operations>,
    /// With it, `status()` shows what steps have given so far, as local development does (spec 8.1).
    pub inspection: Option<Arc<dyn Inspection>>,
}

/// Serves `listener` until the future is dropped, which also ends every connection.
pub async fn serve(listener: UnixListener, engine: Engine) {
    listen::serve(listener, |stream, ()| {
        let engine = engine.clone();
        async move {
            let service = service_fn(|request| handle(request, engine.clone()));
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            if let Err(error) = connection.await {
                tracing::debug!("a binding's connection ended: {error}");
            }
        }
    })
    .await;
}

async fn handle(request: Request<Incoming>, engine: Engine) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = match Limited::new(request.into_body(), LARGEST).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => {
            return Ok(answered(answer::refused(&format!(
                "the request cannot be read: {error}"
            ))));
        }
    };
    let answer = match request::parse(&body) {
        Ok((request, values)) => perform::perform(&engine, request, values).await,
        Err(error) => answer::refused(&error.to_string()),
    };
    Ok(answered(answer))
}

fn answered(json: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(json)));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
