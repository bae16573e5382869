//! Instances on another version than the one that they started on.

use super::{Machine, published};
use async_trait::async_trait;
use std::sync::Arc;
use stepwell_api::account::Moves;
use stepwell_control::WorkerState;
use stepwell_control::model::WorkflowVersion;
use stepwell_engine::check::{CheckLimits, CheckReport};
use stepwell_engine::operations::OperationError;

#[async_trait]
impl Moves for Machine {
    async fn check(
        &self,
        worker: Arc<WorkerState>,
        version: &WorkflowVersion,
    ) -> Result<CheckReport, OperationError> {
        // It may have a version that is not live and that nobody has told of yet.
        self.inner.workers.told(&self.inner, worker);
        let key = super::key(&version.account, &version.workflow);
        let on = published::version(&self.inner, version);
        self.inner.engine.check(&key, &on, CheckLimits::default()).await
    }

    async fn migrate(&self, version: &WorkflowVersion, instance: &str) -> Result<bool, OperationError> {
        let key = super::key(&version.account, &version.workflow);
        self.inner.engine.migrate(&key, instance, version.number).await
    }
}
