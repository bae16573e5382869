//! What all changes of a Worker have in common: from a transaction to what runs.

use crate::Control;
use crate::control::interrupted;
use crate::error::{Error, Refusal};
use crate::inspected::ExportKind;
use crate::model::{Binding, Script, ScriptVersion, Workflow, WorkflowVersion};
use crate::state::{State, key2, key3, of};
use crate::transaction::Transaction;
use crate::worker_state::{WorkerState, live_shares, workflow_versions};
use std::sync::Arc;
use tokio::task::{JoinError, JoinSet};

/// So many Workers are started at once when the server starts: most of it is waiting for processes to come up.
const STARTED_AT_ONCE: usize = 2;

/// What became of a task.
fn ended(task: Option<Result<Result<(), Error>, JoinError>>) -> Result<(), Error> {
    match task {
        None => Ok(()),
        Some(Ok(done)) => done,
        Some(Err(error)) => Err(interrupted(&error)),
    }
}

impl Control {
    /// Tells the platform of every Worker. To be called once, when the platform can answer.
    pub async fn start(&self) -> Result<(), Error> {
        self.finish_deletions().await?;
        self.finish_accounts().await;
        self.sweep().await?;
        let mut starting: JoinSet<Result<(), Error>> = JoinSet::new();
        for worker in self.worker_states() {
            // What is left of an account that could not be deleted yet is served to nobody.
            if self.account(&worker.account).is_none() {
                continue;
            }
            if starting.len() >= STARTED_AT_ONCE {
                ended(starting.join_next().await)?;
            }
            let control = self.clone();
            starting.spawn(async move { control.make_so(worker).await });
        }
        while !starting.is_empty() {
            ended(starting.join_next().await)?;
        }
        Ok(())
    }

    /// Carries a change of one Worker through: its live versions are started and checked, then the catalogue is written,
    /// then the platform makes it so. The caller holds the Worker's lock.
    pub(crate) async fn carry_through(
        &self,
        transaction: Transaction,
        account: &str,
        script: &str,
    ) -> Result<(), Error> {
        self.carry_through_with(transaction, account, script, &[]).await
    }

    /// The same, if other Workers give something away to this one: their part is made so first.
    pub(crate) async fn carry_through_with(
        &self,
        mut transaction: Transaction,
        account: &str,
        script: &str,
        givers: &[String],
    ) -> Result<(), Error> {
        self.add_workflow_versions(&mut transaction, account, script);
        let Some(worker) = self.future(&transaction, account, script) else {
            let writing = self.writing().await;
            return self.commit(transaction, writing).await;
        };
        let prepared = self.inner.platform.prepare(&worker).await;
        prepared.map_err(|refused| Refusal::invalid_script(refused.message))?;
        let writing = self.writing().await;
        if let Err(error) = self.commit(transaction, writing).await {
            self.inner.platform.abandon(&worker).await;
            return Err(error);
        }
        for giver in givers {
            if let Some(giver) = self.worker_state(account, giver) {
                self.make_so(giver).await?;
            }
        }
        self.make_so(worker).await
    }

    /// Tells the platform again of the Workers that bind objects of this one. No lock may be held.
    pub(crate) async fn refresh_dependents(&self, account: &str, script: &str) -> Result<(), Error> {
        let uses = |version: &Arc<ScriptVersion>| {
            let objects = |binding: &Binding| binding.kind() == "durable_object_namespace";
            version.script != script && version.bindings.iter().any(objects)
        };
        let mut others: Vec<_> = {
            let state = self.state();
            let found = of(&state.versions, account).filter(|version| uses(version));
            found.map(|version| version.script.clone()).collect()
        };
        others.sort();
        others.dedup();
        for other in others {
            let _changing = self.changing(account, &other).await;
            if let Some(worker) = self.worker_state(account, &other) {
                self.make_so(worker).await?;
            }
        }
        Ok(())
    }

    /// The Worker as it will be after the transaction.
    pub(crate) fn future(
        &self,
        transaction: &Transaction,
        account: &str,
        script: &str,
    ) -> Option<WorkerState> {
        let future = transaction.preview(&self.state());
        let script = future.scripts.get(&key2(account, script))?;
        Some(self.build(&future, script))
    }

    /// Gives each Workflow of a Worker a version for each live version of the Worker that has its class.
    pub(crate) fn add_workflow_versions(&self, transaction: &mut Transaction, account: &str, script: &str) {
        let future = transaction.preview(&self.state());
        let Some(script) = future.scripts.get(&key2(account, script)) else {
            return;
        };
        let workflows = of(&future.workflows, account);
        for workflow in workflows.filter(|workflow| workflow.settings.script == script.name) {
            self.add_versions_of(transaction, &future, script, workflow);
        }
    }

    fn add_versions_of(
        &self,
        transaction: &mut Transaction,
        future: &State,
        script: &Script,
        workflow: &Workflow,
    ) {
        let known = workflow_versions(future, &script.account, &workflow.name);
        let live = live_shares(future, script).into_iter();
        let live = live.filter_map(|share| {
            future
                .versions
                .get(&key3(&script.account, &script.name, &share.version_id))
        });
        let mut live: Vec<_> = live.collect();
        // So that the newest code has the highest number.
        live.sort_by_key(|version| version.number);
        let mut number = workflow.versions;
        for version in live {
            let has_class =
                version.inspected.named.get(&workflow.settings.class_name) == Some(&ExportKind::Workflow);
            let is_known = |known: &Arc<WorkflowVersion>| {
                known.script_version == version.id && known.settings == workflow.settings
            };
            if !has_class || known.iter().any(is_known) {
                continue;
            }
            number += 1;
            transaction.put(WorkflowVersion {
                id: self.uuid(),
                account: script.account.clone(),
                workflow: workflow.name.clone(),
                number,
                created_ms: self.now_ms(),
                settings: workflow.settings.clone(),
                script_version: version.id.clone(),
            });
        }
        if number != workflow.versions {
            transaction.put(Workflow {
                versions: number,
                modified_ms: self.now_ms(),
                ..workflow.clone()
            });
        }
    }
}
