//! Events that are brought to the Worker by hand, through paths of the Worker port.

use super::pages::{Asker, json, text, uncaught};
use super::thrown::Thrown;
use super::{Destination, log};
use crate::body::Answer;
use async_trait::async_trait;
use hyper::{Request, StatusCode};
use serde_json::json;
use std::time::{SystemTime, UNIX_EPOCH};
use url::form_urlencoded;

/// What the runtime itself says where there is no handler.
const NO_HANDLER: &str = "Handler does not export a scheduled() function";

/// Brings events to the Worker's handlers.
#[async_trait]
pub trait Events: Send + Sync + 'static {
    /// Calls `scheduled()` as the cron trigger `cron` at `time_ms` (Unix milliseconds) would; returns when it and what
    /// it gave to `ctx.waitUntil` have ended.
    ///
    /// # Errors
    /// Why the Worker could not be asked, for people.
    async fn scheduled(&self, cron: &str, time_ms: i64) -> Result<Outcome, String>;
}

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The handler returned.
    Ok {
        /// Whether it called `controller.noRetry()`.
        no_retry: bool,
    },
    /// The handler threw.
    Exception {
        /// What it threw.
        thrown: Thrown,
        /// Whether it called `controller.noRetry()`.
        no_retry: bool,
    },
    /// The Worker has no such handler.
    NoHandler,
}

/// Who answers a path.
enum Door {
    /// `/cdn-cgi/handler/scheduled` and its other names: there always.
    Handler,
    /// `/__scheduled`: there with `--test-scheduled`.
    Test,
}

fn door(path: &str, worker: &Destination) -> Option<Door> {
    match path {
        "/cdn-cgi/handler/scheduled" | "/cdn-cgi/local/scheduled" | "/cdn-cgi/mf/scheduled" => {
            Some(Door::Handler)
        }
        "/__scheduled" if worker.test_scheduled => Some(Door::Test),
        _ => None,
    }
}

/// The answer to a request that is an event; `None` if it is none.
pub(super) async fn answer<B>(request: &Request<B>, asker: &Asker, worker: &Destination) -> Option<Answer> {
    let door = door(request.uri().path(), worker)?;
    let events = worker.events.as_deref()?;
    let query = Query::of(request.uri().query().unwrap_or_default());
    let time_ms = match query.time.as_deref().map(str::parse) {
        None => now_ms(),
        Some(Ok(time_ms)) => time_ms,
        Some(Err(_)) => {
            let why = "The parameter \"time\" is not a number of milliseconds since 1970-01-01.\n";
            return Some(text(StatusCode::BAD_REQUEST, why));
        }
    };
    let outcome = match events.scheduled(&query.cron, time_ms).await {
        Ok(outcome) => outcome,
        Err(why) => {
            let why = format!("The Worker is not available: {why}\n");
            return Some(text(StatusCode::SERVICE_UNAVAILABLE, why));
        }
    };
    match &outcome {
        Outcome::Ok { .. } => {}
        Outcome::Exception { thrown, .. } => log::uncaught(asker, thrown, None),
        Outcome::NoHandler => tracing::error!("{NO_HANDLER}"),
    }
    Some(match door {
        Door::Handler => told(&outcome, query.json),
        Door::Test => shown(&outcome, asker, worker),
    })
}

/// As miniflare tells it.
fn told(outcome: &Outcome, as_json: bool) -> Answer {
    let (name, no_retry) = match outcome {
        Outcome::Ok { no_retry } => ("ok", *no_retry),
        Outcome::Exception { no_retry, .. } => ("exception", *no_retry),
        Outcome::NoHandler => ("exception", true),
    };
    let status = if name == "ok" {
        StatusCode::OK
    } else {
        StatusCode::INTERNAL_SERVER_ERROR
    };
    if as_json {
        json(status, &json!({ "outcome": name, "noRetry": no_retry }))
    } else {
        text(status, name)
    }
}

/// As wrangler shows it.
fn shown(outcome: &Outcome, asker: &Asker, worker: &Destination) -> Answer {
    match outcome {
        Outcome::Ok { .. } => text(StatusCode::OK, "Ran scheduled event"),
        Outcome::Exception { thrown, .. } => uncaught(thrown, asker, worker.explainer.as_deref()),
        Outcome::NoHandler => text(StatusCode::INTERNAL_SERVER_ERROR, NO_HANDLER),
    }
}

#[derive(Default)]
struct Query {
    cron: String,
    time: Option<String>,
    json: bool,
}

impl Query {
    fn of(text: &str) -> Self {
        let mut query = Self::default();
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            match &*name {
                "cron" => query.cron = value.into_owned(),
                "time" if !value.is_empty() => query.time = Some(value.into_owned()),
                "format" => query.json = value == "json",
                _ => {}
            }
        }
        query
    }
}

fn now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as i64)
}
