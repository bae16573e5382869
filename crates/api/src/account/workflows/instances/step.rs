//! `GET /workflows/{name}/instances/{id}/step`: what one step gave, whole (spec 4.7).

use super::describe::Failure;
use super::schema::InstancePath;
use crate::account::asked::{Asked, FromQuery, Query};
use crate::account::auth::{Access, Read};
use crate::account::place::Place;
use crate::account::reply::Reply;
use crate::account::workflows::known;
use crate::account::{Api, Problem, codes};
use crate::shape::step::REDACTED;
use crate::shape::{failure, maybe_value, time, value};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hyper::header::CONTENT_TYPE;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use stepwell_core::step::StepKind as Kind;
use stepwell_engine::inspect::{AttemptDetail, StepDetail, StepKind};
use utoipa::ToSchema;

/// Which step.
#[derive(Debug)]
pub(super) struct Which {
    name: String,
    is_wait: Option<bool>,
    attempt: Option<u64>,
}

impl FromQuery for Which {
    fn read(query: &mut Query) -> Self {
        let name = query.text("name").unwrap_or_default();
        if name.is_empty() {
            query.wrong.push(
                "name: Invalid input: expected a step's name with its count, as in \"fetch data-1\"".into(),
            );
        }
        Self {
            name,
            is_wait: query.option("type", &[("step", false), ("waitForEvent", true)]),
            attempt: query.number("attempt", 1, u64::from(u32::MAX)),
        }
    }
}

/// What is asked for by `type`.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
#[allow(dead_code)] // a schema only
enum StepType {
    Step,
    WaitForEvent,
}

/// What a step gave.
#[derive(Debug, ToSchema)]
#[allow(dead_code)] // a schema only
pub(super) struct StepOutput {
    /// `running`, `complete` or `errored`. `running` with an error: it waits for its next attempt.
    status: String,
    error: Option<Failure>,
    /// What it gave, when it is complete.
    #[schema(required = false)]
    output: Json,
    /// Of waits: the type of the event.
    #[schema(nullable = false)]
    event_type: Option<String>,
}

/// What one step gave, whole.
#[utoipa::path(get, path = "/accounts/{account_id}/workflows/{workflow_name}/instances/{instance_id}/step",
    operation_id = "wor-get-workflow-instance-step", tag = "Instances", params(InstancePath,
        ("name" = String, Query, description = "Its name with its count.", min_length = 1),
        ("type" = inline(Option<StepType>), Query, description = "What it is."),
        ("attempt" = Option<u32>, Query, description = "One of its attempts; the last one otherwise.", minimum = 1)),
    security(("token" = ["read"])), responses((status = 200, content(
        (Reply<StepOutput> = "application/json"), (Vec<u8> = "application/octet-stream")))))]
pub(super) async fn output(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(InstancePath {
        workflow_name,
        instance_id,
        ..
    }): Place<InstancePath>,
    Asked(which): Asked<Which>,
) -> Result<Response, Problem> {
    known(&api, access.account(), &workflow_name)?;
    let key = access.key(&workflow_name);
    let kinds = match which.is_wait {
        Some(true) => &[Kind::WaitForEvent][..],
        Some(false) => &[Kind::Do],
        None => &[Kind::Do, Kind::WaitForEvent],
    };
    for kind in kinds {
        let step = api.engine.step(&key, &instance_id, *kind, &which.name).await?;
        if let Some(step) = step {
            let shown = shown(&step, which.attempt);
            if let (Some(_), Some(bytes)) = (&shown, streamed(&step.kind, which.attempt)) {
                return Ok(([(CONTENT_TYPE, "application/octet-stream")], bytes).into_response());
            }
            let shown = shown.map(Reply::of).map(IntoResponse::into_response);
            return shown.ok_or_else(|| Problem::of(codes::STEP_NOT_FOUND));
        }
    }
    Err(Problem::of(codes::STEP_NOT_FOUND))
}

/// The bytes of a result that is a byte stream, which is given as it is.
fn streamed(kind: &StepKind, attempt: Option<u64>) -> Option<Bytes> {
    match kind {
        StepKind::Do {
            config,
            attempts,
            success: Some(true),
            output: Some(output),
        } if !config.sensitive && attempt.is_none_or(|attempt| attempt == attempts.len() as u64) => {
            output.stream()
        }
        _ => None,
    }
}

/// The step as it is shown; `None` if there was no such attempt.
fn shown(step: &StepDetail, attempt: Option<u64>) -> Option<Json> {
    match &step.kind {
        StepKind::Do {
            config,
            attempts,
            success,
            output,
        } => {
            let last = attempts.len() as u64;
            let attempt = attempt.unwrap_or(last);
            let index = usize::try_from(attempt.checked_sub(1)?).ok()?;
            let tried = attempts.get(index)?;
            // What came of an attempt that others followed does not change any more.
            let success = if attempt == last { *success } else { tried.success };
            let mut json = json!({ "status": status(success), "error": error(tried) });
            if success == Some(true) {
                json["output"] = if config.sensitive {
                    json!(REDACTED)
                } else {
                    maybe_value(output.as_ref())
                };
            }
            Some(json)
        }
        StepKind::WaitForEvent {
            event_type,
            finished,
            error,
            event_ms,
            payload,
        } if attempt.is_none_or(|attempt| attempt == 1) => {
            let success = finished.then_some(error.is_none());
            let mut json = json!({
                "status": status(success), "error": failure(error.as_ref()), "event_type": event_type,
            });
            if let Some(ms) = event_ms {
                let payload = payload.as_ref().map_or(Json::Null, value);
                json["output"] = json!({ "type": event_type, "payload": payload, "timestamp": time(*ms) });
            }
            Some(json)
        }
        _ => None,
    }
}

fn error(attempt: &AttemptDetail) -> Json {
    failure(attempt.error.as_ref())
}

fn status(success: Option<bool>) -> &'static str {
    match success {
        None => "running",
        Some(true) => "complete",
        Some(false) => "errored",
    }
}
