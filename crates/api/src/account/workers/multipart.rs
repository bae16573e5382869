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

/// All parts of a form, in their order.
#[derive(Debug)]
pub(super) struct Form(pub(super) Vec<FormPart>);

/// A part of a form.
#[derive(Debug)]
pub(super) struct FormPart {
    /// The field's name.
    pub(super) name: String,
    /// The name of the file that it is.
    file_name: Option<String>,
    pub(super) content_type: Option<String>,
    pub(super) bytes: Bytes,
}

impl FormPart {
    /// Whether it is the field of this name, or the file of this name among others in one field.
    fn is(&self, name: &str, file_name: Option<&str>) -> bool {
        self.name == name && self.file_name.as_deref() == file_name
    }
}

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
        let metadata: Json = serde_json::from_slice(&metadata.bytes)
            .map_err(|error| broken(&format!("the part \"metadata\" is not JSON: {error}")))?;
        let parts = named(parts, metadata.get("main_module").and_then(Json::as_str));
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

/// The parts by the names of the modules. wrangler sends each as a field of its own; the SDKs send all as files of one field
/// `files`, and `main_module` names one of the files.
fn named(parts: Vec<FormPart>, main: Option<&str>) -> Vec<Part> {
    let is_field = parts.iter().any(|part| Some(part.name.as_str()) == main);
    let is_file = parts.iter().any(|part| part.file_name.as_deref() == main);
    let parts = parts.into_iter().map(|part| Part {
        name: match part.file_name {
            Some(file_name) if is_file && !is_field => file_name,
            _ => part.name,
        },
        content_type: part.content_type,
        bytes: part.bytes,
    });
    parts.collect()
}

fn is_source_map(part: &Part) -> bool {
    part.content_type.as_deref() == Some("application/source-map")
}

async fn read(body: Bytes, boundary: &str) -> Result<Vec<FormPart>, Problem> {
    let body = stream::once(async { Ok::<_, Infallible>(body) });
    let mut form = Multipart::new(body, boundary);
    let unreadable = |error: multer::Error| match error {
        multer::Error::ReadHeaderFailed(_) => broken(
            "the head of a part cannot be read; names of parts must have no control characters, and lines end with CR LF",
        ),
        error => broken(&format!("the body cannot be read: {error}")),
    };
    let mut parts: Vec<FormPart> = Vec::new();
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        if parts.len() as u64 >= limits::UPLOAD_PARTS {
            return Err(broken(&format!(
                "there are more than {} parts",
                limits::UPLOAD_PARTS
            )));
        }
        let mut part = about(&field)?;
        if parts
            .iter()
            .any(|other| other.is(&part.name, part.file_name.as_deref()))
        {
            return Err(broken(&format!("there are two parts named \"{}\"", part.name)));
        }
        part.bytes = field.bytes().await.map_err(unreadable)?;
        parts.push(part);
    }
    Ok(parts)
}

/// What the head of a part says.
fn about(field: &Field<'_>) -> Result<FormPart, Problem> {
    let name = field.name().filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| broken("each part needs a name in its Content-Disposition"))?;
    // What the client wrote: parameters as in `text/html; charset=utf-8` are part of it.
    let content_type = field
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let file_name = field.file_name().filter(|name| !name.is_empty());
    Ok(FormPart {
        name: name.to_owned(),
        file_name: file_name.map(str::to_owned),
        content_type: content_type.map(str::to_owned),
        bytes: Bytes::new(),
    })
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
