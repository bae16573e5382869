//! Those who watch the logs of Workers: sessions of `wrangler tail` and its like.

mod filter;
mod message;
mod queue;
mod session;

pub use filter::{Filters, WrongFilter};
pub use session::{Ended, Tail, Watching};

use crate::console::Console;
use crate::event::{Invocation, Line, RunFailure, Source, now_ms};
use crate::sink::{Interest, LogSink};
use message::Message;
use parking_lot::Mutex;
use session::Session;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::watch;
use uuid::Uuid;

/// How long a session lasts. wrangler makes a new one when it ends.
pub const LIFETIME: Duration = Duration::from_hours(6);
/// How long a session waits for its client, before it connects.
const PATIENCE: Duration = Duration::from_mins(2);
/// Sessions of one Worker.
const MOST_SESSIONS: usize = 10;

/// What the hub needs to know of Workers.
pub trait Workers: Send + Sync + 'static {
    /// Whether there is a Worker of this name (as the runtime knows it).
    fn exists(&self, worker: &str) -> bool;

    /// The id of a version by its number.
    fn version_id(&self, worker: &str, number: u32) -> Option<String>;
}

/// Why there is no new session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such Worker.
    NoWorker,
    /// The Worker has as many sessions as one may have.
    TooMany {
        /// That many.
        most: usize,
    },
}

/// Takes what Workers log, prints it as [`Console`] does, and hands it to the sessions that want it.
#[derive(Default)]
pub struct TailHub {
    workers: OnceLock<Arc<dyn Workers>>,
    state: Mutex<HashMap<Arc<str>, Watched>>,
}

/// A Worker that somebody has watched, or might.
struct Watched {
    interest: watch::Sender<Interest>,
    sessions: Vec<Arc<Session>>,
}

impl TailHub {
    /// Tells the hub of the Workers; until then there are none.
    pub fn introduce(&self, workers: Arc<dyn Workers>) {
        let _ = self.workers.set(workers);
    }

    fn exists(&self, worker: &str) -> bool {
        self.workers.get().is_some_and(|workers| workers.exists(worker))
    }

    /// Opens a session for a Worker. `opener` is who asks: see [`TailHub::close_all_of`].
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn open(&self, worker: &str, filters: Filters, opener: &str) -> Result<Tail, Refusal> {
        if !self.exists(worker) {
            return Err(Refusal::NoWorker);
        }
        let now_ms = now_ms();
        let tail = Tail {
            id: Uuid::new_v4().simple().to_string(),
            // Nobody can guess it: more than 200 random bits.
            token: format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()),
            expires_ms: now_ms + LIFETIME.as_millis() as i64,
        };
        let mut state = self.state.lock();
        let watched = watched(&mut state, worker);
        watched.forget_the_absent(now_ms);
        if watched.sessions.len() >= MOST_SESSIONS {
            return Err(Refusal::TooMany { most: MOST_SESSIONS });
        }
        watched
            .sessions
            .push(Arc::new(Session::new(tail.clone(), filters, opener, now_ms)));
        Ok(tail)
    }

    /// The sessions of a Worker; `None` if there is no such Worker.
    pub fn list(&self, worker: &str) -> Option<Vec<Tail>> {
        if !self.exists(worker) {
            return None;
        }
        let mut state = self.state.lock();
        let watched = watched(&mut state, worker);
        watched.forget_the_absent(now_ms());
        Some(
            watched
                .sessions
                .iter()
                .map(|session| session.tail.clone())
                .collect(),
        )
    }

    /// Ends a session; false if there is none of this id.
    pub fn close(&self, worker: &str, id: &str) -> bool {
        let mut state = self.state.lock();
        let Some(watched) = state.get_mut(worker) else {
            return false;
        };
        let Some(at) = watched.sessions.iter().position(|session| session.tail.id == id) else {
            return false;
        };
        watched.sessions.remove(at).end(Ended::Deleted);
        watched.tell();
        true
    }

    /// How many sessions there are.
    pub fn open_count(&self) -> usize {
        let state = self.state.lock();
        state.values().map(|watched| watched.sessions.len()).sum()
    }

    /// Ends all sessions that somebody opened, who may not watch any more.
    pub fn close_all_of(&self, opener: &str) {
        for watched in self.state.lock().values_mut() {
            let own = watched
                .sessions
                .extract_if(.., |session| session.opener == opener);
            own.for_each(|session| session.end(Ended::Deleted));
            watched.tell();
        }
    }

    /// Ends all sessions: the server stops.
    pub fn stop(&self) {
        for watched in self.state.lock().values_mut() {
            for session in watched.sessions.drain(..) {
                session.end(Ended::Stopped);
            }
            watched.tell();
        }
    }

    /// The client of the session with this token is there; `None` if there is no such session, or if it is there already.
    pub fn watch(self: &Arc<Self>, token: &str) -> Option<Watching> {
        let mut state = self.state.lock();
        let now_ms = now_ms();
        for (worker, watched) in state.iter_mut() {
            watched.forget_the_absent(now_ms);
            let found = watched
                .sessions
                .iter()
                .find(|session| same(&session.tail.token, token));
            if let Some(session) = found.cloned() {
                if !session.take_place() {
                    return None;
                }
                watched.tell();
                return Some(Watching::new(self.clone(), worker.clone(), session));
            }
        }
        None
    }

    /// The client of a session has gone.
    fn leave(&self, worker: &str, session: &Arc<Session>) {
        if let Some(watched) = self.state.lock().get_mut(worker) {
            watched.sessions.retain(|other| !Arc::ptr_eq(other, session));
            watched.tell();
        }
    }

    /// Hands a message to the sessions that want it; it is made if there are any.
    fn tell<'a>(&self, source: &'a Source, message: impl FnOnce(Option<String>) -> Message<'a>) {
        let sessions: Vec<Arc<Session>> = {
            let state = self.state.lock();
            let Some(watched) = state.get(&source.worker) else {
                return;
            };
            watched.present().cloned().collect()
        };
        if sessions.is_empty() {
            return;
        }
        let workers = self.workers.get();
        let message = message(workers.and_then(|workers| workers.version_id(&source.worker, source.version)));
        for session in sessions {
            session.offer(&message);
        }
    }
}

impl Watched {
    /// The sessions whose clients are there.
    fn present(&self) -> impl Iterator<Item = &Arc<Session>> {
        self.sessions.iter().filter(|session| session.is_present())
    }

    fn forget_the_absent(&mut self, now_ms: i64) {
        self.sessions
            .retain(|session| session.is_present() || now_ms < session.made_ms + PATIENCE.as_millis() as i64);
    }

    /// Says what is wanted now.
    fn tell(&self) {
        let values = self.present().next().is_some();
        let interest = Interest {
            values,
            ..Console::interest()
        };
        self.interest.send_if_modified(|old| {
            let changed = *old != interest;
            *old = interest;
            changed
        });
    }
}

fn watched<'a>(state: &'a mut HashMap<Arc<str>, Watched>, worker: &str) -> &'a mut Watched {
    state.entry(worker.into()).or_insert_with(|| Watched {
        interest: watch::channel(Console::interest()).0,
        sessions: Vec::new(),
    })
}

/// Whether two secrets are the same, in a time that does not depend on where they differ.
fn same(left: &str, right: &str) -> bool {
    let differing = left
        .bytes()
        .zip(right.bytes())
        .fold(0, |differing, (left, right)| differing | (left ^ right));
    left.len() == right.len() && differing == 0
}

impl LogSink for TailHub {
    fn interest(&self, worker: &str) -> watch::Receiver<Interest> {
        watched(&mut self.state.lock(), worker).interest.subscribe()
    }

    fn line(&self, source: &Source, line: &Line) {
        Console.line(source, line);
        if line.message.is_some() {
            self.tell(source, |version| Message::of_line(source, version, line));
        }
    }

    fn failure(&self, source: &Source, failure: &RunFailure) {
        self.tell(source, |version| Message::of_failure(source, version, failure));
    }

    fn invocation(&self, source: &Source, invocation: &Invocation) {
        Console.invocation(source, invocation);
        self.tell(source, |version| {
            Message::of_invocation(source, version, invocation)
        });
    }
}

impl fmt::Debug for TailHub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TailHub").finish_non_exhaustive()
    }
}
