//! The API port of `stepwell dev`: health and metrics. That of `stepwell serve` is [`crate::account`].

use crate::listen;
use crate::shape::envelope::Problem;
use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use stepwell_meters::Page;
use tokio::net::TcpListener;

/// How long a client may take to send the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// What the port tells.
#[async_trait]
pub trait Facts: Send + Sync + 'static {
    /// Whether Workers can be reached: `Err` says why not.
    fn ready(&self) -> Result<(), String>;
    /// Writes every figure there is, but for what the port itself counts.
    async fn metrics(&self, page: &mut Page);
}

/// Serves `listener` until the future is dropped.
pub async fn serve(listener: TcpListener, facts: Arc<dyn Facts>) {
    listen::serve(listener, |stream, _| {
        let facts = facts.clone();
        async move {
            let service = service_fn(move |request| {
                let facts = facts.clone();
                async move { Ok::<_, Infallible>(answer(&request, facts.as_ref()).await) }
            });
            let _ = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_TIMEOUT)
                .serve_connection(TokioIo::new(stream), service)
                .await;
        }
    })
    .await;
}

async fn answer(request: &Request<Incoming>, facts: &dyn Facts) -> Response<Full<Bytes>> {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return Problem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            10405,
            "only GET and HEAD are answered here",
        )
        .response();
    }
    match request.uri().path() {
        "/health/live" => text(StatusCode::OK, "alive\n".to_owned()),
        "/health/ready" => match facts.ready() {
            Ok(()) => text(StatusCode::OK, "ready\n".to_owned()),
            Err(why) => text(StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {why}\n")),
        },
        "/metrics" => {
            let mut page = Page::default();
            facts.metrics(&mut page).await;
            let mut response = text(StatusCode::OK, page.into_text());
            let kind = HeaderValue::from_static(Page::CONTENT_TYPE);
            response.headers_mut().insert(CONTENT_TYPE, kind);
            response
        }
        path if path.starts_with("/client/v4") => Problem::new(
            StatusCode::NOT_IMPLEMENTED,
            10000,
            "`stepwell dev` has no account API: `stepwell serve` has",
        )
        .response(),
        _ => Problem::new(
            StatusCode::NOT_FOUND,
            7003,
            "no such path: there are /health/live, /health/ready and /metrics",
        )
        .response(),
    }
}

fn text(status: StatusCode, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    response
}
