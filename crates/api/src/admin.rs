//! The API port of `stepwell dev`: health and metrics. That of `stepwell serve` is [`crate::account`].

use crate::listen;
use crate::shape::envelope::Problem;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// How long a client may take to send the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// What the port tells.
pub trait Facts: Send + Sync + 'static {
    /// Whether Workers can be reached: `Err` says why not.
    fn ready(&self) -> Result<(), String>;
    /// Name, help and value of each counter or gauge, in Prometheus' terms (a name that ends in `_total` is a counter).
    fn metrics(&self) -> Vec<(&'static str, &'static str, u64)>;
}

/// Serves `listener` until the future is dropped.
pub async fn serve(listener: TcpListener, facts: Arc<dyn Facts>) {
    listen::serve(listener, |stream, _| {
        let facts = facts.clone();
        async move {
            let service = service_fn(move |request| {
                let answer = answer(&request, facts.as_ref());
                async move { Ok::<_, Infallible>(answer) }
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

fn answer(request: &Request<Incoming>, facts: &dyn Facts) -> Response<Full<Bytes>> {
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
        "/metrics" => text(StatusCode::OK, exposition(&facts.metrics())),
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

/// Prometheus' text format.
pub(crate) fn exposition(metrics: &[(&str, &str, u64)]) -> String {
    let mut text = String::new();
    for (name, help, value) in metrics {
        let kind = if name.ends_with("_total") {
            "counter"
        } else {
            "gauge"
        };
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n"
        );
    }
    text
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_and_gauges_are_told_apart() {
        let text = exposition(&[("stepwell_x_total", "Things.", 3), ("stepwell_y", "Now.", 1)]);
        assert!(
            text.contains("# TYPE stepwell_x_total counter\nstepwell_x_total 3\n"),
            "{text}"
        );
        assert!(text.contains("# TYPE stepwell_y gauge\nstepwell_y 1\n"), "{text}");
    }
}
