//! One request: held until there is an upstream, sent, answered.

use super::connections::{Checked, Connections, ReturningBody, Sender};
use super::origin::Translation;
use super::pages::{self, Asker, Problem};
use super::thrown::Thrown;
use super::{Options, Peer, Upstream, events, guard, headers, internal, log, upgrade};
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

/// How long the description of what a Worker threw may be.
const DESCRIPTION_MAX: usize = 4 << 20;

pub(super) struct Ingress {
    pub(super) upstream: watch::Receiver<Upstream>,
    pub(super) connections: Arc<Connections>,
    pub(super) options: Options,
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
        if !guard::host_is_well_formed(&request) {
            let why = "The Host header is not a host with an optional port.\n";
            return pages::text(StatusCode::BAD_REQUEST, why);
        }
        let path = request.uri().path();
        if path.starts_with(internal::PREFIX) {
            if let Err(why) = guard::check(&request, self.options.origin.host.as_deref()) {
                return pages::text(StatusCode::FORBIDDEN, why);
            }
            if let Some(internal) = self.options.internal.iter().find(|one| one.claims(path)) {
                let answer = internal.answer(request).await;
                return answer.map(|body| body.map_err(|never| match never {}).boxed());
            }
        }
        if let Some(answer) = events::answer(&request, asker, &self.options).await {
            return answer;
        }
        let (parts, body) = request.into_parts();
        if let Some(site) = self.site_for(&parts) {
            return assets::answer(site, parts).await;
        }
        let request = Request::from_parts(parts, body);
        match self.forward(request, peer, asker).await {
            Ok(answer) => answer,
            Err(problem) => problem.answer(asker),
        }
    }

    /// The assets, if the request is for them.
    fn site_for(&self, request: &Parts) -> Option<Arc<Site>> {
        let site = self.options.assets.as_ref()?.borrow().clone()?;
        (site.route(request) == Route::Asset).then_some(site)
    }

    /// Lets the Worker answer.
    async fn forward(
        &self,
        mut request: Request<Incoming>,
        peer: &Peer,
        asker: &Asker,
    ) -> Result<Answer, Problem> {
        let wants_upgrade = headers::wants_upgrade(&request);
        let translation = Translation::of(&self.options.origin, &request, peer);
        if let Some(translation) = &translation {
            translation.inwards(request.headers_mut());
        }
        headers::prepare(&mut request, peer, &self.options.origin, wants_upgrade);
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
            return Ok(pages::uncaught(&thrown, asker, self.options.explainer.as_deref()));
        }
        let mut answer = self.pass_on(answer, path, sender, client);
        if let Some(translation) = translation {
            translation.outwards(answer.headers_mut());
        }
        Ok(answer)
    }

    /// A connection to the upstream, which is waited for.
    async fn connect(&self, deadline: Instant) -> Result<(Arc<Path>, Checked), Problem> {
        let mut upstream = self.upstream.clone();
        loop {
            let state = upstream.borrow_and_update().clone();
            let why = match state {
                Upstream::NoFetchHandler => return Err(Problem::NoFetchHandler),
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
    ) -> Answer {
        let upgraded = answer.status() == StatusCode::SWITCHING_PROTOCOLS;
        headers::strip(answer.headers_mut(), upgraded);
        headers::remove_own(answer.headers_mut());
        if upgraded {
            if let Some(client) = client {
                upgrade::join(
                    client,
                    hyper::upgrade::on(&mut answer),
                    self.upstream.clone(),
                    path,
                );
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
