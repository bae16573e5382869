//! The way to one socket of a Worker, whichever process listens on it.

use super::presence::Presence;
use super::{Sockets, Target};
use std::io::{Error, Result};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::UnixStream;
use tokio::sync::watch;
use tokio::time::Instant;

/// How long a call waits for a Worker that is not there.
const PATIENCE: Duration = Duration::from_secs(10);

/// The way to one socket of a Worker.
#[derive(Debug, Clone)]
pub(super) struct Way {
    pub(super) worker: Arc<str>,
    pub(super) target: Target,
    pub(super) presence: watch::Receiver<Presence>,
    pub(super) busy: watch::Sender<usize>,
}

/// A connection to a host process.
pub(super) struct Connected {
    pub(super) stream: UnixStream,
    /// Which process it is.
    pub(super) process: Arc<Sockets>,
    pub(super) busy: Busy,
}

/// As long as this lives, the process has something to finish.
pub(super) struct Busy(watch::Sender<usize>);

impl Busy {
    fn new(count: &watch::Sender<usize>) -> Self {
        count.send_modify(|n| *n += 1);
        Self(count.clone())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.send_modify(|n| *n -= 1);
    }
}

impl Way {
    /// Connects to the Worker's process, which is waited for.
    ///
    /// # Errors
    /// It did not come.
    pub(super) async fn connect(&self) -> Result<Connected> {
        let deadline = Instant::now() + PATIENCE;
        let mut presence = self.presence.clone();
        loop {
            // Before the look at the presence: who drains sees either this, or that nothing was taken.
            let busy = Busy::new(&self.busy);
            let found = presence
                .borrow_and_update()
                .socket(&self.target)
                .map(|(path, process)| (path.to_owned(), process.clone()));
            if let Some((path, process)) = found
                && let Ok(stream) = UnixStream::connect(path).await
            {
                return Ok(Connected {
                    stream,
                    process,
                    busy,
                });
            }
            drop(busy);
            // A process that has just ended may still be said to be there.
            let soon = deadline.min(Instant::now() + Duration::from_millis(100));
            let _ = tokio::time::timeout_at(soon, presence.changed()).await;
            if Instant::now() >= deadline {
                return Err(Error::other(format!(
                    "The Worker \"{}\" is in this session, but does not run at the moment",
                    self.worker
                )));
            }
        }
    }

    /// Waits until the process is gone.
    pub(super) async fn gone(&self, process: &Arc<Sockets>) {
        let mut presence = self.presence.clone();
        let _ = presence.wait_for(|presence| !presence.has(process)).await;
    }
}
