//! How the engine answers [`Operations`].

use crate::engine::{Engine, stopping, unreadable};
use crate::management::Management;
use crate::operations::{Create, InstanceStatus, OperationError, Operations, Status, check_payload};
use crate::shard::{Message, NewRequest, Operation};
use async_trait::async_trait;
use std::collections::HashMap;
use std::sync::Arc;
use stepwell_core::ids::WorkflowId;
use stepwell_core::limits;
use stepwell_core::names;
use stepwell_core::step::StepKey;
use stepwell_core::value::Value;

impl Engine {
    pub(crate) fn checked(
        &self,
        workflow: WorkflowId,
        request: Create,
    ) -> Result<NewRequest, OperationError> {
        let version = self.pick_version(workflow)?;
        let fresh_id = request.id.is_none();
        let id: Arc<str> = match request.id {
            Some(id) => {
                names::check_instance_id(&id).map_err(|failure| OperationError::Invalid {
                    class: "WorkflowError",
                    message: failure.to_string(),
                })?;
                id.into()
            }
            None => uuid::Uuid::new_v4().to_string().into(),
        };
        let params = request.params.unwrap_or_else(|| Value::from_bytes("{}".into()));
        check_payload("The params of the instance are", &params)?;
        Ok(NewRequest {
            workflow,
            version,
            id,
            fresh_id,
            params,
            options: request.options,
            trigger: request.trigger,
        })
    }

    pub(crate) async fn create_all(
        &self,
        requests: Vec<NewRequest>,
    ) -> Vec<Result<Arc<str>, OperationError>> {
        let requests = requests
            .into_iter()
            .map(|request| (self.shard_of(request.workflow, &request.id), request));
        self.ask_shards(requests, |requests, answer| Message::Create { requests, answer })
            .await
    }
}

/// The refusal of a batch.
pub(crate) fn invalid(class: &'static str, message: &str) -> OperationError {
    OperationError::Invalid {
        class,
        message: message.into(),
    }
}

#[async_trait]
impl Operations for Engine {
    async fn create(&self, workflow: &str, request: Create) -> Result<Arc<str>, OperationError> {
        let key = workflow;
        let workflow = self.workflow_id(key)?;
        let request = self.checked(workflow, request)?;
        self.shared.rates.take(key, workflow, 1)?;
        self.create_all(vec![request])
            .await
            .pop()
            .unwrap_or_else(|| Err(stopping()))
    }

    async fn create_batch(
        &self,
        workflow: &str,
        requests: Vec<Create>,
    ) -> Result<Vec<Arc<str>>, OperationError> {
        let mut created = Vec::with_capacity(requests.len());
        for result in self.create_each(workflow, requests).await? {
            match result {
                Ok(made) => created.push(made.id),
                Err(OperationError::AlreadyExists { .. } | OperationError::DuplicateInBatch { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(created)
    }

    async fn get(&self, workflow: &str, id: &str) -> Result<(), OperationError> {
        self.operate(workflow, id, Operation::Get).await.map(|_| ())
    }

    async fn delete(&self, workflow: &str, id: &str) -> Result<(), OperationError> {
        let workflow = self.workflow_id(workflow)?;
        let mut results = self.delete_all_of(workflow, vec![id.into()]).await;
        results.pop().unwrap_or_else(|| Err(stopping()))
    }

    async fn delete_batch(
        &self,
        workflow: &str,
        ids: Vec<String>,
    ) -> Result<Vec<Result<(), OperationError>>, OperationError> {
        if ids.is_empty() {
            return Err(invalid(
                "WorkflowError",
                "(body) batchDeleteInstances should have at least 1 instance",
            ));
        }
        if ids.len() as u64 > limits::BATCH_INSTANCES {
            return Err(invalid(
                "WorkflowError",
                "(body) batchDeleteInstances only supports 100 instances at a time",
            ));
        }
        if ids.iter().any(|id| names::check_addressable_id(id).is_err()) {
            return Err(OperationError::invalid_id());
        }
        let workflow = self.workflow_id(workflow)?;
        let mut once: Vec<Arc<str>> = ids.iter().map(|id| id.as_str().into()).collect();
        once.sort_unstable();
        once.dedup();
        let results = self.delete_all_of(workflow, once.clone()).await;
        let by_id: HashMap<Arc<str>, Result<(), OperationError>> = once.into_iter().zip(results).collect();
        let result = |id: &String| by_id.get(id.as_str()).cloned();
        Ok(ids
            .iter()
            .map(|id| result(id).unwrap_or_else(|| Err(stopping())))
            .collect())
    }

    async fn status(&self, workflow: &str, id: &str) -> Result<InstanceStatus, OperationError> {
        let answer = self.operate(workflow, id, Operation::Status).await?;
        let mut output = None;
        if let Some(seq) = answer.output_seq {
            let shard = self.shard_of(self.workflow_id(workflow)?, id);
            let rows = self.shared.store.values(shard, answer.number, seq, 1).await;
            output = rows
                .map_err(|error| unreadable(&error))?
                .into_iter()
                .find_map(|(at, value)| (at == seq).then_some(value));
        }
        let error = answer.error.map(|failure| failure.as_ref().clone());
        Ok(InstanceStatus {
            status: answer.status,
            output,
            error,
        })
    }

    async fn pause(&self, workflow: &str, id: &str) -> Result<Status, OperationError> {
        self.operate(workflow, id, Operation::Pause)
            .await
            .map(|answer| answer.status)
    }

    async fn resume(&self, workflow: &str, id: &str) -> Result<Status, OperationError> {
        self.operate(workflow, id, Operation::Resume)
            .await
            .map(|answer| answer.status)
    }

    async fn terminate(&self, workflow: &str, id: &str) -> Result<Status, OperationError> {
        self.operate(workflow, id, Operation::Terminate)
            .await
            .map(|answer| answer.status)
    }

    async fn restart(
        &self,
        workflow: &str,
        id: &str,
        from: Option<StepKey>,
    ) -> Result<Status, OperationError> {
        let number = self.workflow_id(workflow)?;
        let version = self.pick_version(number)?;
        self.shared.rates.take(workflow, number, 1)?;
        self.operate(workflow, id, Operation::Restart { from, version })
            .await
            .map(|answer| answer.status)
    }

    async fn send_event(
        &self,
        workflow: &str,
        id: &str,
        event_type: &str,
        payload: Value,
    ) -> Result<(), OperationError> {
        names::check_event_type(event_type).map_err(|failure| OperationError::Invalid {
            class: "WorkflowError",
            message: failure.to_string(),
        })?;
        check_payload("The event's payload is", &payload)?;
        let operation = Operation::Event {
            event_type: event_type.into(),
            value: payload,
        };
        self.operate(workflow, id, operation).await.map(|_| ())
    }
}
