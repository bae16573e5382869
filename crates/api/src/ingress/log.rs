//! The events of tracing that the ingress makes.

use super::pages::Asker;
use super::thrown::Thrown;
use hyper::StatusCode;
use std::time::Duration;

/// A request was answered; `took` is the time to the head of the answer.
pub(super) fn request(asker: &Asker, status: StatusCode, took: Duration) {
    tracing::info!(
        target: "stepwell::request",
        method = %asker.method,
        path = asker.path,
        status = status.as_u16(),
        duration_ms = took.as_secs_f64() * 1000.0,
    );
}

/// The Worker threw. The stack is as the runtime gave it: whoever prints it maps it.
pub(super) fn uncaught(asker: &Asker, thrown: &Thrown) {
    tracing::error!(
        target: "stepwell::uncaught",
        method = %asker.method,
        path = asker.path,
        error = thrown.title(),
        stack = thrown.raw_text(),
        "uncaught exception"
    );
}
