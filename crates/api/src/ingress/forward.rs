//! One request: held until there is an upstream, sent, answered.

use super::connections::{Checked, Connections, ReturningBody, Sender};
use super::{Options, Upstream, guard, headers, internal, upgrade};
use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::{Request, Response, StatusCode};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

type Answer = Response<BoxBody<Bytes, hyper::Error>>;

pub(super) struct Ingress {
    pub(super) upstream: watch::Receiver<Upstream>,
    pub(super) connections: Arc<Connections>,
    pub(super) options: Options,
}

/// Why a request has no answer of the Worker's.
enum Failure {
    /// No upstream within the bound.
    Absent(Arc<str>),
    /// The Worker does not take requests.
    NoFetchHandler,
    /// A path that is not the Worker's, asked for by somebody else's page.
    Foreign(&'static str),
    /// The connection broke before there was an answer.
    Broken(hyper::Error),
}

impl Ingress {
    pub(super) async fn handle(
        self: Arc<Self>,
        request: Request<Incoming>,
        peer: SocketAddr,
    ) -> Result<Answer, Infallible> {
        let began = Instant::now();
        let method = request.method().clone();
        let path = request.uri().path().to_owned();
        let answer = self.answer(request, peer).await.unwrap_or_else(page);
        tracing::info!(
            target: "stepwell::request",
            %method,
            path,
            status = answer.status().as_u16(),
            duration_ms = began.elapsed().as_secs_f64() * 1000.0,
        );
        Ok(answer)
    }

    async fn answer(&self, request: Request<Incoming>, peer: SocketAddr) -> Result<Answer, Failure> {
        let path = request.uri().path();
        if path.starts_with(internal::PREFIX) {
            guard::check(&request).map_err(Failure::Foreign)?;
            if let Some(internal) = self.options.internal.iter().find(|one| one.claims(path)) {
                return Ok(internal.answer(request).await.map(boxed));
            }
        }
        self.forward(request, peer).await
    }

    async fn forward(&self, mut request: Request<Incoming>, peer: SocketAddr) -> Result<Answer, Failure> {
        let wants_upgrade = headers::wants_upgrade(&request);
        headers::prepare(&mut request, peer.ip(), wants_upgrade);
        let client = wants_upgrade.then(|| hyper::upgrade::on(&mut request));
        let mut request = request.map(BodyExt::boxed);
        let deadline = Instant::now() + self.options.hold;
        let (answer, path, sender) = loop {
            let (path, Checked { mut sender, used }) = self.connect(deadline).await?;
            match sender.try_send_request(request).await {
                Ok(answer) => break (answer, path, sender),
                Err(mut error) => match error.take_message() {
                    // It was not sent: the connection had been closed in the meantime.
                    Some(unsent) if used => request = unsent,
                    _ => return Err(Failure::Broken(error.into_error())),
                },
            }
        };
        Ok(self.pass_on(answer, path, sender, client))
    }

    /// A connection to the upstream, which is waited for.
    async fn connect(&self, deadline: Instant) -> Result<(Arc<Path>, Checked), Failure> {
        let mut upstream = self.upstream.clone();
        loop {
            let state = upstream.borrow_and_update().clone();
            let why = match state {
                Upstream::NoFetchHandler => return Err(Failure::NoFetchHandler),
                Upstream::Serving(path) => match self.connections.take(&path).await {
                    Ok(checked) => return Ok((path, checked)),
                    // It has just ended, and whoever watches it has not said so yet.
                    Err(error) => format!("it cannot be reached: {error}").into(),
                },
                Upstream::Absent { why } => why,
            };
            let soon = deadline.min(Instant::now() + Duration::from_millis(100));
            let _ = tokio::time::timeout_at(soon, upstream.changed()).await;
            if Instant::now() >= deadline {
                return Err(Failure::Absent(why));
            }
        }
    }

    /// The answer as it goes to the client; both ends are joined if the Worker agreed to an upgrade.
    fn pass_on(
        &self,
        mut answer: Response<Incoming>,
        path: Arc<Path>,
        sender: Sender,
        client: Option<hyper::upgrade::OnUpgrade>,
    ) -> Answer {
        let upgraded = answer.status() == StatusCode::SWITCHING_PROTOCOLS;
        headers::strip(answer.headers_mut(), upgraded);
        if upgraded {
            if let Some(client) = client {
                upgrade::join(
                    client,
                    hyper::upgrade::on(&mut answer),
                    self.upstream.clone(),
                    path,
                );
            }
            return answer.map(BodyExt::boxed);
        }
        let connections = self.connections.clone();
        answer.map(|body| ReturningBody::new(body, connections, path, sender).boxed())
    }
}

/// The page for a request that the Worker did not answer.
fn page(failure: Failure) -> Answer {
    let (status, text) = match failure {
        Failure::Absent(why) => (
            StatusCode::SERVICE_UNAVAILABLE,
            format!(
                "The Worker is not available: {why}\nThe request was held for a while and not passed on; try again.\n"
            ),
        ),
        Failure::NoFetchHandler => (
            StatusCode::NOT_FOUND,
            "This Worker has no fetch handler: its default export is missing or has no fetch().\n".to_owned(),
        ),
        Failure::Foreign(text) => (StatusCode::FORBIDDEN, text.to_owned()),
        Failure::Broken(error) => {
            tracing::debug!("the connection to the Worker broke: {error}");
            (
                StatusCode::BAD_GATEWAY,
                "The Worker's process ended before it answered this request. What the request did is not known.\n".to_owned(),
            )
        }
    };
    let mut page = Response::new(boxed(Full::new(Bytes::from(text))));
    *page.status_mut() = status;
    page.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    if status == StatusCode::SERVICE_UNAVAILABLE {
        page.headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    page
}

fn boxed(body: Full<Bytes>) -> BoxBody<Bytes, hyper::Error> {
    body.map_err(|never| match never {}).boxed()
}
