//! The Workflows that an engine runs: what is published of them, and instances that change their version.

use crate::engine::{Engine, stopping, unreadable};
use crate::operations::OperationError;
use crate::registry::{Definition, Live, Published};
use crate::runtime::Runtime;
use crate::shard::Message;
use std::sync::Arc;
use stepwell_core::ids::WorkflowId;
use stepwell_store::{Listing, Phase, StoreError};

/// Why the Workflows of new code cannot be taken.
#[derive(thiserror::Error, Debug)]
pub enum PrepareError {
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Two scripts define the same Workflow.
    #[error(
        "the Workflow \"{key}\" is defined by two Workers, \"{script}\" and \"{other}\": names of Workflows are unique, so rename it in one of them"
    )]
    DefinedTwice {
        /// The Workflow.
        key: Arc<str>,
        /// The script that was to be prepared.
        script: Arc<str>,
        /// The one that has the Workflow.
        other: Arc<str>,
    },
}

/// The Workflows of a script's new code, numbered.
#[derive(Debug)]
#[must_use = "it is nothing before it is adopted"]
pub struct Deployment {
    script: Arc<str>,
    numbered: Vec<(WorkflowId, Definition)>,
}

/// Instances looked at in one go when all of a Workflow change their version.
const PAGE: usize = 512;

/// How many instances changed their version.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Migrated {
    /// Those that did.
    pub moved: u64,
    /// Those that were on it already.
    pub there: u64,
}

impl Engine {
    /// Makes these the Workflows of a script, each with all its versions; those of other scripts stay as they are. A Workflow
    /// that another script had is this one's from now on, with its instances. Runs go on where they are until their runtime
    /// lets go of them ([`crate::runtime::LostCause::Released`]); then their instance goes on in the version it is of, as
    /// soon as that is published.
    ///
    /// # Errors
    /// The store's, if it cannot number a Workflow that is new; nothing has changed then.
    pub async fn publish(&self, script: &str, workflows: Vec<Published>) -> Result<(), StoreError> {
        let mut numbered = Vec::with_capacity(workflows.len());
        for workflow in workflows {
            numbered.push((self.shared.store.workflow(&workflow.key).await?, workflow));
        }
        self.replace(script, numbered);
        Ok(())
    }

    /// Numbers the Workflows of a script's new code, durably. The result is for [`Engine::adopt`].
    ///
    /// # Errors
    /// `DefinedTwice` if the code of another script, as last prepared, defines one of them. (To move a Workflow, prepare
    /// the script that has lost it first.) `Store` if the store cannot take them.
    pub async fn prepare(
        &self,
        script: &str,
        definitions: Vec<Definition>,
    ) -> Result<Deployment, PrepareError> {
        let script: Arc<str> = script.into();
        let keys = definitions.iter().map(|definition| definition.key.clone());
        self.shared
            .registry
            .claim(&script, keys.collect())
            .map_err(|taken| PrepareError::DefinedTwice {
                key: taken.key,
                script: script.clone(),
                other: taken.script,
            })?;
        let mut numbered = Vec::with_capacity(definitions.len());
        for definition in definitions {
            numbered.push((self.shared.store.workflow(&definition.key).await?, definition));
        }
        Ok(Deployment { script, numbered })
    }

    /// As [`Engine::publish`], of Workflows that have one version only: every instance goes on in it, whatever it started
    /// on.
    pub fn adopt(&self, deployment: Deployment, runtime: Arc<dyn Runtime>) {
        let Deployment { script, numbered } = deployment;
        let numbered = numbered.into_iter();
        let workflows =
            numbered.map(move |(id, definition)| (id, Published::alone(definition, runtime.clone())));
        self.replace(&script, workflows.collect());
    }

    /// [`Engine::prepare`] and [`Engine::adopt`] in one.
    pub async fn deploy(
        &self,
        script: &str,
        definitions: Vec<Definition>,
        runtime: Arc<dyn Runtime>,
    ) -> Result<(), PrepareError> {
        self.adopt(self.prepare(script, definitions).await?, runtime);
        Ok(())
    }

    /// Takes away the Workflows of a script. Their instances stay; they go on when code defines the Workflows again. Runs
    /// in its runtime go on until that lets go of them.
    pub fn retire(&self, script: &str) {
        self.shared.registry.unclaim(script);
        self.replace(script, Vec::new());
    }

    /// Nobody can ask for the Workflow any more.
    pub(crate) fn unpublish(&self, key: &str) {
        self.shared.registry.remove(key);
    }

    fn replace(&self, script: &str, workflows: Vec<(WorkflowId, Published)>) {
        let admission = &self.shared.admission;
        let set_limits = |limits| admission.set_limits(limits);
        let workflows = workflows.into_iter();
        let live = workflows.map(|(id, workflow)| (id, Live::new(script.into(), workflow)));
        let admitted = self.shared.registry.replace(script, live.collect(), set_limits);
        self.shared.admitted(admitted);
        for mailbox in &self.shared.mailboxes {
            mailbox.send(Message::Deployed);
        }
    }

    /// The keys of all Workflows that the store knows, published or not, without those that were deleted: for who has to
    /// find Workflows that nobody else knows any more.
    ///
    /// # Errors
    /// The store's.
    pub async fn stored_workflows(&self) -> Result<Vec<String>, StoreError> {
        let all = self.shared.store.workflows().await?;
        Ok(all.into_iter().map(|(_, key)| key).collect())
    }

    /// Has an instance go on in another version of its Workflow, which has to be published: true if it was not on it
    /// already. A run is let go of; its attempts begin again under their numbers.
    ///
    /// # Errors
    /// `NotPublished`; `Gone` if there is no such instance; `Ended` if it has ended.
    pub async fn migrate(&self, workflow: &str, id: &str, version: u32) -> Result<bool, OperationError> {
        let workflow = self.published(workflow, version)?;
        let mut results = self.migrate_these(workflow, vec![id.into()], version).await;
        results.pop().unwrap_or_else(|| Err(stopping()))
    }

    /// [`Engine::migrate`] of every instance that has not ended.
    ///
    /// # Errors
    /// `NotPublished`; what the store says. Those that were reached until then have changed.
    pub async fn migrate_all(&self, workflow: &str, version: u32) -> Result<Migrated, OperationError> {
        let workflow = self.published(workflow, version)?;
        let mut migrated = Migrated::default();
        // From the oldest on: those that are created meanwhile are looked at too.
        let mut listing = Listing {
            phases: Phase::LIVE.to_vec(),
            ascending: true,
            limit: PAGE,
            ..Listing::all(workflow)
        };
        loop {
            let heads = self.shared.store.list(listing.clone()).await;
            let heads = heads.map_err(|error| unreadable(&error))?;
            let Some(last) = heads.last() else {
                return Ok(migrated);
            };
            listing.after = Some(last.number);
            let all = heads.len() as u64;
            let others = heads.into_iter().filter(|head| head.version != version);
            let others: Vec<Arc<str>> = others.map(|head| head.id).collect();
            migrated.there += all - others.len() as u64;
            for result in self.migrate_these(workflow, others, version).await {
                match result {
                    Ok(true) => migrated.moved += 1,
                    Ok(false) => migrated.there += 1,
                    Err(OperationError::Gone | OperationError::Ended) => {} // meanwhile
                    Err(error) => return Err(error),
                }
            }
        }
    }

    async fn migrate_these(
        &self,
        workflow: WorkflowId,
        ids: Vec<Arc<str>>,
        version: u32,
    ) -> Vec<Result<bool, OperationError>> {
        let ids = ids.into_iter().map(|id| (self.shard_of(workflow, &id), id));
        self.ask_shards(ids, |ids, answer| Message::Migrate {
            workflow,
            ids,
            version,
            answer,
        })
        .await
    }

    /// The Workflow's number, if this version of it is published.
    fn published(&self, key: &str, version: u32) -> Result<WorkflowId, OperationError> {
        let id = self.workflow_id(key)?;
        let live = self.shared.registry.get(id);
        if live.is_some_and(|live| live.has(version)) {
            return Ok(id);
        }
        Err(OperationError::NotPublished { version })
    }

    /// The version that a new instance starts on.
    pub(crate) fn pick_version(&self, workflow: WorkflowId) -> Result<u32, OperationError> {
        let live = self.shared.registry.get(workflow);
        let live = live.ok_or(OperationError::NoVersion)?;
        live.pick((self.shared.options.random)())
            .ok_or(OperationError::NoVersion)
    }
}
