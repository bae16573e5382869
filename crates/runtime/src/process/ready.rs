//! Readiness: workerd writes a line to its control descriptor for each socket that listens.

use std::io::PipeReader;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::unix::pipe::Receiver;

/// The lines of the control descriptor.
pub(super) struct Announcements(BufReader<Receiver>);

impl Announcements {
    pub(super) fn new(reader: PipeReader) -> std::io::Result<Self> {
        Ok(Self(BufReader::new(Receiver::from_owned_fd(reader.into())?)))
    }

    /// Whether `sockets` sockets came to listen; `false` if the process closed its end before.
    pub(super) async fn wait_for(mut self, sockets: usize) -> bool {
        let mut line = String::new();
        let mut listening = 0;
        while listening < sockets {
            line.clear();
            match self.0.read_line(&mut line).await {
                Ok(0) | Err(_) => return false,
                Ok(_) if line.contains("\"listen\"") => listening += 1,
                Ok(_) => {}
            }
        }
        true
    }
}
