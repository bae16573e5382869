//! Kept-alive connections to the upstream.

use super::client_body::BodyFault;
use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::UnixStream;

/// The body of a request on its way to the upstream.
pub(super) type RequestBody = BoxBody<Bytes, BodyFault>;
/// A connection that may take a request.
pub(super) type Sender = SendRequest<RequestBody>;

/// The most header fields of an answer: a Worker may set many cookies.
const FIELDS_MAX: usize = 1024;
/// How many idle connections are kept to one socket.
const MOST_IDLE: usize = 64;
/// How many idle connections are kept in all.
const MOST_IDLE_IN_ALL: usize = 1024;
/// How long the connection of an answer that has ended may take until it can be used again. One whose last request is
/// still being sent (the Worker answered early) never will for all we know.
const SETTLES: Duration = Duration::from_millis(5);

/// The idle connections, by socket.
#[derive(Debug, Default)]
pub(super) struct Connections {
    idle: Mutex<Idle>,
}

#[derive(Debug, Default)]
struct Idle {
    senders: HashMap<Arc<Path>, Vec<Sender>>,
    /// Of all sockets.
    count: usize,
}

/// A connection, and whether it was used before (then it may turn out to be closed).
pub(super) struct Checked {
    pub(super) sender: Sender,
    pub(super) used: bool,
}

impl Connections {
    /// A connection to the socket at `path`.
    ///
    /// # Errors
    /// What the system says if none can be made.
    pub(super) async fn take(self: &Arc<Self>, path: &Arc<Path>) -> std::io::Result<Checked> {
        while let Some(mut sender) = self.pop(path) {
            if let Ok(Ok(())) = tokio::time::timeout(SETTLES, sender.ready()).await {
                return Ok(Checked { sender, used: true });
            }
        }
        let stream = UnixStream::connect(path).await?;
        let (sender, connection) = http1::Builder::new()
            .max_headers(FIELDS_MAX)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(std::io::Error::other)?;
        let (this, path) = (self.clone(), path.clone());
        tokio::spawn(async move {
            let _ = connection.with_upgrades().await;
            this.forget_closed(&path);
        });
        Ok(Checked { sender, used: false })
    }

    fn pop(&self, path: &Arc<Path>) -> Option<Sender> {
        let mut idle = self.idle.lock();
        let sender = idle.senders.get_mut(path)?.pop()?;
        idle.count -= 1;
        Some(sender)
    }

    fn put(&self, path: &Arc<Path>, sender: Sender) {
        let mut idle = self.idle.lock();
        if sender.is_closed() || idle.count >= MOST_IDLE_IN_ALL {
            return;
        }
        let senders = idle.senders.entry(path.clone()).or_default();
        if senders.len() < MOST_IDLE {
            senders.push(sender);
            idle.count += 1;
        }
    }

    /// A connection to `path` has ended: sockets come and go with versions, and none may be remembered for ever.
    fn forget_closed(&self, path: &Arc<Path>) {
        let mut idle = self.idle.lock();
        let Some(senders) = idle.senders.get_mut(path) else {
            return;
        };
        let before = senders.len();
        senders.retain(|sender| !sender.is_closed());
        let after = senders.len();
        if after == 0 {
            idle.senders.remove(path);
        }
        idle.count -= before - after;
    }
}

/// An answer's body that gives its connection back at its end. Dropped before, it closes the connection, so that the
/// Worker learns that nobody listens any more.
pub(super) struct ReturningBody {
    body: Incoming,
    home: Option<(Arc<Connections>, Arc<Path>, Sender)>,
}

impl ReturningBody {
    pub(super) fn new(
        body: Incoming,
        connections: Arc<Connections>,
        path: Arc<Path>,
        sender: Sender,
    ) -> Self {
        let mut this = Self {
            body,
            home: Some((connections, path, sender)),
        };
        if this.body.is_end_stream() {
            this.give_back();
        }
        this
    }

    fn give_back(&mut self) {
        if let Some((connections, path, sender)) = self.home.take() {
            connections.put(&path, sender);
        }
    }
}

impl Body for ReturningBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        match &polled {
            Poll::Ready(None) => self.give_back(),
            Poll::Ready(Some(Ok(_))) if self.body.is_end_stream() => self.give_back(),
            _ => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
