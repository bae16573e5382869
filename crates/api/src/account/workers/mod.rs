//! Workers as resources: uploads, versions, deployments, secrets and what is set about them (wire tiers 1 to 3).

mod assets;
mod check;
mod content;
mod deployments;
mod durable_objects;
mod elsewhere;
mod multipart;
mod queues;
mod references;
mod routes;
mod schedules;
mod scripts;
mod secrets;
mod services;
mod settings;
mod subdomain;
mod upload;
mod versions;
mod view;
mod worker;

pub(super) use elsewhere::product;

use super::{Api, Problem, codes};
use crate::input::json;
use axum::extract::FromRequestParts;
use hyper::header::USER_AGENT;
use hyper::http::request::Parts;
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use std::convert::Infallible;
use std::sync::Arc;
use stepwell_control::model::Script;
use stepwell_control::{By, Principal, Refusal};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;

/// Its endpoints.
pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .merge(upload::routes())
        .merge(scripts::routes())
        .merge(content::routes())
        .merge(worker::routes())
        .merge(services::routes())
        .merge(settings::routes())
        .merge(versions::routes())
        .merge(deployments::routes())
        .merge(secrets::routes())
        .merge(subdomain::routes())
        .merge(check::routes())
        .merge(schedules::routes())
        .merge(self::routes::routes())
        .merge(references::routes())
        .merge(durable_objects::routes())
        .merge(queues::routes())
        .merge(assets::routes())
        .merge(elsewhere::routes())
}

/// What is described where it is made: the shapes of Cloudflare's resources, of which clients read a part.
#[derive(Debug, ToSchema)]
#[schema(value_type = Object)]
#[allow(dead_code)] // a schema only
struct Thing(Json);

/// The path of an account.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
#[allow(dead_code)] // who asks says which account
struct AccountPath {
    /// The account.
    account_id: String,
}

/// The path of a Worker.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct ScriptPath {
    /// The account.
    #[allow(dead_code)] // who asks says which account
    account_id: String,
    /// The Worker's name.
    script_name: String,
}

/// The kind of client, by its `User-Agent`.
#[derive(Debug)]
struct Source(&'static str);

impl<S: Send + Sync> FromRequestParts<S> for Source {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let agent = parts
            .headers
            .get(USER_AGENT)
            .and_then(|agent| agent.to_str().ok());
        let agent = agent.unwrap_or_default();
        Ok(Self(if agent.starts_with("wrangler/") {
            "wrangler"
        } else {
            "api"
        }))
    }
}

impl Source {
    /// Who does it, with what.
    fn by(&self, principal: &Principal) -> By {
        By {
            author: principal.name.clone(),
            source: self.0.to_owned(),
        }
    }
}

/// A Worker that must be there.
fn known(api: &Api, account: &str, script: &str) -> Result<Arc<Script>, Problem> {
    let script = api.control.script(account, script);
    Ok(script.ok_or_else(Refusal::script_not_found)?)
}

/// A body that must be a JSON object.
fn object(body: &[u8]) -> Result<Map<String, Json>, Problem> {
    match json::value(body).map_err(|error| Problem::invalid(error.into()))? {
        Some(Json::Object(fields)) => Ok(fields),
        other => Err(Problem::invalid(vec![json::wrong_kind(
            "",
            "object",
            other.as_ref(),
        )])),
    }
}

/// A body that must be a JSON array.
fn array(body: &[u8]) -> Result<Vec<Json>, Problem> {
    match json::value(body).map_err(|error| Problem::invalid(error.into()))? {
        Some(Json::Array(items)) => Ok(items),
        other => Err(Problem::invalid(vec![json::wrong_kind(
            "",
            "array",
            other.as_ref(),
        )])),
    }
}

/// A field that must be a string.
fn text(fields: &Map<String, Json>, name: &str) -> Result<String, Problem> {
    match fields.get(name) {
        Some(Json::String(text)) => Ok(text.clone()),
        other => Err(Problem::invalid(vec![json::wrong_kind(name, "string", other)])),
    }
}

/// Something that Stepwell does not have.
fn unsupported(what: &str) -> Problem {
    Problem::saying(codes::NOT_SUPPORTED, format!("{what}; Stepwell does not have it"))
}
