//! The Worker port: a reverse proxy to the unix sockets of the Workers' processes.

mod cf;
mod chance;
mod connections;
mod events;
mod explain;
mod forward;
mod guard;
mod headers;
mod host;
mod internal;
mod log;
mod origin;
mod pages;
mod routes;
mod table;
mod thrown;
mod upgrade;

pub use events::{Events, Outcome};
pub use explain::{ErrorExplainer, Excerpt, Explained, Frame};
pub use host::Host;
pub use internal::Internal;
pub use origin::Origin;
pub use routes::{Asked, Destination, Front, Routes, Version};
pub use table::{Directory, Listed, Naming, Pattern, PatternError};
pub use thrown::Thrown;

use crate::listen;
use crate::tls::Tls;
use connections::Connections;
use forward::Ingress;
use hyper::StatusCode;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// Where requests go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Upstream {
    /// To this unix socket.
    Serving(Arc<Path>),
    /// Nowhere for the moment: they are held for a while.
    Absent {
        /// Why, for people.
        why: Arc<str>,
    },
    /// Nowhere: the Worker has no `fetch` handler.
    NoFetchHandler,
}

/// How the ingress behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long a request is held while there is no upstream.
    pub hold: Duration,
    /// With it the port speaks https, and nothing else.
    pub tls: Option<Tls>,
    /// How long requests may take to end once the port is told to stop.
    pub grace: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            hold: Duration::from_secs(10),
            tls: None,
            grace: Duration::from_secs(10),
        }
    }
}

/// A client.
#[derive(Debug, Clone, Copy)]
struct Peer {
    address: SocketAddr,
    /// Whether it speaks TLS.
    secure: bool,
}

/// How long a client may take to send the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a client may take to agree on a key.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// Serves `listener` until the future is dropped, which also ends every connection. Each request is one event of
/// the tracing target `stepwell::request`: method, path, status, milliseconds to the head of the answer.
pub async fn serve(listener: TcpListener, routes: impl Routes, options: Options) {
    serve_until(listener, routes, options, std::future::pending()).await;
}

/// As [`serve`], until `stop` is ready: then nothing is accepted any more, requests that have begun may end within
/// [`Options::grace`], and what has left HTTP (WebSockets) ends with the last of them. Returns when all have.
pub async fn serve_until(
    listener: TcpListener,
    routes: impl Routes,
    options: Options,
    stop: impl Future<Output = ()>,
) {
    let grace = options.grace;
    let over = CancellationToken::new();
    let _ends_with_this = over.clone().drop_guard();
    let ingress = Arc::new(Ingress {
        routes: Box::new(routes),
        connections: Arc::new(Connections::default()),
        options,
        stopping: CancellationToken::new(),
        over,
    });
    let mut conversations = listen::serve_until(listener, stop, |stream, address| {
        greet(ingress.clone(), stream, address)
    })
    .await;
    ingress.stopping.cancel();
    let ended = async { while conversations.join_next().await.is_some() {} };
    if tokio::time::timeout(grace, ended).await.is_err() {
        tracing::warn!("requests that had not ended were cut off");
    }
}

/// Serves a client, encrypted if it has to be.
async fn greet(ingress: Arc<Ingress>, stream: TcpStream, address: SocketAddr) {
    let secure = ingress.options.tls.is_some();
    let peer = Peer { address, secure };
    let Some(tls) = ingress.options.tls.clone() else {
        return converse(ingress, stream, peer).await;
    };
    let greeting = async {
        if Tls::is_spoken(&stream).await? {
            tls.accept(stream).await.map(Ok)
        } else {
            Ok(Err(stream))
        }
    };
    match tokio::time::timeout(HANDSHAKE_TIMEOUT, greeting).await {
        Ok(Ok(Ok(stream))) => converse(ingress, stream, peer).await,
        Ok(Ok(Err(plain))) => refuse(plain).await,
        // Browsers end one whose certificate they do not trust yet.
        Ok(Err(error)) => tracing::debug!("no TLS connection with {address}: {error}"),
        Err(_) => tracing::debug!("no TLS connection with {address} in time"),
    }
}

/// Tells a client that speaks plain HTTP to a port that speaks https.
async fn refuse(stream: TcpStream) {
    let service = service_fn(|_| async {
        let why = "This port speaks https: begin the address with https://\n";
        Ok::<_, std::convert::Infallible>(pages::text(StatusCode::BAD_REQUEST, why))
    });
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn converse<S>(ingress: Arc<Ingress>, stream: S, peer: Peer)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(|request| ingress.clone().handle(request, peer));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = ingress.stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!("a client's connection ended: {error}");
    }
}
