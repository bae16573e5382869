//! Many instances at once, as the [`Fake`] does it.

use crate::fake::Fake;
use async_trait::async_trait;
use std::collections::HashSet;
use stepwell_engine::management::{Job, Made, Management};
use stepwell_engine::operations::{Create, OperationError, Operations, Status};

type Outcome<T> = Result<T, OperationError>;

#[async_trait]
impl Management for Fake {
    async fn create_each(&self, workflow: &str, requests: Vec<Create>) -> Outcome<Vec<Outcome<Made>>> {
        let mut seen = HashSet::new();
        let mut results = Vec::new();
        for request in requests {
            let again = request.id.clone().filter(|id| !seen.insert(id.clone()));
            results.push(match again {
                Some(id) => Err(OperationError::DuplicateInBatch { id }),
                None => match self.create(workflow, request).await {
                    Ok(id) => Ok(Made { id, version: 1 }),
                    Err(error @ OperationError::AlreadyExists { .. }) => Err(error),
                    Err(error) => return Err(error),
                },
            });
        }
        Ok(results)
    }

    async fn terminate_batch(&self, workflow: &str, ids: Vec<String>) -> Outcome<Job<u64>> {
        self.delete_batch(workflow, ids.clone()).await?;
        Ok(if ids.len() == 1 {
            Job::AlreadyRunning
        } else {
            Job::Ok(ids.len() as u64)
        })
    }

    async fn terminate_all(&self, workflow: &str, status: Option<Status>) -> Outcome<Job<()>> {
        self.get(workflow, "a").await?;
        Ok(if status == Some(Status::Paused) {
            Job::AlreadyRunning
        } else {
            Job::Ok(())
        })
    }

    async fn is_terminating(&self, workflow: &str) -> Outcome<bool> {
        self.get(workflow, "a").await.map(|()| true)
    }

    async fn delete_workflow(&self, _: &str) -> Outcome<()> {
        unreachable!("the control plane does that")
    }
}
