//! One request: routed, held until there is an upstream, sent, answered.

use super::client::Client;
use super::client_body::{BodyLimits, ClientBody};
use super::connections::{Connections, ReturningBody};
use super::headers::Who;
use super::origin::Translation;
use super::pages::{self, Asker, Problem, There};
use super::ray::Ray;
use super::thrown::Thrown;
use super::upgrade::Upgrading;
use super::way::{Answered, Courier, Place, Way};
use super::{
    Destination, Host, Internal, Options, Peer, Routes, Version, events, guard, headers, internal, log,
    upgrade,
};
use crate::assets;
use crate::body::Answer;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::header::{EXPECT, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Request, StatusCode};
use std::convert::Infallible;
use std::sync::Arc;
use stepwell_assets::{Route, Site};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How long the description of what a Worker threw may be.
const DESCRIPTION_MAX: usize = 4 << 20;

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
        let took = began.elapsed();
        self.options.meters.count(answer.status(), took);
        log::request(&asker, answer.status(), took);
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
        let place = Place::of(&request, host, client.secure);
        let Some(worker) = place.worker(self.routes.as_ref()) else {
            return self.no_worker(&place, client).answer(asker);
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
        let Some(way) = place.way(worker) else {
            return self.no_worker(&place, client).answer(asker);
        };
        let (parts, body) = request.into_parts();
        if let Some(site) = site_for(&way.version, &parts) {
            return assets::answer(site, parts).await;
        }
        let exchange = Exchange {
            request: Request::from_parts(parts, body),
            place,
            way,
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

    /// Nobody has the address; whoever runs the server learns who has one. A web page that lets a name of its own point
    /// here is not on one of this machine's own names.
    fn no_worker(&self, place: &Place, client: &Client) -> Problem {
        let is_ours = client.is_here && place.host.as_ref().is_none_or(Host::is_local);
        Problem::NoWorker {
            there: is_ours.then(|| There {
                hosts: self.routes.hosts(),
                without_host: self.routes.without_host(),
            }),
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
            place,
            way,
            who,
        } = exchange;
        let worker = way.worker.clone();
        let wants_upgrade = headers::wants_upgrade(&request);
        let translation = Translation::of(&worker.origin, &request, who.client);
        if let Some(translation) = &translation {
            translation.inwards(request.headers_mut());
        }
        headers::prepare(&mut request, &who, &worker.origin, wants_upgrade);
        let client = wants_upgrade.then(|| Upgrading {
            end: hyper::upgrade::on(&mut request),
            place: who.peer.place.clone(),
        });
        let (parts, body) = request.into_parts();
        let waits = parts.headers.contains_key(EXPECT);
        let body = ClientBody::new(body, self.body_limits(), waits).map_err(|fault| Problem::from(&fault))?;
        let courier = Courier {
            routes: self.routes.as_ref(),
            connections: &self.connections,
            place: &place,
            deadline: Instant::now() + self.options.hold,
        };
        let answered = courier
            .send(Request::from_parts(parts, body.boxed()), way)
            .await?;
        if answered.answer.headers().contains_key(headers::UNCAUGHT) {
            let front = answered.front.clone();
            let thrown = description(answered.answer).await;
            log::uncaught(asker, &thrown, Some(&*front));
            return Ok(pages::uncaught(&thrown, asker, worker.explainer.as_deref()));
        }
        if headers::is_runtimes_own_failure(&answered.answer) {
            return Err(Problem::Ended);
        }
        let mut answer = self.pass_on(answered, client);
        if let Some(translation) = translation {
            translation.outwards(answer.headers_mut());
        }
        Ok(answer)
    }

    /// The answer as it goes to the client; both ends are joined if the Worker agreed to an upgrade.
    fn pass_on(&self, answered: Answered, client: Option<Upgrading>) -> Answer {
        let Answered {
            mut answer,
            path,
            sender,
            upstream,
            front: _,
        } = answered;
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
    place: Place,
    way: Way,
    who: Who<'a>,
}

/// What is below `/cdn-cgi/`.
enum Inside<'a> {
    Internal(&'a dyn Internal),
    Refused(Answer),
}

/// The assets of `version`, if the request is for them.
fn site_for(version: &Version, request: &Parts) -> Option<Arc<Site>> {
    let site = version.assets.as_ref()?.borrow().clone()?;
    (site.route(request) == Route::Asset).then_some(site)
}

/// What the Worker threw, from the answer that describes it.
async fn description(answer: hyper::Response<Incoming>) -> Thrown {
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
