//! The control plane, as the API asks it.

use async_trait::async_trait;
use serde_json::Value as Json;
use stepwell_api::account::{
    Authenticator, ControlError, Identity, Retention, Scope, Workflow, WorkflowCatalogue, WorkflowDefinition,
    WorkflowSettings, WorkflowVersion,
};
use stepwell_control::model;
use stepwell_control::{Control, Error, PutWorkflow};

pub(super) struct Adapter(pub(super) Control);

impl Authenticator for Adapter {
    fn identify(&self, token: &str) -> Option<Identity> {
        let who = self.0.authenticate(token)?;
        Some(Identity {
            account: who.account.into(),
            scope: match who.scope {
                model::Scope::Read => Scope::Read,
                model::Scope::Write => Scope::Write,
                model::Scope::Deploy => Scope::Deploy,
                model::Scope::Admin => Scope::Admin,
            },
            token_id: who.token.into(),
        })
    }
}

fn error(error: Error) -> ControlError {
    match error {
        Error::Refused(refusal) => ControlError {
            status: refusal.status,
            code: refusal.code,
            message: refusal.message,
        },
        Error::Store(error) => ControlError {
            status: 503,
            code: 10001,
            message: error.to_string(),
        },
    }
}

impl Adapter {
    fn graph_of(&self, version: &model::WorkflowVersion) -> Option<Json> {
        let settings = &version.settings;
        let code = self
            .0
            .version(&version.account, &settings.script, &version.script_version)?;
        code.inspected.graphs.get(&settings.class_name).cloned()
    }

    fn view(&self, workflow: &model::Workflow) -> Workflow {
        let versions = self.0.workflow_versions(&workflow.account, &workflow.name);
        Workflow {
            id: workflow.id.as_str().into(),
            name: workflow.name.as_str().into(),
            script_name: workflow.settings.script.as_str().into(),
            class_name: workflow.settings.class_name.as_str().into(),
            created_ms: workflow.created_ms,
            modified_ms: workflow.modified_ms,
            schedules: self
                .0
                .schedules(workflow)
                .into_iter()
                .map(|schedule| (schedule.cron, schedule.next_ms))
                .collect(),
            script_deleted: self.0.is_orphan(workflow),
            jurisdiction: workflow.jurisdiction.clone(),
            versions: versions
                .iter()
                .map(|version| WorkflowVersion {
                    id: version.id.as_str().into(),
                    number: version.number,
                    class_name: version.settings.class_name.as_str().into(),
                    created_ms: version.created_ms,
                    settings: WorkflowSettings {
                        step_limit: version.settings.step_limit.map(|limit| limit as u32),
                        concurrency_limit: version.settings.concurrency_limit.map(|limit| limit as u32),
                        retention: retention(version.settings.retention),
                    },
                    has_graph: self.graph_of(version).is_some(),
                })
                .collect(),
        }
    }
}

fn retention(given: model::Retention) -> Retention {
    Retention {
        success_ms: given.success_ms,
        error_ms: given.error_ms,
    }
}

#[async_trait]
impl WorkflowCatalogue for Adapter {
    async fn list(&self, account: &str) -> Result<Vec<Workflow>, ControlError> {
        Ok(self
            .0
            .workflows(account, None)
            .iter()
            .map(|one| self.view(one))
            .collect())
    }

    async fn get(&self, account: &str, name: &str) -> Result<Workflow, ControlError> {
        let found = self.0.workflow(account, name);
        let found = found.ok_or_else(|| error(stepwell_control::Refusal::workflow_not_found().into()))?;
        Ok(self.view(&found))
    }

    async fn put(
        &self,
        account: &str,
        name: &str,
        given: WorkflowDefinition,
    ) -> Result<Workflow, ControlError> {
        let put = PutWorkflow {
            settings: model::WorkflowSettings {
                script: given.script_name,
                class_name: given.class_name,
                step_limit: given.settings.step_limit.map(u64::from),
                concurrency_limit: given.settings.concurrency_limit.map(u64::from),
                crons: given.schedules,
                retention: model::Retention {
                    success_ms: given.settings.retention.success_ms,
                    error_ms: given.settings.retention.error_ms,
                },
            },
            jurisdiction: given.jurisdiction,
        };
        let (workflow, _) = self.0.put_workflow(account, name, put).await.map_err(error)?;
        Ok(self.view(&workflow))
    }

    async fn delete(&self, account: &str, name: &str) -> Result<(), ControlError> {
        self.0.delete_workflow(account, name).await.map_err(error)
    }

    async fn graph(&self, account: &str, name: &str, version_id: &str) -> Result<Option<Json>, ControlError> {
        let version = self.0.workflow_version(account, name, version_id);
        Ok(version.and_then(|version| self.graph_of(&version)))
    }

    async fn retention(&self, account: &str) -> Result<Retention, ControlError> {
        Ok(retention(self.0.account_settings(account).default_retention))
    }

    async fn set_retention(&self, _: &str, _: Retention) -> Result<(), ControlError> {
        Ok(())
    }
}
