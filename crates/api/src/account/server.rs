//! The port: connections, and what every answer has in common.

use super::audit::{Asked, Refusals};
use super::{Api, ApiMeters, Problem, codes, path, router};
use crate::listen;
use crate::tls::Tls;
use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use hyper::body::Incoming;
use hyper::header::HeaderValue;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};
use tower_service::Service as _;

/// How long a client may take to agree on a key.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// How the port is served.
#[derive(Debug, Clone)]
pub struct Options {
    /// With it the port speaks https, and nothing else.
    pub tls: Option<Tls>,
    /// How long requests may take after the server was told to stop.
    pub drain: Duration,
    /// How long a client may take to send the head of a request, or to begin the next one.
    pub head_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            tls: None,
            drain: Duration::from_secs(10),
            head_timeout: Duration::from_secs(30),
        }
    }
}

/// Who asked, among the extensions of every request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Client {
    /// Where from.
    pub(crate) address: SocketAddr,
    /// Whether over TLS.
    pub(crate) secure: bool,
}

/// What every connection has.
#[derive(Clone)]
struct Port {
    router: Router,
    api: Arc<Api>,
    options: Options,
    stop: CancellationToken,
    /// Requests, also those whose clients have gone.
    requests: TaskTracker,
    /// How many refusals were logged lately.
    refusals: Arc<Refusals>,
}

/// Serves `listener` until `stop`: then no connection is accepted any more, and what was asked is answered, for as long as
/// `options` say. What changes something is carried to its end even if its client goes away.
pub async fn serve(listener: TcpListener, api: Arc<Api>, options: Options, stop: CancellationToken) {
    let tails = api.tails.clone();
    let port = Port {
        router: router(api.clone()),
        api,
        options,
        stop,
        requests: TaskTracker::new(),
        refusals: Arc::default(),
    };
    let stopped = port.stop.clone().cancelled_owned();
    let stopped = async move {
        stopped.await;
        tails.stop();
    };
    let greet = |stream, address| port.clone().greet(stream, address);
    let conversations = listen::serve_until(listener, stopped, greet).await;
    port.requests.close();
    let finished = async {
        conversations.join_all().await;
        port.requests.wait().await;
    };
    let _ = tokio::time::timeout(port.options.drain, finished).await;
}

impl Port {
    async fn greet(self, stream: TcpStream, address: SocketAddr) {
        let Some(tls) = self.options.tls.clone() else {
            let client = Client {
                address,
                secure: false,
            };
            return self.converse(stream, client).await;
        };
        match tokio::time::timeout(HANDSHAKE_TIMEOUT, tls.accept(stream)).await {
            Ok(Ok(stream)) => {
                let secure = true;
                self.converse(stream, Client { address, secure }).await;
            }
            Ok(Err(error)) => tracing::debug!("no TLS connection with {address}: {error}"),
            Err(_) => tracing::debug!("no TLS connection with {address} in time"),
        }
    }

    async fn converse<S>(self, stream: S, client: Client)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let stop = self.stop.clone();
        let head_timeout = self.options.head_timeout;
        let service = service_fn(move |request| {
            let port = self.clone();
            async move { Ok::<_, Infallible>(port.answer(request, client).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(head_timeout)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        let mut connection = pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!("a client's connection ended: {error}");
        }
    }

    /// The answer to a request, whatever happens.
    async fn answer(mut self, request: Request<Incoming>, client: Client) -> Response {
        let began = Instant::now();
        let mut request = request.map(Body::new);
        if let Some(uri) = path::tidied(request.uri()) {
            *request.uri_mut() = uri;
        }
        let group = ApiMeters::group(request.uri().path());
        request.extensions_mut().insert(client);
        let asked = Asked::new(request.method(), request.uri().path(), client);
        request.extensions_mut().insert(asked.audit());
        // For what goes on when the answer has been given: a WebSocket.
        request.extensions_mut().insert(self.requests.clone());
        let looks = matches!(*request.method(), Method::GET | Method::HEAD);
        // A task of its own, so that neither a panic nor a client that goes away ends a change half-way.
        let (answer, refusals) = (self.router.call(request), self.refusals);
        let answer = self.requests.spawn(async move {
            let answer = answer.await;
            if let Ok(answer) = &answer {
                asked.answered(answer, &refusals);
            }
            answer
        });
        let answer = if looks {
            AbortOnDropHandle::new(answer).await
        } else {
            answer.await
        };
        let mut response = match answer {
            Ok(Ok(response)) => response,
            Err(error) => {
                tracing::error!("a request to the API failed: {error}");
                Problem::of(codes::INTERNAL).into_response()
            }
        };
        advise(&mut response);
        self.api.meters.count(group, response.status(), began.elapsed());
        response
    }
}

/// The SDKs repeat 408 and 409 unless they are told that it is no use. When the rate of new instances is exceeded, it is.
fn advise(response: &mut Response) {
    if response.status().is_client_error() && response.status() != StatusCode::TOO_MANY_REQUESTS {
        let headers = response.headers_mut();
        headers.insert("x-should-retry", HeaderValue::from_static("false"));
    }
}
