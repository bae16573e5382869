//! One session: who it is for, what it wants, what waits for its client.

use super::TailHub;
use super::filter::Filters;
use super::message::Message;
use super::queue::Queue;
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A session as its owner knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tail {
    /// Its id, which is no secret.
    pub id: String,
    /// Who has it may watch.
    pub token: String,
    /// When it ends by itself, Unix milliseconds.
    pub expires_ms: i64,
}

/// Why a session has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Somebody has asked for it.
    Deleted,
    /// The server stops.
    Stopped,
    /// Its time is over.
    Expired,
}

/// A session.
pub(super) struct Session {
    pub(super) tail: Tail,
    pub(super) made_ms: i64,
    pub(super) opener: String,
    filters: Filters,
    present: AtomicBool,
    queue: Queue,
    ended: Mutex<Option<Ended>>,
}

impl Session {
    /// A session whose client is not there yet.
    pub(super) fn new(tail: Tail, filters: Filters, opener: &str, made_ms: i64) -> Self {
        Self {
            tail,
            made_ms,
            opener: opener.to_owned(),
            filters,
            present: AtomicBool::new(false),
            queue: Queue::default(),
            ended: Mutex::new(None),
        }
    }

    pub(super) fn is_present(&self) -> bool {
        self.present.load(Ordering::Relaxed)
    }

    /// Notes that the client is there; false if it was already.
    pub(super) fn take_place(&self) -> bool {
        !self.present.swap(true, Ordering::Relaxed)
    }

    /// Queues a message if it is wanted.
    pub(super) fn offer(&self, message: &Message<'_>) {
        if self.filters.admit(message) {
            self.queue.push(message.text());
        }
    }

    /// Says that it is over.
    pub(super) fn end(&self, why: Ended) {
        self.ended.lock().get_or_insert(why);
        self.queue.wake();
    }
}

/// A client's end of a session. Dropping it ends the session.
pub struct Watching {
    hub: Arc<TailHub>,
    worker: Arc<str>,
    session: Arc<Session>,
}

impl Watching {
    pub(super) fn new(hub: Arc<TailHub>, worker: Arc<str>, session: Arc<Session>) -> Self {
        Self { hub, worker, session }
    }

    /// The next message, JSON text; what was lost because the client is slow is said in a message of its own.
    ///
    /// # Errors
    /// [`Ended`] when the session is over.
    pub async fn next(&self) -> Result<Arc<str>, Ended> {
        let session = &self.session;
        let left_ms = session.tail.expires_ms - crate::event::now_ms();
        let expired = tokio::time::sleep(Duration::from_millis(left_ms.max(0).cast_unsigned()));
        let next = async {
            loop {
                let news = session.queue.news();
                if let Some(text) = session.queue.pop() {
                    return Ok(text);
                }
                if let Some(why) = *session.ended.lock() {
                    return Err(why);
                }
                news.await;
            }
        };
        tokio::select! {
            biased;
            next = next => next,
            () = expired => Err(Ended::Expired),
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.hub.leave(&self.worker, &self.session);
    }
}
