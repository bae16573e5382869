//! The sink that makes log lines of what is logged.

use super::event::{Invocation, Line, Source};
use super::sink::{Interest, LogSink};
use super::thrown::Thrown;
use serde_json::Value;
use tokio::sync::watch;
use tracing::Level;

/// Makes events of `tracing`: a line of a run has the target `stepwell::console`, what was thrown where no caller heard
/// of it `stepwell::uncaught`. Stacks are as the runtime gave them: whoever prints them maps them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Console;

impl Console {
    /// What it wants: lines, if they are printed at all.
    pub fn interest() -> Interest {
        Interest {
            text: tracing::enabled!(target: "stepwell::console", Level::ERROR),
            values: false,
        }
    }
}

impl LogSink for Console {
    fn interest(&self, _: &str) -> watch::Receiver<Interest> {
        watch::channel(Self::interest()).1
    }

    fn line(&self, source: &Source, line: &Line) {
        let Some(text) = line.text.as_deref() else { return };
        let place = &line.place;
        let (worker, workflow, instance) = (&*source.worker, &*place.workflow, &*place.instance);
        let (step, attempt) = (place.step.as_deref(), place.attempt);
        match line.level.as_str() {
            "error" => {
                tracing::error!(target: "stepwell::console", worker, workflow, instance, step, attempt, "{text}");
            }
            "warn" => {
                tracing::warn!(target: "stepwell::console", worker, workflow, instance, step, attempt, "{text}");
            }
            // `console.debug()` too, as under `wrangler dev`.
            _ => {
                tracing::info!(target: "stepwell::console", worker, workflow, instance, step, attempt, "{text}");
            }
        }
    }

    fn invocation(&self, source: &Source, invocation: &Invocation) {
        let Some(place) = place(invocation) else { return };
        let exceptions = invocation.0.get("exceptions").and_then(Value::as_array);
        for exception in exceptions.into_iter().flatten() {
            let thrown = Thrown::read(exception);
            if thrown.told {
                continue;
            }
            let error = format!("{}: {}", thrown.name, thrown.message);
            tracing::error!(
                target: "stepwell::uncaught",
                worker = &*source.worker,
                place,
                error,
                stack = format!("{error}\n{}", thrown.frames),
                "uncaught exception"
            );
        }
    }
}

/// Where the exceptions of an invocation were thrown, for people; `None` where somebody else tells of them.
fn place(invocation: &Invocation) -> Option<String> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let event = invocation.0.get("event")?;
    let entrypoint = text(invocation.0.get("entrypoint"));
    if entrypoint.as_deref() == Some("__StepwellEvents") {
        return None; // who brought the event is told
    }
    let is_object = text(invocation.0.get("executionModel")).as_deref() == Some("durableObject");
    let called = if let Some(request) = event.get("request") {
        let path = text(request.get("url")).unwrap_or_default();
        let path = path.splitn(4, '/').nth(3).unwrap_or_default();
        let method = text(request.get("method")).unwrap_or_default();
        format!("{method} /{path}")
    } else if let Some(method) = text(event.get("rpcMethod")) {
        format!("{method}()")
    } else if event.get("scheduledTime").is_some() {
        "alarm()".to_owned()
    } else {
        "an event".to_owned()
    };
    let ended_well = text(invocation.0.get("outcome")).as_deref() == Some("ok");
    let place = match entrypoint.filter(|name| is_object || !name.starts_with("__Stepwell")) {
        Some(class) => format!("{class} {called}"),
        None => called,
    };
    // The handler itself got through: it was something that it left behind.
    Some(if ended_well {
        format!("{place} waitUntil()")
    } else {
        place
    })
}
