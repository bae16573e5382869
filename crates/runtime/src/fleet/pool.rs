//! Idle sockets of a run process. A socket carries one run at a time; one that a run left clean is used again.

use crate::channel::socket::Socket;
use parking_lot::Mutex;
use std::path::Path;

/// The idle sockets of one process.
#[derive(Debug, Default)]
pub(super) struct Pool {
    idle: Mutex<Vec<Socket>>,
}

impl Pool {
    /// An idle socket, or a new one.
    ///
    /// # Errors
    /// What the system says if none can be dialled.
    pub(super) async fn take(&self, path: &Path) -> std::io::Result<Socket> {
        let idle = self.idle.lock().pop();
        match idle {
            Some(socket) => Ok(socket),
            None => Socket::dial(path).await,
        }
    }

    /// Keeps a socket for the next run, if there are not `most` already.
    pub(super) fn put(&self, socket: Socket, most: usize) {
        let mut idle = self.idle.lock();
        if idle.len() < most {
            idle.push(socket);
        }
    }
}
