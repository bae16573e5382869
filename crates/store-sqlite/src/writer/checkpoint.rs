//! When the write-ahead log is moved into the database file.
//!
//! A thread with a connection of its own does the bulk while commits go on. It never quite catches up with a busy
//! writer, and only a log that was moved completely starts again from its beginning; so the writer moves the short rest
//! itself, between two commits. If the log grows too long all the same, the writer does the whole work: that is the
//! back-pressure.

use crate::connection::{self, PAGE_BYTES};
use crate::fault::Fault;
use crate::health::Health;
use crate::writer::spawn;
use crate::{Options, fault};
use rusqlite::Connection;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use stepwell_store::StoreError;

/// The log is moved by the writer when it is this many times longer than it should be.
const TOO_LONG: u32 = 16;

/// The writer's view of checkpoints.
pub(super) struct Checkpointer {
    requests: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    /// Set by the thread when it has done its part.
    done: Arc<AtomicBool>,
    running: bool,
    /// Pages in the log from which on it is moved, and what that was before postponing.
    threshold: u32,
    configured: u32,
}

impl Checkpointer {
    /// Starts the thread.
    pub(super) fn start(file: &Path, options: &Options, health: &Arc<Health>) -> Result<Self, StoreError> {
        let connection = connection::open_checkpointer(file).map_err(Fault::on_write)?;
        let (requests, queue) = sync_channel(1);
        let done = Arc::new(AtomicBool::new(false));
        let (finished, health) = (Arc::clone(&done), Arc::clone(health));
        let thread = spawn("stepwell-checkpointer", move || {
            serve(connection, &queue, &finished, &health);
        })?;
        let pages = (options.checkpoint_bytes / PAGE_BYTES).clamp(1, 1 << 24) as u32;
        Ok(Self {
            requests: Some(requests),
            thread: Some(thread),
            done,
            running: false,
            threshold: pages,
            configured: pages,
        })
    }

    /// Called by the writer after each commit with the length of the log.
    pub(super) fn after_commit(&mut self, connection: &Connection, pages: u32, health: &Health) {
        if pages < self.configured {
            self.threshold = self.configured;
        }
        if self.running && self.done.load(Ordering::Acquire) {
            self.running = false;
            self.move_rest(connection, pages, health);
        } else if pages >= self.configured.saturating_mul(TOO_LONG) && pages >= self.threshold {
            self.move_rest(connection, pages, health);
        } else if pages >= self.threshold && !self.running {
            self.done.store(false, Ordering::Release);
            let sent = self
                .requests
                .as_ref()
                .is_some_and(|requests| requests.try_send(()).is_ok());
            self.running = sent;
        }
    }

    fn move_rest(&mut self, connection: &Connection, pages: u32, health: &Health) {
        passive(connection, health);
        // A reader may have kept some of the log in use: not again at every commit.
        self.threshold = pages.saturating_add(self.configured);
    }

    /// Ends the thread.
    pub(super) fn stop(&mut self) {
        drop(self.requests.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn serve(connection: Connection, queue: &Receiver<()>, done: &AtomicBool, health: &Health) {
    while queue.recv().is_ok() {
        if health.is_poisoned() {
            break;
        }
        passive(&connection, health);
        done.store(true, Ordering::Release);
    }
    if health.is_poisoned() {
        std::mem::forget(connection);
    }
}

/// Moves what no reader needs. A failure of the disk poisons the store; a full disk leaves everything in the log.
pub(super) fn passive(connection: &Connection, health: &Health) {
    let moved = connection
        .prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")
        .and_then(|mut statement| statement.query_row([], |row| row.get::<_, i64>(0)));
    let Err(error) = moved else { return };
    match fault::Fault::from(error).on_write() {
        StoreError::Full | StoreError::Unavailable { .. } => {
            tracing::warn!("the write-ahead log could not be moved: the disk is full or busy");
        }
        error => health.poison(&error.to_string()),
    }
}
