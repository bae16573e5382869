//! The Worker port: a reverse proxy to the unix sockets of the Workers' processes.

mod cf;
mod chance;
mod client;
mod client_body;
mod connections;
mod events;
mod explain;
mod forward;
mod guard;
mod headers;
mod host;
mod internal;
mod log;
mod networks;
mod origin;
mod overrides;
mod pages;
mod patient;
mod ray;
mod routes;
mod table;
mod thrown;
mod upgrade;
mod way;

pub use crate::meters::IngressMeters;
pub use events::{Events, Outcome};
pub use explain::{ErrorExplainer, Excerpt, Explained, Frame};
pub use host::Host;
pub use internal::Internal;
pub use networks::{Network, NoNetwork};
pub use origin::Origin;
pub use routes::{Asked, Destination, Front, Routes, Version};
pub use table::{Directory, Listed, Naming, Pattern, PatternError};
pub use thrown::Thrown;

use crate::listen::{self, Bounded};
use crate::tls::{Session, Tls};
use connections::Connections;
use forward::Ingress;
use hyper::StatusCode;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use patient::Patient;
use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::OwnedSemaphorePermit;
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
    /// With it clients are strangers: they learn nothing of the code, cannot say who they are, and are kept within limits.
    /// Without, the client is the developer.
    pub production: Option<Production>,
    /// What the port counts.
    pub meters: Arc<IngressMeters>,
}

/// How long a client may take to send the head of a request, unless it is said otherwise.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How strangers are served.
#[derive(Debug, Clone)]
pub struct Production {
    /// The proxies in front, whose `X-Forwarded-For` and the like are believed.
    pub trusted_proxies: Vec<Network>,
    /// The most bytes of a request's body.
    pub body_bytes_max: u64,
    /// The most connections at once; further clients wait.
    pub connections_max: usize,
    /// How long a client may take to send the head of a request, and to begin with the next one.
    pub head_timeout: Duration,
    /// How long a body may stand still while it is uploaded.
    pub upload_idle: Duration,
    /// How long a client may take nothing of what it is sent.
    pub download_idle: Duration,
}

impl Default for Production {
    fn default() -> Self {
        Self {
            trusted_proxies: Vec::new(),
            body_bytes_max: 100 * 1024 * 1024,
            connections_max: 10_000,
            head_timeout: HEAD_TIMEOUT,
            upload_idle: Duration::from_mins(1),
            download_idle: Duration::from_mins(10),
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            hold: Duration::from_secs(10),
            tls: None,
            grace: Duration::from_secs(10),
            production: None,
            meters: Arc::default(),
        }
    }
}

/// The other end of a connection.
#[derive(Debug, Clone)]
struct Peer {
    address: SocketAddr,
    tls: Option<Session>,
    /// Among those that may be connected at once.
    place: Option<Arc<OwnedSemaphorePermit>>,
}

/// How long a client may take to agree on a key.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// The most header fields of a request; more are answered with 431.
const FIELDS_MAX: usize = 256;

/// How much of a head is read until it must have an end. What is less, but too much all the same, the guard refuses.
const HEAD_MAX: usize = (128 + 32) << 10;

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
    let places = options
        .production
        .as_ref()
        .map(|production| production.connections_max);
    let listener = Bounded::new(listener, places);
    let over = CancellationToken::new();
    let _ends_with_this = over.clone().drop_guard();
    let ingress = Arc::new(Ingress {
        routes: Box::new(routes),
        connections: Arc::new(Connections::default()),
        options,
        stopping: CancellationToken::new(),
        over,
    });
    let mut conversations = listen::serve_until(listener, stop, |stream, (address, place)| {
        let peer = Peer {
            address,
            tls: None,
            place: place.map(Arc::new),
        };
        greet(ingress.clone(), stream, peer)
    })
    .await;
    ingress.stopping.cancel();
    let ended = async { while conversations.join_next().await.is_some() {} };
    if tokio::time::timeout(grace, ended).await.is_err() {
        tracing::warn!("requests that had not ended were cut off");
    }
}

/// Serves a client, encrypted if it has to be.
async fn greet(ingress: Arc<Ingress>, stream: TcpStream, mut peer: Peer) {
    let Some(tls) = ingress.options.tls.clone() else {
        return converse(ingress, stream, peer).await;
    };
    let address = peer.address;
    let greeting = async {
        if Tls::is_spoken(&stream).await? {
            tls.accept(stream).await.map(Ok)
        } else {
            Ok(Err(stream))
        }
    };
    match tokio::time::timeout(HANDSHAKE_TIMEOUT, greeting).await {
        Ok(Ok(Ok(stream))) => {
            peer.tls = Some(Session::of(&stream));
            converse(ingress, stream, peer).await;
        }
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
    let _ = protocol(HEAD_TIMEOUT)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// HTTP/1 as it is spoken with clients.
fn protocol(head_timeout: Duration) -> http1::Builder {
    let mut protocol = http1::Builder::new();
    protocol
        .timer(TokioTimer::new())
        .header_read_timeout(head_timeout)
        .max_headers(FIELDS_MAX)
        .max_buf_size(HEAD_MAX);
    protocol
}

async fn converse<S>(ingress: Arc<Ingress>, stream: S, peer: Peer)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let production = ingress.options.production.as_ref();
    let patience = production.map_or(Duration::MAX, |production| production.download_idle);
    let head_timeout = production.map_or(HEAD_TIMEOUT, |production| production.head_timeout);
    let stream = TokioIo::new(Patient::new(stream, patience));
    let service = service_fn(|request| ingress.clone().handle(request, peer.clone()));
    let connection = protocol(head_timeout)
        .serve_connection(stream, service)
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
