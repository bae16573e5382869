//! The way of a request to a process of its Worker: found, woken, waited for, and found again where that has changed.

use super::connections::{Checked, Connections, RequestBody, Sender};
use super::overrides::Overrides;
use super::pages::Problem;
use super::{Asked, Destination, Front, Host, Routes, Upstream, Version, chance};
use hyper::body::Incoming;
use hyper::http::uri::PathAndQuery;
use hyper::{Request, Response};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// How often a process is looked for that ought to be there.
const RETRY: Duration = Duration::from_millis(100);

/// What a request asks for.
pub(super) struct Place {
    pub(super) host: Option<Host>,
    target: Option<PathAndQuery>,
    secure: bool,
    /// What decides between the versions of the Worker.
    overrides: Overrides,
    ticket: f64,
}

/// Requests with the same value of this header go to the same version, as long as the split is the same.
const VERSION_KEY: &str = "cloudflare-workers-version-key";

impl Place {
    /// That of a request to `host`.
    pub(super) fn of<B>(request: &Request<B>, host: Option<Host>, secure: bool) -> Self {
        let key = request.headers().get(VERSION_KEY);
        Self {
            host,
            target: request.uri().path_and_query().cloned(),
            secure,
            overrides: Overrides::of(request.headers()),
            ticket: key.map_or_else(chance::ticket, |key| chance::ticket_of(key.as_bytes())),
        }
    }

    /// The way to one of the versions of `worker`; `None` if it has none.
    pub(super) fn way(&self, worker: Arc<Destination>) -> Option<Way> {
        // One version answers all of a request: its assets and its code belong together.
        let version = worker.version(&self.overrides, self.ticket)?.clone();
        Some(Way { worker, version })
    }

    /// The Worker that has it now.
    pub(super) fn worker(&self, routes: &dyn Routes) -> Option<Arc<Destination>> {
        routes.find(&Asked {
            host: self.host.as_ref(),
            target: self.target.as_ref().map_or("/", PathAndQuery::as_str),
            secure: self.secure,
        })
    }
}

/// Who answers a request, as far as is known.
pub(super) struct Way {
    pub(super) worker: Arc<Destination>,
    pub(super) version: Version,
}

/// The head of an answer, and where it came from.
pub(super) struct Answered {
    pub(super) answer: Response<Incoming>,
    pub(super) path: Arc<Path>,
    pub(super) sender: Sender,
    /// The process that answered, as it goes on.
    pub(super) upstream: watch::Receiver<Upstream>,
    /// Its version.
    pub(super) front: Arc<dyn Front>,
}

/// Takes a request to the process that answers it.
pub(super) struct Courier<'a> {
    pub(super) routes: &'a dyn Routes,
    pub(super) connections: &'a Arc<Connections>,
    pub(super) place: &'a Place,
    pub(super) deadline: Instant,
}

impl Courier<'_> {
    /// Sends a request over one connection or another, and waits for the head of the answer.
    pub(super) async fn send(
        &self,
        mut request: Request<RequestBody>,
        mut way: Way,
    ) -> Result<Answered, Problem> {
        let mut upstream = way.version.front.upstream();
        loop {
            let (path, checked) = self.connect(&mut way, &mut upstream).await?;
            let Checked { mut sender, used } = checked;
            let mut error = match sender.try_send_request(request).await {
                Ok(answer) => {
                    return Ok(Answered {
                        answer,
                        path,
                        sender,
                        upstream,
                        front: way.version.front,
                    });
                }
                Err(error) => error,
            };
            match error.take_message() {
                // It was not sent: the connection had been closed in the meantime.
                Some(unsent) if used => request = unsent,
                _ => return Err(Problem::of_connection(&error.into_error())),
            }
        }
    }

    /// A connection to the process, which is woken and waited for.
    async fn connect(
        &self,
        way: &mut Way,
        upstream: &mut watch::Receiver<Upstream>,
    ) -> Result<(Arc<Path>, Checked), Problem> {
        let mut woken = false;
        loop {
            let state = upstream.borrow_and_update().clone();
            let why = match state {
                Upstream::NoFetchHandler => return Err(Problem::NoFetchHandler),
                Upstream::Serving(path) => match self.connections.take(&path).await {
                    Ok(checked) => return Ok((path, checked)),
                    // It has just ended, and whoever watches it has not said so yet.
                    Err(error) => format!("it cannot be reached: {error}").into(),
                },
                Upstream::Absent { why } => why,
            };
            // A process that was replaced does not come back, and must not be woken.
            if let Some(other) = self.other(&way.worker)? {
                *way = other;
                *upstream = way.version.front.upstream();
                woken = false;
                continue;
            }
            if !std::mem::replace(&mut woken, true) {
                way.version.front.wake();
            }
            let soon = self.deadline.min(Instant::now() + RETRY);
            if let Ok(Err(_)) = tokio::time::timeout_at(soon, upstream.changed()).await {
                // Nobody will say more of this one.
                tokio::time::sleep_until(soon).await;
            }
            if Instant::now() >= self.deadline {
                return Err(Problem::Absent(why));
            }
        }
    }

    /// Another way, if the place is no longer `worker`'s as it was.
    fn other(&self, worker: &Arc<Destination>) -> Result<Option<Way>, Problem> {
        let now = self.place.worker(self.routes).ok_or(Problem::NO_WORKER)?;
        if Arc::ptr_eq(&now, worker) {
            return Ok(None);
        }
        self.place.way(now).ok_or(Problem::NO_WORKER).map(Some)
    }
}
