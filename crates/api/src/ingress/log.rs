//! The events of tracing that the ingress makes.

use super::Front;
use super::pages::{Asker, Problem};
use super::thrown::Thrown;
use hyper::StatusCode;
use std::time::Duration;

/// A request was answered; `took` is the time to the head of the answer.
pub(super) fn request(asker: &Asker, status: StatusCode, took: Duration) {
    tracing::info!(
        target: "stepwell::request",
        worker = name(asker),
        method = %asker.method,
        path = asker.path,
        status = status.as_u16(),
        ray = ray(asker),
        duration_ms = took.as_secs_f64() * 1000.0,
    );
}

/// A stranger got no answer of the Worker's, and is not told why.
pub(super) fn problem(asker: &Asker, problem: &Problem) {
    let Some(ray) = ray(asker) else {
        return;
    };
    let reason = problem.reason();
    tracing::warn!(worker = name(asker), ray, reason, "a request was not answered");
}

fn name(asker: &Asker) -> Option<&str> {
    Some(&*asker.worker).filter(|name| !name.is_empty())
}

fn ray(asker: &Asker) -> Option<&str> {
    Some(asker.ray.as_ref()?.id())
}

/// The Worker threw. The stack is as the runtime gave it, unless the process that it came from knows better: else whoever
/// prints it maps it.
pub(super) fn uncaught(asker: &Asker, thrown: &Thrown, front: Option<&dyn Front>) {
    let stack = thrown.raw_text();
    let mapped = front.and_then(|front| front.mapped(&stack));
    tracing::error!(
        target: "stepwell::uncaught",
        worker = name(asker),
        method = %asker.method,
        path = asker.path,
        ray = ray(asker),
        error = thrown.title(),
        stack = mapped.unwrap_or(stack),
        "uncaught exception"
    );
}
