//! An engine with one Workflow `flow` and one instance `a`, that remembers what it was asked.

use async_trait::async_trait;
use parking_lot::Mutex;
use std::sync::Arc;
use stepwell_core::failure::Failure;
use stepwell_core::ids::InstanceNumber;
use stepwell_core::step::{StepKey, StepKind as Kind};
use stepwell_core::step_config::StepConfig;
use stepwell_core::value::Value;
use stepwell_engine::inspect::{
    AttemptDetail, Filter, InstanceDetail, InstancePage, InstanceSummary, Listed, StepDetail, StepKind, Why,
    WorkflowSummary,
};
use stepwell_engine::operations::{Create, InstanceStatus, OperationError, Status, check_payload};
use stepwell_engine::{Inspection, Operations};
use stepwell_store::Trigger;

type Outcome<T> = Result<T, OperationError>;

/// See the module's documentation.
#[derive(Clone, Default)]
pub(crate) struct Fake {
    calls: Arc<Mutex<Vec<String>>>,
    failure: Arc<Mutex<Option<OperationError>>>,
}

/// When everything happened: 2026-11-22T21:25:38.604Z.
const THEN: i64 = 1_795_382_738_604;

impl Fake {
    /// What it was asked to change since the last time.
    pub(crate) fn calls(&self) -> Vec<String> {
        std::mem::take(&mut *self.calls.lock())
    }

    /// What the next operation on an instance that exists is answered with.
    pub(crate) fn fail(&self, error: OperationError) {
        *self.failure.lock() = Some(error);
    }

    fn note(&self, call: String) -> Outcome<()> {
        self.calls.lock().push(call);
        self.failure.lock().take().map_or(Ok(()), Err)
    }

    fn change(&self, workflow: &str, id: &str, call: &str, status: Status) -> Outcome<Status> {
        known(workflow)?;
        if id != "a" {
            return Err(OperationError::Gone);
        }
        self.note(call.to_owned())?;
        Ok(status)
    }
}

fn known(workflow: &str) -> Outcome<()> {
    // The account API asks by account and name.
    if workflow.rsplit('/').next() == Some("flow") {
        return Ok(());
    }
    Err(OperationError::NoWorkflow {
        name: workflow.to_owned(),
    })
}

fn shown(value: &Value) -> String {
    if *value == Value::undefined() {
        return "undefined".into();
    }
    String::from_utf8_lossy(value.bytes()).into_owned()
}

fn summary(id: &str) -> InstanceSummary {
    InstanceSummary {
        id: id.into(),
        status: Status::Waiting,
        created_ms: THEN,
        modified_ms: THEN + 5,
        started_ms: Some(THEN + 1),
        ended_ms: None,
        trigger: Trigger::Api,
        version: 1,
    }
}

#[async_trait]
impl Operations for Fake {
    async fn create(&self, workflow: &str, request: Create) -> Outcome<Arc<str>> {
        known(workflow)?;
        assert_eq!(request.trigger, Trigger::Api);
        if let Some(params) = &request.params {
            check_payload("The params of the instance are", params)?;
        }
        let params = request.params.as_ref().map(shown);
        self.note(format!("create {:?} {params:?}", request.id))?;
        if request.id.as_deref() == Some("a") {
            return Err(OperationError::AlreadyExists { id: "a".into() });
        }
        Ok(request.id.unwrap_or_else(|| "made".into()).into())
    }
    async fn create_batch(&self, _: &str, _: Vec<Create>) -> Outcome<Vec<Arc<str>>> {
        unreachable!("nothing asks for it")
    }
    async fn get(&self, workflow: &str, id: &str) -> Outcome<()> {
        self.change(workflow, id, "get", Status::Waiting).map(drop)
    }
    async fn delete(&self, workflow: &str, id: &str) -> Outcome<()> {
        self.change(workflow, id, &format!("delete {id}"), Status::Terminated)
            .map(drop)
    }
    async fn delete_batch(&self, workflow: &str, ids: Vec<String>) -> Outcome<Vec<Outcome<()>>> {
        known(workflow)?;
        self.note(format!("delete {ids:?}"))?;
        let there = |id: &String| {
            if id == "a" {
                Ok(())
            } else {
                Err(OperationError::Gone)
            }
        };
        Ok(ids.iter().map(there).collect())
    }
    async fn status(&self, _: &str, _: &str) -> Outcome<InstanceStatus> {
        unreachable!("nothing asks for it")
    }
    async fn pause(&self, workflow: &str, id: &str) -> Outcome<Status> {
        self.change(workflow, id, "pause", Status::WaitingForPause)
    }
    async fn resume(&self, workflow: &str, id: &str) -> Outcome<Status> {
        self.change(workflow, id, "resume", Status::Running)
    }
    async fn terminate(&self, workflow: &str, id: &str) -> Outcome<Status> {
        self.change(workflow, id, "terminate", Status::Terminated)
    }
    async fn restart(&self, workflow: &str, id: &str, from: Option<StepKey>) -> Outcome<Status> {
        let from = from.map_or_else(String::new, |from| format!(" {:?} {from}", from.kind));
        self.change(workflow, id, &format!("restart{from}"), Status::Queued)
    }
    async fn send_event(&self, workflow: &str, id: &str, event_type: &str, payload: Value) -> Outcome<()> {
        check_payload("The event's payload is", &payload)?;
        let call = format!("event {event_type} {}", shown(&payload));
        self.change(workflow, id, &call, Status::Running).map(drop)
    }
}

#[async_trait]
impl Inspection for Fake {
    async fn workflows(&self) -> Outcome<Vec<WorkflowSummary>> {
        Ok(vec![self.workflow("flow").await?])
    }
    async fn workflow(&self, name: &str) -> Outcome<WorkflowSummary> {
        known(name)?;
        Ok(WorkflowSummary {
            key: "flow".into(),
            name: "flow".into(),
            class_name: "Flow".into(),
            script_name: "explorer".into(),
            triggered_ms: None,
            counts: vec![(Status::Waiting, 2), (Status::Complete, 0), (Status::Errored, 1)],
        })
    }
    async fn summaries(&self, workflows: &[String]) -> Outcome<Vec<WorkflowSummary>> {
        let mut summaries = Vec::new();
        for key in workflows.iter().filter(|key| known(key).is_ok()) {
            let key = key.as_str().into();
            summaries.push(WorkflowSummary {
                key,
                ..self.workflow("flow").await?
            });
        }
        Ok(summaries)
    }
    /// There are `c`, `b` and `a`, with the numbers 3 to 1.
    async fn list(
        &self,
        workflow: &str,
        filter: Filter,
        after: Option<InstanceNumber>,
        limit: usize,
    ) -> Outcome<Listed> {
        known(workflow)?;
        let status = filter.status.map(Status::as_str);
        let oldest_first = if filter.ascending { " oldest first" } else { "" };
        self.note(format!("list {status:?} after {after:?} {limit}{oldest_first}"))?;
        let all = [(3, "c"), (2, "b"), (1, "a")];
        let mut rest = all
            .into_iter()
            .filter(|(number, _)| after.is_none_or(|after| *number < after.0));
        let page: Vec<_> = rest.by_ref().take(limit).collect();
        let more = rest.next().is_some();
        Ok(Listed {
            instances: page.iter().map(|(_, id)| summary(id)).collect(),
            next: page
                .last()
                .filter(|_| more)
                .map(|(number, _)| InstanceNumber(*number)),
        })
    }
    async fn step(&self, workflow: &str, id: &str, kind: Kind, name: &str) -> Outcome<Option<StepDetail>> {
        let detail = self.describe(workflow, id, true).await?;
        Ok(detail.steps.into_iter().find(|step| {
            let its = match step.kind {
                StepKind::Do { .. } => Some(Kind::Do),
                StepKind::Sleep { .. } => Some(Kind::Sleep),
                StepKind::WaitForEvent { .. } => Some(Kind::WaitForEvent),
                StepKind::Termination => None,
            };
            its == Some(kind) && step.name == name
        }))
    }
    async fn reason(&self, _: &str, _: &str) -> Outcome<Why> {
        unreachable!("the Local Explorer does not ask for this")
    }
    async fn instances(
        &self,
        workflow: &str,
        filter: Filter,
        skip: u64,
        limit: usize,
    ) -> Outcome<InstancePage> {
        known(workflow)?;
        let status = filter.status.map(Status::as_str);
        let (from, until) = (filter.created_from_ms, filter.created_until_ms);
        let oldest_first = if filter.ascending { " oldest first" } else { "" };
        self.note(format!(
            "list {status:?} {from:?} {until:?} {skip} {limit}{oldest_first}"
        ))?;
        Ok(InstancePage {
            instances: vec![summary("b"), summary("a")],
            total: 51,
        })
    }
    async fn describe(&self, workflow: &str, id: &str, with_steps: bool) -> Outcome<InstanceDetail> {
        known(workflow)?;
        if id != "a" {
            return Err(OperationError::NotFound);
        }
        let mut detail = detail();
        if !with_steps {
            detail.steps.clear();
        }
        Ok(detail)
    }
    async fn outputs(&self, _workflow: &str, _id: &str) -> Result<Vec<Value>, OperationError> {
        Ok(Vec::new())
    }

    async fn delete_all(&self, workflow: &str) -> Outcome<u64> {
        known(workflow)?;
        self.note("delete all".into())?;
        Ok(3)
    }
}

/// An instance with a step of every kind, in every state that shows.
fn detail() -> InstanceDetail {
    let text = |text: &str| Value::json_text(text).unwrap();
    let step = |name: &str, ended_ms, kind| StepDetail {
        name: name.into(),
        started_ms: THEN,
        ended_ms,
        kind,
    };
    let attempt = |ended_ms, success, error| AttemptDetail {
        started_ms: THEN,
        ended_ms,
        success,
        error,
    };
    let config = |raw| StepConfig::parse("a", &raw).unwrap();
    let failed = || Some(Failure::new("TypeError", "card declined"));
    let wait = |event_ms, payload, finished, error| StepKind::WaitForEvent {
        event_type: "approved".into(),
        finished,
        error,
        event_ms,
        payload,
    };
    let sensitive =
        serde_json::json!({ "retries": { "limit": 1, "delay": "1 hour" }, "sensitive": "output" });
    InstanceDetail {
        summary: summary("a"),
        params: text(r#"{"z":1,"a":1.50}"#),
        output: None,
        error: None,
        step_count: 8,
        steps: vec![
            step(
                "greet-1",
                Some(THEN + 2),
                StepKind::Do {
                    config: StepConfig::default_config(),
                    attempts: vec![attempt(Some(THEN + 2), Some(true), None)],
                    success: Some(true),
                    output: Some(text(r#"{"hello":"ada"}"#)),
                },
            ),
            step(
                "charge-1",
                None,
                StepKind::Do {
                    config: config(
                        serde_json::json!({ "retries": { "limit": 3, "delay": 5, "backoff": "linear" } }),
                    ),
                    attempts: vec![
                        attempt(Some(THEN + 3), Some(false), failed()),
                        attempt(None, None, None),
                    ],
                    success: None,
                    output: None,
                },
            ),
            step(
                "secret-1",
                Some(THEN),
                StepKind::Do {
                    config: config(sensitive),
                    attempts: vec![attempt(Some(THEN), Some(true), None)],
                    success: Some(true),
                    output: Some(text("\"key\"")),
                },
            ),
            step(
                "nap-1",
                Some(THEN + 4),
                StepKind::Sleep {
                    finished: true,
                    error: None,
                },
            ),
            step(
                "night-1",
                Some(THEN + 86_400_000),
                StepKind::Sleep {
                    finished: false,
                    error: None,
                },
            ),
            step(
                "approval-1",
                Some(THEN + 5),
                wait(Some(THEN + 4), Some(text(r#"{"by":"grace"}"#)), true, None),
            ),
            step(
                "approval-2",
                Some(THEN + 86_400_000),
                wait(None, None, false, None),
            ),
            step(
                "approval-3",
                Some(THEN + 6),
                wait(
                    None,
                    None,
                    true,
                    Some(Failure::new("WorkflowTimeoutError", "late")),
                ),
            ),
            step("", Some(THEN), StepKind::Termination),
        ],
    }
}
