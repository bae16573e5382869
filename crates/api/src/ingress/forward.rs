//! One request: routed, held until there is an upstream, sent, answered.

use super::client::Client;
use super::client_body::{BodyFault, BodyLimits, ClientBody};
use super::connections::{Checked, Connections, RequestBody, ReturningBody, Sender};
use super::headers::Who;
use super::origin::Translation;
use super::pages::{self, Asker, Problem};
use super::ray::Ray;
use super::thrown::Thrown;
use super::{
    Asked, Destination, Front, Host, Internal, Options, Peer, Routes, Upstream, Version, chance, events,
    guard, headers, internal, log, upgrade,
};
use crate::assets;
use crate::body::Answer;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::header::{EXPECT, HeaderValue};
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
        let production = self.options.production.as_ref();
        let trusted = production.map_or(&[][..], |production| &production.trusted_proxies);
        let client = Client::of(request.headers(), &peer, trusted);
        let ray = production.map(|_| Ray::new());
        let mut asker = Asker::of(&request, client.secure, ray);
        let mut answer = self.answer(request, &peer, &client, &mut asker).await;
        if let Some(ray) = &asker.ray
            && let Ok(ray) = HeaderValue::from_str(ray.as_str())
        {
            answer.headers_mut().insert(headers::RAY, ray);
        }
        log::request(&asker, answer.status(), began.elapsed());
        Ok(answer)
    }

    async fn answer(
        &self,
        request: Request<Incoming>,
        peer: &Peer,
        client: &Client,
        asker: &mut Asker,
    ) -> Answer {
        let host = match guard::head(&request) {
            Ok(host) => host,
            Err((status, why)) => return pages::text(status, why),
        };
        let Some(worker) = self.find(&request, host.as_ref(), client) else {
            return self.no_worker(host.as_ref(), client).answer(asker);
        };
        asker.worker = worker.name.clone();
        if let Some(answer) = self.internal(&worker, &request, asker) {
            return match answer {
                Inside::Internal(internal) => {
                    let answer = internal.answer(request).await;
                    answer.map(|body| body.map_err(|never| match never {}).boxed())
                }
                Inside::Refused(answer) => answer,
            };
        }
        if let Some(answer) = events::answer(&request, asker, &worker).await {
            return answer;
        }
        // One version answers all of a request: its assets and its code belong together.
        let Some(version) = worker.version(chance::ticket()) else {
            return self.no_worker(host.as_ref(), client).answer(asker);
        };
        let (parts, body) = request.into_parts();
        if let Some(site) = site_for(version, &parts) {
            return assets::answer(site, parts).await;
        }
        let exchange = Exchange {
            request: Request::from_parts(parts, body),
            worker: &worker,
            version,
            who: Who {
                client,
                peer,
                ray: asker.ray.as_ref(),
            },
        };
        match self.forward(exchange, asker).await {
            Ok(answer) => answer,
            Err(problem) => {
                log::problem(asker, &problem);
                problem.answer(asker)
            }
        }
    }

    fn find(
        &self,
        request: &Request<Incoming>,
        host: Option<&Host>,
        client: &Client,
    ) -> Option<Arc<Destination>> {
        let target = request.uri().path_and_query();
        self.routes.find(&Asked {
            host,
            target: target.map_or("/", |target| target.as_str()),
            secure: client.secure,
        })
    }

    /// Nobody has the address; whoever runs the server learns who has one. A web page that lets a name of its own point
    /// here is not on one of this machine's own names.
    fn no_worker(&self, host: Option<&Host>, client: &Client) -> Problem {
        let is_ours = client.is_here && host.is_none_or(Host::is_local);
        Problem::NoWorker {
            hosts: if is_ours { self.routes.hosts() } else { Vec::new() },
        }
    }

    /// Who answers below `/cdn-cgi/`, if the request is for there.
    fn internal<'a>(
        &self,
        worker: &'a Destination,
        request: &Request<Incoming>,
        asker: &Asker,
    ) -> Option<Inside<'a>> {
        let path = request.uri().path();
        if !path.starts_with(internal::PREFIX) {
            return None;
        }
        let internal = worker.internal.iter().find(|one| one.claims(path));
        if internal.is_none() && self.options.production.is_some() {
            return Some(Inside::Refused(Problem::Closed.answer(asker)));
        }
        if let Err(why) = guard::check(request, worker.origin.host.as_deref()) {
            return Some(Inside::Refused(pages::text(StatusCode::FORBIDDEN, why)));
        }
        internal.map(|internal| Inside::Internal(internal.as_ref()))
    }

    /// The limits of a client's body.
    fn body_limits(&self) -> Option<BodyLimits> {
        let production = self.options.production.as_ref()?;
        Some(BodyLimits {
            bytes_max: production.body_bytes_max,
            idle: production.upload_idle,
        })
    }

    /// Lets the Worker answer.
    async fn forward(&self, exchange: Exchange<'_>, asker: &Asker) -> Result<Answer, Problem> {
        let Exchange {
            mut request,
            worker,
            version,
            who,
        } = exchange;
        let wants_upgrade = headers::wants_upgrade(&request);
        let translation = Translation::of(&worker.origin, &request, who.client);
        if let Some(translation) = &translation {
            translation.inwards(request.headers_mut());
        }
        headers::prepare(&mut request, &who, &worker.origin, wants_upgrade);
        let client = wants_upgrade.then(|| hyper::upgrade::on(&mut request));
        let (parts, body) = request.into_parts();
        let waits = parts.headers.contains_key(EXPECT);
        let body = ClientBody::new(body, self.body_limits(), waits).map_err(|fault| Problem::from(&fault))?;
        let request = Request::from_parts(parts, body.boxed());
        let mut upstream = version.front.upstream();
        let (answer, path, sender) = self.send(request, version.front.as_ref(), &mut upstream).await?;
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

    /// Sends a request over one connection or another, and waits for the head of the answer.
    async fn send(
        &self,
        mut request: Request<RequestBody>,
        front: &dyn Front,
        upstream: &mut watch::Receiver<Upstream>,
    ) -> Result<(Response<Incoming>, Arc<Path>, Sender), Problem> {
        let deadline = Instant::now() + self.options.hold;
        loop {
            let (path, Checked { mut sender, used }) = self.connect(front, upstream, deadline).await?;
            let mut error = match sender.try_send_request(request).await {
                Ok(answer) => return Ok((answer, path, sender)),
                Err(error) => error,
            };
            match error.take_message() {
                // It was not sent: the connection had been closed in the meantime.
                Some(unsent) if used => request = unsent,
                _ => return Err(broken(&error.into_error())),
            }
        }
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

/// A request, and who answers it.
struct Exchange<'a> {
    request: Request<Incoming>,
    worker: &'a Destination,
    version: &'a Version,
    who: Who<'a>,
}

/// What is below `/cdn-cgi/`.
enum Inside<'a> {
    Internal(&'a dyn Internal),
    Refused(Answer),
}

/// Why a request got no answer, by the error of the connection to the Worker.
fn broken(error: &hyper::Error) -> Problem {
    // What hyper calls a user is whoever gives the body: the client.
    if !error.is_user() {
        tracing::debug!("the connection to the Worker broke: {error}");
        return Problem::Broken;
    }
    tracing::debug!("the body of a request is broken: {error}");
    BodyFault::behind(error).map_or(Problem::BadBody, Problem::from)
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
