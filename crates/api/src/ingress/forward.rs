//! One request: routed, held until there is an upstream, sent, answered.

use super::connections::{Checked, Connections, ReturningBody, Sender};
use super::origin::Translation;
use super::pages::{self, Asker, Problem};
use super::thrown::Thrown;
use super::{
    Asked, Destination, Front, Host, Options, Peer, Routes, Upstream, Version, chance, events, guard,
    headers, internal, log, upgrade,
};
use crate::assets;
use crate::body::Answer;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::{Request, Response, StatusCode};
use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use stepwell_assets::{Route, Site};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How long the description of what a Worker threw may be.
const DESCRIPTION_MAX: usize = 4 << 20;

/// How often a socket is tried that ought to be there.
const RETRY: Duration = Duration::from_millis(100);

pub(super) struct Ingress {
    pub(super) routes: Box<dyn Routes>,
    pub(super) connections: Arc<Connections>,
    pub(super) options: Options,
    /// No connection takes another request.
    pub(super) stopping: CancellationToken,
    /// Nothing goes on any more.
    pub(super) over: CancellationToken,
}

impl Ingress {
    pub(super) async fn handle(
        self: Arc<Self>,
        request: Request<Incoming>,
        peer: Peer,
    ) -> Result<Answer, Infallible> {
        let began = Instant::now();
        let asker = Asker::of(&request, peer.secure);
        let answer = self.answer(request, &peer, &asker).await;
        log::request(&asker, answer.status(), began.elapsed());
        Ok(answer)
    }

    async fn answer(&self, request: Request<Incoming>, peer: &Peer, asker: &Asker) -> Answer {
        let host = match guard::host(&request) {
            Ok(host) => host,
            Err(why) => return pages::text(StatusCode::BAD_REQUEST, why),
        };
        let Some(worker) = self.find(&request, host.as_ref(), peer) else {
            return Problem::NoWorker.answer(asker);
        };
        let path = request.uri().path();
        if path.starts_with(internal::PREFIX) {
            if let Err(why) = guard::check(&request, worker.origin.host.as_deref()) {
                return pages::text(StatusCode::FORBIDDEN, why);
            }
            if let Some(internal) = worker.internal.iter().find(|one| one.claims(path)) {
                let answer = internal.answer(request).await;
                return answer.map(|body| body.map_err(|never| match never {}).boxed());
            }
        }
        if let Some(answer) = events::answer(&request, asker, &worker).await {
            return answer;
        }
        // One version answers all of a request: its assets and its code belong together.
        let Some(version) = worker.version(chance::ticket()) else {
            return Problem::NoWorker.answer(asker);
        };
        let (parts, body) = request.into_parts();
        if let Some(site) = site_for(version, &parts) {
            return assets::answer(site, parts).await;
        }
        let request = Request::from_parts(parts, body);
        match self.forward(request, &worker, version, peer, asker).await {
            Ok(answer) => answer,
            Err(problem) => problem.answer(asker),
        }
    }

    fn find(
        &self,
        request: &Request<Incoming>,
        host: Option<&Host>,
        peer: &Peer,
    ) -> Option<Arc<Destination>> {
        let target = request
            .uri()
            .path_and_query()
            .map_or("/", |target| target.as_str());
        self.routes.find(&Asked {
            host,
            target,
            secure: peer.secure,
        })
    }

    /// Lets the Worker answer.
    async fn forward(
        &self,
        mut request: Request<Incoming>,
        worker: &Destination,
        version: &Version,
        peer: &Peer,
        asker: &Asker,
    ) -> Result<Answer, Problem> {
        let wants_upgrade = headers::wants_upgrade(&request);
        let translation = Translation::of(&worker.origin, &request, peer);
        if let Some(translation) = &translation {
            translation.inwards(request.headers_mut());
        }
        headers::prepare(&mut request, peer, &worker.origin, wants_upgrade);
        let client = wants_upgrade.then(|| hyper::upgrade::on(&mut request));
        let mut request = request.map(BodyExt::boxed);
        let deadline = Instant::now() + self.options.hold;
        let mut upstream = version.front.upstream();
        let (answer, path, sender) = loop {
            let connected = self.connect(version.front.as_ref(), &mut upstream, deadline);
            let (path, Checked { mut sender, used }) = connected.await?;
            match sender.try_send_request(request).await {
                Ok(answer) => break (answer, path, sender),
                Err(mut error) => match error.take_message() {
                    // It was not sent: the connection had been closed in the meantime.
                    Some(unsent) if used => request = unsent,
                    _ => {
                        let error = error.into_error();
                        // What hyper calls a user is whoever gives the body: the client.
                        if error.is_user() {
                            tracing::debug!("the body of a request is broken: {error}");
                            return Err(Problem::BadBody);
                        }
                        tracing::debug!("the connection to the Worker broke: {error}");
                        return Err(Problem::Broken);
                    }
                },
            }
        };
        if answer.headers().contains_key(headers::UNCAUGHT) {
            let thrown = description(answer).await;
            log::uncaught(asker, &thrown);
            return Ok(pages::uncaught(&thrown, asker, worker.explainer.as_deref()));
        }
        let mut answer = self.pass_on(answer, path, sender, client, upstream);
        if let Some(translation) = translation {
            translation.outwards(answer.headers_mut());
        }
        Ok(answer)
    }

    /// A connection to the upstream, which is woken and waited for.
    async fn connect(
        &self,
        front: &dyn Front,
        upstream: &mut watch::Receiver<Upstream>,
        deadline: Instant,
    ) -> Result<(Arc<Path>, Checked), Problem> {
        let mut woken = false;
        loop {
            let state = upstream.borrow_and_update().clone();
            let why = match state {
                Upstream::NoFetchHandler => return Err(Problem::NoFetchHandler),
                Upstream::Serving(path) => match self.connections.take(&path).await {
                    Ok(checked) => return Ok((path, checked)),
                    // It has just ended, and whoever watches it has not said so yet.
                    Err(error) => format!("it cannot be reached: {error}").into(),
                },
                Upstream::Absent { why } => {
                    if !std::mem::replace(&mut woken, true) {
                        front.wake();
                    }
                    why
                }
            };
            let soon = deadline.min(Instant::now() + RETRY);
            if let Ok(Err(_)) = tokio::time::timeout_at(soon, upstream.changed()).await {
                // Nobody will say more.
                tokio::time::sleep_until(soon).await;
            }
            if Instant::now() >= deadline {
                return Err(Problem::Absent(why));
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
        upstream: watch::Receiver<Upstream>,
    ) -> Answer {
        let upgraded = answer.status() == StatusCode::SWITCHING_PROTOCOLS;
        headers::strip(answer.headers_mut(), upgraded);
        headers::remove_own(answer.headers_mut());
        if upgraded {
            if let Some(client) = client {
                let ends = (client, hyper::upgrade::on(&mut answer));
                upgrade::join(ends, upstream, path, self.over.clone());
            }
            return answer.map(|body| body.map_err(Into::into).boxed());
        }
        let connections = self.connections.clone();
        answer.map(|body| {
            ReturningBody::new(body, connections, path, sender)
                .map_err(Into::into)
                .boxed()
        })
    }
}

/// The assets of `version`, if the request is for them.
fn site_for(version: &Version, request: &Parts) -> Option<Arc<Site>> {
    let site = version.assets.as_ref()?.borrow().clone()?;
    (site.route(request) == Route::Asset).then_some(site)
}

/// What the Worker threw, from the answer that describes it.
async fn description(answer: Response<Incoming>) -> Thrown {
    let body = Limited::new(answer.into_body(), DESCRIPTION_MAX).collect().await;
    let thrown = body
        .ok()
        .and_then(|body| serde_json::from_slice(&body.to_bytes()).ok());
    // An answer to HEAD has no body.
    thrown.unwrap_or_else(|| Thrown {
        message: "the Worker threw an exception".to_owned(),
        name: "Error".to_owned(),
        ..Thrown::default()
    })
}
