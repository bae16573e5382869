//! A WebSocket over a unix socket, read and written by one task at once.

use futures_util::{SinkExt as _, StreamExt as _};
use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::task::{Context, Poll};
use tokio::net::UnixStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};

/// A step's result is at most 1 MiB, but what `run()` returns has no limit of its own, nor has a stream.
const MAX_MESSAGE: usize = 128 << 20;

/// Zeroed by the library before each read, and kept by each socket of the pool: the default of 128 KiB cost a sixth of
/// the engine's time.
const READ_BUFFER: usize = 8 << 10;

/// The two directions of a socket.
#[derive(Debug)]
pub(super) struct Wire {
    stream: WebSocketStream<UnixStream>,
    outbox: VecDeque<Message>,
    unflushed: bool,
}

impl Wire {
    /// Dials the run channel's socket.
    ///
    /// # Errors
    /// What the system says, or that the other end is no WebSocket.
    pub(super) async fn dial(path: &Path) -> io::Result<Self> {
        let stream = UnixStream::connect(path).await?;
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .max_message_size(Some(MAX_MESSAGE))
            .max_frame_size(Some(MAX_MESSAGE));
        let handshake = tokio_tungstenite::client_async_with_config("ws://stepwell/", stream, Some(config));
        let (stream, _) = handshake.await.map_err(into_io)?;
        Ok(Self {
            stream,
            outbox: VecDeque::new(),
            unflushed: false,
        })
    }

    /// Queues a message; [`Wire::poll_send`] sends it.
    pub(super) fn queue(&mut self, message: Message) {
        self.outbox.push_back(message);
    }

    /// Forgets what is queued.
    pub(super) fn clear(&mut self) {
        self.outbox.clear();
    }

    /// Sends what is queued, as far as the other end takes it.
    pub(super) fn poll_send(&mut self, context: &mut Context<'_>) -> Result<(), Error> {
        while !self.outbox.is_empty() {
            match self.stream.poll_ready_unpin(context) {
                Poll::Ready(ready) => ready?,
                Poll::Pending => return Ok(()),
            }
            if let Some(message) = self.outbox.pop_front() {
                self.stream.start_send_unpin(message)?;
                self.unflushed = true;
            }
        }
        if self.unflushed
            && let Poll::Ready(flushed) = self.stream.poll_flush_unpin(context)
        {
            flushed?;
            self.unflushed = false;
        }
        Ok(())
    }

    /// The next message of the other end; an error also when it has closed the socket.
    pub(super) fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<Result<Message, Error>> {
        self.stream
            .poll_next_unpin(context)
            .map(|received| received.unwrap_or(Err(Error::ConnectionClosed)))
    }
}

fn into_io(error: Error) -> io::Error {
    match error {
        Error::Io(error) => error,
        other => io::Error::other(other),
    }
}
