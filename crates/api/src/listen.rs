//! Listening: the one loop that accepts connections, whatever is spoken on them.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

/// How long nothing is accepted after a failure: the descriptors in use come back meanwhile.
const PAUSE: Duration = Duration::from_millis(50);

/// What connections come from.
pub(crate) trait Listener: Send {
    /// A connection.
    type Stream: Send;
    /// Who is at its other end.
    type Peer: Send;

    /// The next connection.
    fn next(&self) -> impl Future<Output = io::Result<(Self::Stream, Self::Peer)>> + Send;
}

impl Listener for TcpListener {
    type Stream = TcpStream;
    type Peer = SocketAddr;

    async fn next(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let (stream, address) = self.accept().await?;
        // Answers are written whole: waiting for more only delays them.
        let _ = stream.set_nodelay(true);
        Ok((stream, address))
    }
}

impl Listener for UnixListener {
    type Stream = UnixStream;
    type Peer = ();

    async fn next(&self) -> io::Result<(UnixStream, ())> {
        Ok((self.accept().await?.0, ()))
    }
}

/// A listener that accepts while there are places; the place is a part of the peer.
pub(crate) struct Bounded<L> {
    listener: L,
    places: Option<Arc<Semaphore>>,
}

impl<L> Bounded<L> {
    /// As many at once as there are `places`, or any number.
    pub(crate) fn new(listener: L, places: Option<usize>) -> Self {
        let places = places.map(|places| places.min(Semaphore::MAX_PERMITS));
        Self {
            listener,
            places: places.map(|places| Arc::new(Semaphore::new(places))),
        }
    }
}

impl<L: Listener + Sync> Listener for Bounded<L> {
    type Stream = L::Stream;
    type Peer = (L::Peer, Option<OwnedSemaphorePermit>);

    async fn next(&self) -> io::Result<(L::Stream, Self::Peer)> {
        let place = match &self.places {
            Some(places) => places.clone().acquire_owned().await.ok(),
            None => None,
        };
        let (stream, peer) = self.listener.next().await?;
        Ok((stream, (peer, place)))
    }
}

/// The next connection, however often that fails before.
async fn next<L: Listener>(listener: &L) -> (L::Stream, L::Peer) {
    loop {
        match listener.next().await {
            Ok(accepted) => return accepted,
            Err(error) => {
                // Out of descriptors, most likely.
                tracing::warn!("cannot accept a connection: {error}");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Gives each connection of `listener` to `converse`, until the future is dropped, which also ends every conversation.
pub(crate) async fn serve<L, C, F>(listener: L, converse: C)
where
    L: Listener,
    C: Fn(L::Stream, L::Peer) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    serve_until(listener, std::future::pending(), converse).await;
}

/// As [`serve`], until `stop` is ready: nothing is accepted any more then, and the conversations that go on are returned.
pub(crate) async fn serve_until<L, C, F>(
    listener: L,
    stop: impl Future<Output = ()>,
    converse: C,
) -> JoinSet<()>
where
    L: Listener,
    C: Fn(L::Stream, L::Peer) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let mut conversations = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            (stream, peer) = next(&listener) => {
                conversations.spawn(converse(stream, peer));
            }
            Some(_) = conversations.join_next() => {}
            () = &mut stop => return conversations,
        }
    }
}
