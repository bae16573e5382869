//! The Local Explorer's API: what `wrangler workflows … --local` asks on the Worker port (spec 4.15).
//!
//! Paths, fields, codes and texts are those of `wrangler dev`. Where that answers a request that cannot be understood
//! with a bare text, ignores the body, or says that the fault is its own (500), here is an envelope that says what is
//! wrong, with the status that fits.

mod about;
mod batch;
mod body;
mod create;
mod event;
mod instance;
mod list;
mod query;
mod refusal;
mod route;
mod status;
mod workflows;

use crate::ingress::Internal;
use crate::shape::envelope::{Problem, Success};
use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE, ALLOW, HeaderValue, ORIGIN,
};
use hyper::{Method, Request, Response, StatusCode};
use route::{Place, Route};
use stepwell_engine::Inspection;

/// What answers below [`route::BASE`].
#[derive(Debug)]
pub struct Explorer<E> {
    engine: E,
}

impl<E: Inspection> Explorer<E> {
    /// The explorer of an engine's Workflows.
    pub fn new(engine: E) -> Self {
        Self { engine }
    }

    async fn ask(
        &self,
        route: Route,
        method: &Method,
        request: Request<Incoming>,
    ) -> Result<Success, Problem> {
        let engine = &self.engine;
        match (route, method) {
            (Route::Workflows, _) => workflows::list(engine).await,
            (Route::Workflow { workflow }, &Method::DELETE) => workflows::delete(engine, &workflow).await,
            (Route::Workflow { workflow }, _) => workflows::describe(engine, &workflow).await,
            (Route::Instances { workflow }, &Method::POST) => {
                create::create(engine, &workflow, &body::read(request.into_body()).await?).await
            }
            (Route::Instances { workflow }, _) => {
                list::list(engine, &workflow, request.uri().query().unwrap_or_default()).await
            }
            (Route::BatchDelete { workflow }, _) => {
                batch::delete(engine, &workflow, &body::read(request.into_body()).await?).await
            }
            (Route::Instance { workflow, id }, &Method::DELETE) => {
                instance::delete(engine, &workflow, &id).await
            }
            (Route::Instance { workflow, id }, _) => instance::describe(engine, &workflow, &id).await,
            (Route::Reason { workflow, id }, _) => instance::reason(engine, &workflow, &id).await,
            (Route::Status { workflow, id }, _) => {
                status::change(engine, &workflow, &id, &body::read(request.into_body()).await?).await
            }
            (
                Route::Event {
                    workflow,
                    id,
                    event_type,
                },
                _,
            ) => {
                let payload = body::read(request.into_body()).await?;
                event::send(engine, &workflow, &id, &event_type, &payload).await
            }
        }
    }

    async fn api(&self, path: &str, request: Request<Incoming>) -> Response<Full<Bytes>> {
        // HEAD is a GET without the body, which hyper leaves out.
        let method = match request.method() {
            &Method::HEAD => Method::GET,
            other => other.clone(),
        };
        if method == Method::OPTIONS {
            return preflight();
        }
        let Some(place) = route::find(path) else {
            return refusal::no_such_path().response();
        };
        let methods = route::methods(&place);
        if !methods.contains(&method) {
            let mut response = refusal::wrong_method(&method, &methods).response();
            if let Ok(allowed) = HeaderValue::from_str(&route::joined(&methods)) {
                response.headers_mut().insert(ALLOW, allowed);
            }
            return response;
        }
        match place {
            Place::Root => about::api(),
            Place::Endpoint(route) => match self.ask(route, &method, request).await {
                Ok(success) => success.response(),
                Err(problem) => problem.response(),
            },
        }
    }
}

#[async_trait]
impl<E: Inspection> Internal for Explorer<E> {
    fn claims(&self, path: &str) -> bool {
        route::below(path).is_some()
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let path = request.uri().path().to_owned();
        let Some(api) = route::below(&path).and_then(route::api) else {
            return about::page();
        };
        let origin = request.headers().get(ORIGIN).cloned();
        let mut response = self.api(api, request).await;
        // It is a local one, or the request had not come here.
        if let Some(origin) = origin {
            response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        }
        response
    }
}

/// The answer to a browser that asks whether a page may send a request.
fn preflight() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET, POST, PUT, PATCH, DELETE, OPTIONS"),
    );
    headers.insert(
        ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("Content-Type"),
    );
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    response
}
