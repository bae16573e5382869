//! Uploads as clients send them (wire 6.1): `multipart/form-data` with a part `metadata` and a part for each module.

use crate::account::body::{self, Bounds};
use crate::account::{Problem, codes};
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use futures_util::stream;
use hyper::StatusCode;
use hyper::header::CONTENT_TYPE;
use multer::{Field, Multipart};
use serde_json::Value as Json;
use std::convert::Infallible;
use std::time::Duration;
use stepwell_control::Part;
use stepwell_core::limits;

/// Of an upload: all its modules and source maps.
const UPLOAD: Bounds = Bounds {
    largest: limits::UPLOAD_BYTES as usize,
    whole: Duration::from_mins(5),
    silence: Duration::from_secs(30),
};

/// The parts of an upload.
#[derive(Debug)]
pub(super) struct Uploaded {
    pub(super) metadata: Json,
    pub(super) parts: Vec<Part>,
}

/// All parts of a form, by name.
#[derive(Debug)]
pub(super) struct Form(pub(super) Vec<Part>);

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let content_type = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let boundary = multer::parse_boundary(content_type.unwrap_or_default()).map_err(|_| {
            broken("the body must be multipart/form-data, with a boundary in its Content-Type")
        })?;
        let body = body::read(request.into_body(), UPLOAD).await.map_err(too_large)?;
        read(body, &boundary).await.map(Self)
    }
}

impl<S: Send + Sync> FromRequest<S> for Uploaded {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let Form(mut parts) = Form::from_request(request, state).await?;
        let at = parts.iter().position(|part| part.name == "metadata");
        let metadata = parts.remove(at.ok_or_else(|| broken("there is no part \"metadata\""))?);
        let metadata = serde_json::from_slice(&metadata.bytes)
            .map_err(|error| broken(&format!("the part \"metadata\" is not JSON: {error}")))?;
        let code: u64 = parts
            .iter()
            .filter(|part| !is_source_map(part))
            .map(|part| part.bytes.len() as u64)
            .sum();
        if code > limits::WORKER_BYTES {
            return Err(Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                10027,
                format!(
                    "Your Worker exceeded the size limit of {} bytes: its modules have {code} bytes",
                    limits::WORKER_BYTES
                ),
            ));
        }
        Ok(Self { metadata, parts })
    }
}

fn is_source_map(part: &Part) -> bool {
    part.content_type.as_deref() == Some("application/source-map")
}

async fn read(body: Bytes, boundary: &str) -> Result<Vec<Part>, Problem> {
    let body = stream::once(async { Ok::<_, Infallible>(body) });
    let mut form = Multipart::new(body, boundary);
    let unreadable = |error: multer::Error| match error {
        multer::Error::ReadHeaderFailed(_) => broken(
            "the head of a part cannot be read; names of parts must have no control characters, and lines end with CR LF",
        ),
        error => broken(&format!("the body cannot be read: {error}")),
    };
    let mut parts: Vec<Part> = Vec::new();
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        if parts.len() as u64 >= limits::UPLOAD_PARTS {
            return Err(broken(&format!(
                "there are more than {} parts",
                limits::UPLOAD_PARTS
            )));
        }
        let (name, content_type) = about(&field)?;
        if parts.iter().any(|part| part.name == name) {
            return Err(broken(&format!("there are two parts named \"{name}\"")));
        }
        parts.push(Part {
            name,
            content_type,
            bytes: field.bytes().await.map_err(unreadable)?,
        });
    }
    Ok(parts)
}

fn about(field: &Field<'_>) -> Result<(String, Option<String>), Problem> {
    let name = field.name().filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| broken("each part needs a name in its Content-Disposition"))?;
    // What the client wrote: parameters as in `text/html; charset=utf-8` are part of it.
    let content_type = field
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    Ok((name.to_owned(), content_type.map(str::to_owned)))
}

fn broken(what: &str) -> Problem {
    Problem::saying(codes::BAD_UPLOAD, format!("{}: {what}", codes::BAD_UPLOAD.text))
}

/// wrangler lists the largest modules when it sees this code.
fn too_large(problem: Problem) -> Problem {
    if problem.status != StatusCode::PAYLOAD_TOO_LARGE {
        return problem;
    }
    let errors = problem.errors.into_iter().map(|(_, message)| (10027, message));
    Problem::several(problem.status, errors.collect())
}
