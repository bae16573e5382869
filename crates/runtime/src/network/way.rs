//! The way to one socket of a Worker, whichever process listens on it.

use super::Target;
use super::presence::{Busy, Callee, Presence};
use std::io::{Error, Result};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::UnixStream;
use tokio::sync::watch;
use tokio::time::Instant;

/// How long a call waits for a Worker that is not there.
const PATIENCE: Duration = Duration::from_secs(10);
/// On a server nobody is at hand, and the change to another object host may take a while on a busy machine.
const SERVER_PATIENCE: Duration = Duration::from_secs(30);

/// The way to one socket of a Worker.
#[derive(Debug, Clone)]
pub(super) struct Way {
    pub(super) worker: Arc<str>,
    pub(super) on_server: bool,
    pub(super) target: Target,
    pub(super) presence: watch::Receiver<Presence>,
    /// Counts calls that found nobody.
    pub(super) missed: watch::Sender<u64>,
}

/// A connection to a process.
pub(super) struct Connected {
    pub(super) stream: UnixStream,
    /// Which process it is.
    pub(super) callee: Arc<Callee>,
    pub(super) busy: Busy,
}

impl Way {
    /// Connects to the Worker's process, which is waited for.
    ///
    /// # Errors
    /// It did not come.
    pub(super) async fn connect(&self) -> Result<Connected> {
        let patience = if self.on_server { SERVER_PATIENCE } else { PATIENCE };
        let deadline = Instant::now() + patience;
        let mut presence = self.presence.clone();
        loop {
            // While it is looked at, it cannot change: who waits for a process to finish sees this call, or it was not
            // brought there.
            let found = presence
                .borrow_and_update()
                .taking(&self.target)
                .map(|callee| (callee.clone(), Busy::new(callee)));
            if let Some((callee, busy)) = found
                && let Some(path) = callee.socket(&self.target)
                && let Ok(stream) = UnixStream::connect(path).await
            {
                return Ok(Connected { stream, callee, busy });
            }
            self.missed.send_modify(|n| *n += 1);
            // A process that has just ended may still be said to be there.
            let soon = deadline.min(Instant::now() + Duration::from_millis(100));
            let _ = tokio::time::timeout_at(soon, presence.changed()).await;
            if Instant::now() >= deadline {
                let what = if self.on_server {
                    "deployed"
                } else {
                    "in this session"
                };
                return Err(Error::other(format!(
                    "The Worker \"{}\" is {what}, but does not run at the moment",
                    self.worker
                )));
            }
        }
    }

    /// Waits until the process is gone.
    pub(super) async fn gone(&self, callee: &Arc<Callee>) {
        let mut presence = self.presence.clone();
        let _ = presence.wait_for(|presence| !presence.has(callee)).await;
    }
}
