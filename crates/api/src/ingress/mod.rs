//! The Worker port: a reverse proxy to the unix socket of the Worker's host process.

mod cf;
mod connections;
mod events;
mod explain;
mod forward;
mod guard;
mod headers;
mod internal;
mod log;
mod origin;
mod pages;
mod thrown;
mod upgrade;

pub use events::{Events, Outcome};
pub use explain::{ErrorExplainer, Excerpt, Explained, Frame};
pub use internal::Internal;
pub use origin::Origin;
pub use thrown::Thrown;

use crate::assets::Sites;
use crate::tls::Tls;
use connections::Connections;
use forward::Ingress;
use hyper::StatusCode;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

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
#[derive(Clone)]
pub struct Options {
    /// How long a request is held while there is no upstream.
    pub hold: Duration,
    /// What is answered below `/cdn-cgi/` without the Worker; the first that claims a path has it.
    pub internal: Vec<Arc<dyn Internal>>,
    /// The Worker's static assets, which are asked first.
    pub assets: Option<Sites>,
    /// With it the port speaks https, and nothing else.
    pub tls: Option<Tls>,
    /// What the Worker is told about where it was asked.
    pub origin: Origin,
    /// Who finds the user's code in what the Worker throws. Without, stacks are shown as they are.
    pub explainer: Option<Arc<dyn ErrorExplainer>>,
    /// Who brings events to the Worker. Without, there are no paths for them.
    pub events: Option<Arc<dyn Events>>,
    /// Whether `/__scheduled` is answered too.
    pub test_scheduled: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            hold: Duration::from_secs(10),
            internal: Vec::new(),
            assets: None,
            tls: None,
            origin: Origin::default(),
            explainer: None,
            events: None,
            test_scheduled: false,
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
pub async fn serve(listener: TcpListener, upstream: watch::Receiver<Upstream>, options: Options) {
    let ingress = Arc::new(Ingress {
        upstream,
        connections: Arc::new(Connections::default()),
        options,
    });
    let mut tasks = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, address)) => {
                    let _ = stream.set_nodelay(true);
                    tasks.spawn(greet(ingress.clone(), stream, address));
                }
                Err(error) => {
                    // Out of descriptors, most likely: those in use come back.
                    tracing::warn!("cannot accept a connection: {error}");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            Some(_) = tasks.join_next() => {}
        }
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
    if let Err(error) = connection.await {
        tracing::debug!("a client's connection ended: {error}");
    }
}
