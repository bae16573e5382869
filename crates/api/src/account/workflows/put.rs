//! `PUT /workflows/{name}` (spec 4.3): a Workflow, and everything that is set about it.

use super::fields::{Fields, Wrong};
use super::list::summaries;
use super::schema::WorkflowPath;
use crate::account::auth::{Access, Deploy};
use crate::account::body::Whole;
use crate::account::place::Place;
use crate::account::reply::Reply;
use crate::account::{Api, Problem, codes};
use crate::input::json;
use crate::shape::{maybe_time, time};
use axum::extract::State;
use serde::Serialize;
use serde_json::Value as Json;
use std::convert::Infallible;
use std::sync::Arc;
use stepwell_control::PutWorkflow;
use stepwell_control::model::WorkflowSettings;
use utoipa::ToSchema;

/// Everything that is to be true of a Workflow. What is left out is not set any more.
#[derive(Debug, ToSchema)]
#[schema(as = WorkflowDefinition)]
#[allow(dead_code)] // a schema only
pub(super) struct Definition {
    #[schema(min_length = 1, max_length = 255)]
    script_name: String,
    #[schema(min_length = 1, max_length = 255)]
    class_name: String,
    /// `{ "steps": … }`
    #[schema(value_type = Option<HashMap<String, u64>>)]
    limits: Option<Json>,
    /// `{ "limit": … }`
    #[schema(value_type = Option<HashMap<String, u64>>)]
    concurrency: Option<Json>,
    /// `[{ "cron": … }, …]`
    #[schema(value_type = Option<Vec<HashMap<String, String>>>, max_items = 200)]
    schedules: Option<Json>,
    /// `{ "success_retention": …, "error_retention": … }`, milliseconds or texts like `3 days`.
    #[schema(value_type = Option<Object>)]
    default_retention: Option<Json>,
    /// `eu`, `fedramp` or `us`.
    jurisdiction: Option<String>,
}

/// A Workflow that was just registered.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PutView {
    id: String,
    version_id: String,
    name: String,
    script_name: String,
    class_name: String,
    #[schema(value_type = String)]
    created_on: Json,
    #[schema(value_type = String)]
    modified_on: Json,
    #[schema(value_type = Option<String>)]
    triggered_on: Json,
    /// 0.
    is_deleted: u8,
    /// 1 while instances are ended in the background.
    terminator_running: u8,
}

/// Makes a Workflow, or replaces everything that is set about it.
#[utoipa::path(put, path = "/accounts/{account_id}/workflows/{workflow_name}",
    operation_id = "wor-create-or-modify-workflow", tag = "Workflows", params(WorkflowPath),
    request_body = Definition, security(("token" = ["deploy"])),
    responses((status = 200, body = Reply<PutView>)))]
pub(super) async fn put(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(WorkflowPath { workflow_name, .. }): Place<WorkflowPath>,
    Whole(body): Whole,
) -> Result<Reply<PutView>, Problem> {
    let put = parse(&body).map_err(Problem::invalid)?;
    let registered = api.control.put_workflow(access.account(), &workflow_name, put);
    let (workflow, version) = registered.await?;
    // It is registered, whatever the engine says now.
    let summaries = summaries(&api, std::slice::from_ref(&workflow)).await;
    let triggered_ms = summaries
        .ok()
        .and_then(|all| all.into_values().next()?.triggered_ms);
    let terminating = api.engine.is_terminating(&workflow.engine_key()).await;
    Ok(Reply::of(PutView {
        id: workflow.id.clone(),
        version_id: version.id.clone(),
        name: workflow.name.clone(),
        script_name: workflow.settings.script.clone(),
        class_name: workflow.settings.class_name.clone(),
        created_on: time(workflow.created_ms),
        modified_on: time(workflow.modified_ms),
        triggered_on: maybe_time(triggered_ms),
        is_deleted: 0,
        terminator_running: u8::from(terminating.unwrap_or(false)),
    }))
}

/// Names that are paths of the API (spec 14.19): a Workflow of that name could never be asked for.
pub(super) async fn reserved(_: Access<Deploy>, path: axum::http::Uri) -> Result<Infallible, Problem> {
    let name = path.path().rsplit('/').next().unwrap_or_default().to_owned();
    Err(Problem::saying(
        codes::INVALID,
        format!("a Workflow cannot be named \"{name}\": this is a path of the API; choose another name"),
    ))
}

fn parse(body: &[u8]) -> Result<PutWorkflow, Wrong> {
    let body = json::value(body)?;
    let fields = Fields::of(body.as_ref())?;
    let mut wrong = Wrong::new();
    let schedules = fields.objects("schedules", &mut wrong);
    let put = PutWorkflow {
        settings: WorkflowSettings {
            script: fields.required("script_name", &mut wrong),
            class_name: fields.required("class_name", &mut wrong),
            step_limit: fields
                .object("limits", &mut wrong)
                .and_then(|limits| limits.count("steps", &mut wrong)),
            concurrency_limit: fields
                .object("concurrency", &mut wrong)
                .and_then(|concurrency| concurrency.count("limit", &mut wrong)),
            crons: schedules
                .iter()
                .map(|schedule| schedule.required("cron", &mut wrong))
                .collect(),
            retention: fields.retention("default_retention", &mut wrong),
        },
        jurisdiction: fields.text("jurisdiction", &mut wrong).map(str::to_owned),
    };
    if wrong.is_empty() { Ok(put) } else { Err(wrong) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_can_be_set() {
        let body = br#"{ "script_name": "full-worker", "class_name": "DemoWorkflow", "limits": { "steps": 5000 },
            "concurrency": { "limit": 10 }, "schedules": [ { "cron": "*/15 * * * *" }, { "cron": "0 3 * * *" } ],
            "default_retention": { "success_retention": "3 days", "error_retention": 604800000 }, "jurisdiction": "eu" }"#;
        let put = parse(body).unwrap();
        let settings = &put.settings;
        assert_eq!(
            (settings.step_limit, settings.concurrency_limit),
            (Some(5000), Some(10))
        );
        assert_eq!(settings.crons, ["*/15 * * * *", "0 3 * * *"]);
        assert_eq!(settings.retention.success_ms, Some(259_200_000));
        assert_eq!(settings.retention.error_ms, Some(604_800_000));
        assert_eq!(put.jurisdiction.as_deref(), Some("eu"));
        let least = parse(br#"{"script_name":"w","class_name":"C","limits":null}"#).unwrap();
        assert_eq!(least.settings.step_limit, None);
    }

    #[test]
    fn every_mistake_is_named() {
        let wrong = |body: &str| parse(body.as_bytes()).unwrap_err();
        assert_eq!(wrong(""), ["Invalid input: expected object, received undefined"]);
        assert_eq!(wrong("{"), ["Invalid JSON request body"]);
        assert_eq!(
            wrong(
                r#"{"class_name":5,"limits":{"steps":0},"concurrency":{"limit":"x"},"schedules":[{},5],"default_retention":{"error_retention":"soon"}}"#
            ),
            [
                "schedules.1: Invalid input: expected object, received number",
                "script_name: Invalid input: expected string, received undefined",
                "class_name: Invalid input: expected string, received number",
                "limits.steps: Too small: expected a whole number >=1",
                "concurrency.limit: Invalid input: expected number, received string",
                "schedules.0.cron: Invalid input: expected string, received undefined",
                &format!(
                    "default_retention.error_retention: {}",
                    super::super::fields::DURATION
                ),
            ]
        );
    }
}
