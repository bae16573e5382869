//! An engine that only remembers.

use async_trait::async_trait;
use parking_lot::Mutex;
use std::sync::Arc;
use stepwell_core::failure::Failure;
use stepwell_core::step::StepKey;
use stepwell_core::value::Value;
use stepwell_engine::operations::{Create, InstanceStatus, OperationError, Operations, Status};

/// Writes down what it is asked, and answers by the id.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    pub(crate) asked: Mutex<Vec<String>>,
    pub(crate) created: Mutex<Vec<(String, Create)>>,
}

impl Recorder {
    fn note(&self, text: String) {
        self.asked.lock().push(text);
    }
}

#[async_trait]
impl Operations for Recorder {
    async fn create(&self, workflow: &str, request: Create) -> Result<Arc<str>, OperationError> {
        let id: Arc<str> = request.id.clone().unwrap_or_else(|| "made-up".into()).into();
        if &*id == "taken" {
            return Err(OperationError::AlreadyExists { id: id.to_string() });
        }
        self.created.lock().push((workflow.into(), request));
        Ok(id)
    }

    async fn create_batch(
        &self,
        workflow: &str,
        requests: Vec<Create>,
    ) -> Result<Vec<Arc<str>>, OperationError> {
        self.note(format!("createBatch {workflow} {}", requests.len()));
        let ids = requests
            .iter()
            .map(|request| request.id.clone().unwrap_or_default().into())
            .collect();
        self.created
            .lock()
            .extend(requests.into_iter().map(|request| (workflow.to_owned(), request)));
        Ok(ids)
    }

    async fn get(&self, _: &str, id: &str) -> Result<(), OperationError> {
        if id == "missing" {
            Err(OperationError::NotFound)
        } else {
            Ok(())
        }
    }

    async fn delete(&self, _: &str, id: &str) -> Result<(), OperationError> {
        self.note(format!("delete {id}"));
        Ok(())
    }

    async fn delete_batch(
        &self,
        _: &str,
        ids: Vec<String>,
    ) -> Result<Vec<Result<(), OperationError>>, OperationError> {
        self.note(format!("deleteBatch {}", ids.join(" ")));
        let result = |id: &String| {
            if id == "gone" {
                Err(OperationError::Gone)
            } else {
                Ok(())
            }
        };
        Ok(ids.iter().map(result).collect())
    }

    async fn status(&self, _: &str, id: &str) -> Result<InstanceStatus, OperationError> {
        Ok(match id {
            "done" => InstanceStatus {
                status: Status::Complete,
                output: Some(Value::from_json(&serde_json::json!({ "a": [1, null] }))),
                error: None,
            },
            "failed" => InstanceStatus {
                status: Status::Errored,
                output: None,
                error: Some(Failure::new("TypeError", "no")),
            },
            "gone" => return Err(OperationError::Gone),
            _ => InstanceStatus {
                status: Status::Waiting,
                output: None,
                error: None,
            },
        })
    }

    async fn pause(&self, workflow: &str, id: &str) -> Result<Status, OperationError> {
        self.note(format!("pause {workflow} {id}"));
        Ok(Status::Paused)
    }

    async fn resume(&self, workflow: &str, id: &str) -> Result<Status, OperationError> {
        self.note(format!("resume {workflow} {id}"));
        Ok(Status::Running)
    }

    async fn terminate(&self, _: &str, _: &str) -> Result<Status, OperationError> {
        Err(OperationError::CannotTerminate)
    }

    async fn restart(&self, _: &str, id: &str, from: Option<StepKey>) -> Result<Status, OperationError> {
        self.note(format!(
            "restart {id} {:?}",
            from.map(|step| (step.kind, step.to_string()))
        ));
        Ok(Status::Queued)
    }

    async fn send_event(
        &self,
        _: &str,
        id: &str,
        event_type: &str,
        payload: Value,
    ) -> Result<(), OperationError> {
        self.note(format!("event {id} {event_type} {}", payload.preview(100)));
        Ok(())
    }
}
