//! What runs the Workers of the control plane: processes, Workflows, and the way to them from the Worker port.

mod address;
mod assets;
mod change;
mod front;
mod inspected;
mod moves;
mod objects;
mod on_demand;
mod published;
mod script;
mod stacks;
mod workers;

pub(super) use script::Ground;

use assets::Assets;
use async_trait::async_trait;
use script::{Source, key};
use std::collections::BTreeMap;
use std::sync::Arc;
use stepwell_api::ingress::{Directory, Naming};
use stepwell_catalogue::Catalogue;
use stepwell_control::{Applied, Candidate, Control, Inspected, Platform, Refused, WorkerState};
use stepwell_engine::{Engine, Management as _, Published};
use stepwell_runtime::Settings;
use stepwell_store::StoreError;
use workers::Workers;

/// See the module's documentation. A clone is the same one.
#[derive(Clone)]
pub(super) struct Machine {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Arc<Settings>,
    engine: Engine,
    ground: Ground,
    catalogue: Arc<dyn Catalogue>,
    workers: Workers,
    addresses: Directory,
    assets: Assets,
}

impl Machine {
    /// One that runs nothing.
    ///
    /// # Errors
    /// If there can be no directory for what is cached.
    pub(super) fn new(
        settings: Settings,
        engine: Engine,
        ground: Ground,
        catalogue: Arc<dyn Catalogue>,
        naming: Naming,
    ) -> std::io::Result<Self> {
        let assets = Assets::new(catalogue.clone(), &ground.cache, settings.directory.clone())?;
        Ok(Self {
            inner: Arc::new(Inner {
                settings: Arc::new(settings),
                engine,
                ground,
                catalogue,
                workers: Workers::default(),
                addresses: Directory::new(naming),
                assets,
            }),
        })
    }

    /// Where each Worker is on the Worker port.
    pub(super) fn routes(&self) -> Directory {
        self.inner.addresses.clone()
    }

    /// Notes what Workers there are, before any of them runs: they wait for each other.
    pub(super) async fn expect(&self, workers: Vec<WorkerState>) {
        if let Err(error) = self.inner.assets.sweep(&workers).await {
            tracing::warn!("static assets that nobody has any more cannot be deleted: {error:#}");
        }
        for worker in workers {
            self.inner.workers.told(&self.inner, Arc::new(worker));
        }
    }

    /// Has the Workflows whose Workers are gone be looked at.
    pub(super) async fn show_inactive(&self, control: &Control) -> Result<(), StoreError> {
        let mut by_worker: BTreeMap<String, Vec<Published>> = BTreeMap::new();
        for account in control.accounts() {
            for workflow in control.workflows(&account.id, None) {
                if control.is_orphan(&workflow) {
                    let key = key(&account.id, &workflow.settings.script);
                    by_worker
                        .entry(key)
                        .or_default()
                        .push(published::inactive(&workflow));
                }
            }
        }
        for (key, inactive) in by_worker {
            self.inner.engine.publish(&key, inactive).await?;
        }
        Ok(())
    }

    /// Ends all processes; their end is confirmed when it returns.
    pub(super) async fn stop(&self) {
        let stopping = self.inner.workers.all().into_iter();
        let stopping: Vec<_> = stopping
            .map(|worker| tokio::spawn(async move { worker.stop().await }))
            .collect();
        for stopped in stopping {
            let _ = stopped.await;
        }
    }
}

#[async_trait]
impl Platform for Machine {
    async fn inspect(&self, candidate: &Candidate) -> Result<Inspected, Refused> {
        let inner = &self.inner;
        let modules = candidate.version.facts.modules.iter();
        let modules = modules.map(|module| candidate.blobs.get(&module.digest).cloned().unwrap_or_default());
        let source = Source {
            version: &candidate.version,
            namespaces: &[],
            modules: modules.collect(),
            assets: None,
        };
        let script = inner.ground.script(&source).map_err(|error| refused(&error))?;
        let code = script.code.clone();
        let found = stepwell_runtime::inspect(&inner.settings, script).await;
        let found = found.map_err(|error| Refused {
            message: error.to_string(),
        })?;
        Ok(inspected::of(found, code).await)
    }

    async fn prepare(&self, worker: &WorkerState) -> Result<(), Refused> {
        let inner = &self.inner;
        let state = Arc::new(worker.clone());
        let there = inner.workers.place(inner, &state);
        let prepared = change::prepare(inner, &there, worker).await;
        if prepared.is_err() {
            // The next upload has the same number, and is another version.
            there.forget_plans().await;
        }
        prepared.map_err(|error| refused(&error))
    }

    async fn abandon(&self, worker: &WorkerState) {
        if let Some(there) = self.inner.workers.get(&worker.engine_key()) {
            there.forget_plans().await;
        }
    }

    async fn apply(&self, worker: Arc<WorkerState>) -> Applied {
        let there = self.inner.workers.told(&self.inner, worker.clone());
        change::apply(&self.inner, &there, &worker).await
    }

    async fn remove(&self, account: &str, script: &str) -> Result<(), String> {
        let key = key(account, script);
        self.inner.addresses.remove(account, script);
        if let Some(worker) = self.inner.workers.remove(&key) {
            // They can still be looked at, and ended.
            let inactive = worker
                .state()
                .workflows
                .iter()
                .map(|state| published::inactive(&state.workflow))
                .collect();
            let shown = self.inner.engine.publish(&key, inactive).await;
            worker.stop().await;
            shown.map_err(|error| format!("its Workflows cannot be shown: {error}"))?;
        }
        let files = self.inner.ground.objects_of(account, script);
        match tokio::fs::remove_dir_all(&files).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(format!(
                "its objects cannot be removed from {}: {error}",
                files.display()
            )),
            _ => Ok(()),
        }
    }

    async fn remove_workflow(&self, account: &str, workflow: &str) {
        let key = key(account, workflow);
        if let Err(error) = self.inner.engine.delete_workflow(&key).await {
            tracing::error!("the instances of {key} cannot be removed: {error}");
        }
    }
}

fn refused(error: &anyhow::Error) -> Refused {
    Refused {
        message: format!("{error:#}"),
    }
}
