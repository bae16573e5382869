//! The Workers that there are.

use super::Inner;
use super::assets::Served;
use super::front::OnPort;
use super::script::{Source, key};
use anyhow::{Context as _, anyhow};
use bytes::Bytes;
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::Arc;
use stepwell_control::model::ScriptVersion;
use stepwell_control::{Bound, BoundValue, WorkerState, WorkerVersion};
use stepwell_runtime::{Deployed, Version};
use tokio::sync::Mutex;

/// All Workers by key.
#[derive(Default)]
pub(super) struct Workers {
    all: RwLock<HashMap<String, Arc<Worker>>>,
}

/// One Worker.
pub(super) struct Worker {
    pub(super) deployed: Deployed,
    /// What it should be, as last told.
    state: RwLock<Arc<WorkerState>>,
    /// Versions whose code was read, by id. Held while one is read, so that it is read once.
    loaded: Mutex<HashMap<String, Arc<Loaded>>>,
}

/// A version whose code was read.
pub(super) struct Loaded {
    pub(super) version: Arc<Version>,
    /// What it was made of; what bindings lead to may change.
    bindings: RwLock<Vec<Bound>>,
    /// Its front, as the Worker port sees it.
    pub(super) front: Arc<OnPort>,
    pub(super) assets: Option<Served>,
}

impl Workers {
    /// The Worker of this key.
    pub(super) fn get(&self, key: &str) -> Option<Arc<Worker>> {
        self.all.read().get(key).cloned()
    }

    /// The Worker that should be so from now on, which is made if it is not there.
    pub(super) fn told(&self, machine: &Inner, state: Arc<WorkerState>) -> Arc<Worker> {
        let worker = self.place(machine, &state);
        *worker.state.write() = state;
        worker
    }

    /// The Worker for which there are plans, which is made if it is not there.
    pub(super) fn place(&self, machine: &Inner, state: &Arc<WorkerState>) -> Arc<Worker> {
        let key = state.engine_key();
        if let Some(worker) = self.get(&key) {
            return worker;
        }
        let mut all = self.all.write();
        // Plans are no state: what comes of them is told later.
        let nothing = || WorkerState {
            versions: Vec::new(),
            shares: Vec::new(),
            ..WorkerState::clone(state)
        };
        let made = || Arc::new(Worker::new(&key, machine, Arc::new(nothing())));
        all.entry(key.clone()).or_insert_with(made).clone()
    }

    /// Takes a Worker away.
    pub(super) fn remove(&self, key: &str) -> Option<Arc<Worker>> {
        self.all.write().remove(key)
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<Arc<Worker>> {
        self.all.read().values().cloned().collect()
    }
}

impl Worker {
    fn new(name: &str, machine: &Inner, state: Arc<WorkerState>) -> Self {
        let objects = machine.ground.objects_of(&state.account, &state.name);
        Self {
            deployed: Deployed::new(machine.settings.clone(), name, &objects),
            state: RwLock::new(state),
            loaded: Mutex::default(),
        }
    }

    /// What it should be.
    pub(super) fn state(&self) -> Arc<WorkerState> {
        self.state.read().clone()
    }

    /// A version of `state`, with its code.
    ///
    /// # Errors
    /// If there is no such version, or its code cannot be read.
    pub(super) async fn load(
        &self,
        machine: &Inner,
        state: &WorkerState,
        version_id: &str,
    ) -> anyhow::Result<Arc<Loaded>> {
        let mut loaded = self.loaded.lock().await;
        let found = state.version(version_id);
        let found = found.ok_or_else(|| {
            anyhow!(
                "the version {version_id} of {} is not there",
                key(&state.account, &state.name)
            )
        })?;
        if let Some(known) = loaded.get(version_id) {
            known.rebind(machine, state, found).await?;
            return Ok(known.clone());
        }
        let assets = machine.assets.serve(found).await?;
        let source = Source {
            version: found,
            namespaces: &state.namespaces,
            modules: modules(machine, &found.facts).await?,
            assets: assets.as_ref().and_then(|assets| assets.socket.clone()),
        };
        let version = self.deployed.version(machine.ground.script(&source)?);
        let new = Arc::new(Loaded {
            front: Arc::new(OnPort::of(version.front().clone())),
            bindings: RwLock::new(found.bindings.clone()),
            version,
            assets,
        });
        loaded.insert(version_id.to_owned(), new.clone());
        Ok(new)
    }

    /// Forgets versions that there were plans for: what is not dropped goes on.
    pub(super) async fn forget_plans(&self) {
        let state = self.state();
        let mut loaded = self.loaded.lock().await;
        loaded.retain(|id, _| state.version(id).is_some());
    }

    /// Ends all processes; their end is confirmed when it returns.
    pub(super) async fn stop(&self) {
        // What is dropped cannot be told to stop.
        self.deployed.stop().await;
        self.loaded.lock().await.clear();
    }
}

impl Loaded {
    /// Has the version's bindings lead where they do now: a migration may have given their objects to another Worker, or
    /// deleted them.
    async fn rebind(&self, machine: &Inner, state: &WorkerState, now: &WorkerVersion) -> anyhow::Result<()> {
        if *self.bindings.read() == now.bindings {
            return Ok(());
        }
        let source = Source {
            version: now,
            namespaces: &state.namespaces,
            modules: modules(machine, &now.facts).await?,
            assets: self.assets.as_ref().and_then(|assets| assets.socket.clone()),
        };
        let script = machine.ground.script(&source)?;
        let before = std::mem::replace(&mut *self.bindings.write(), now.bindings.clone());
        for binding in now.bindings.iter().filter(|binding| !before.contains(binding)) {
            tell(&state.engine_key(), binding);
        }
        self.version.rebind(script).await;
        Ok(())
    }
}

/// Says where a binding leads now.
fn tell(worker: &str, binding: &Bound) {
    let name = &binding.name;
    match &binding.value {
        BoundValue::Objects {
            script: Some(other),
            namespace,
        } => tracing::warn!(
            "the binding {name} of {worker} leads to the class {} of the Worker {other} now, which was given the objects",
            namespace.class_name
        ),
        BoundValue::Placeholder { why: Some(why), .. } => {
            tracing::warn!("the binding {name} of {worker} leads nowhere now: {why}");
        }
        _ => tracing::info!("the binding {name} of {worker} has changed"),
    }
}

/// The bytes of a version's modules, in their order.
async fn modules(machine: &Inner, facts: &ScriptVersion) -> anyhow::Result<Vec<Bytes>> {
    let mut all = Vec::with_capacity(facts.modules.len());
    for module in &facts.modules {
        let bytes = machine.catalogue.blob(module.digest).await?;
        all.push(
            bytes.with_context(|| format!("the module \"{}\" is missing in the catalogue", module.name))?,
        );
    }
    Ok(all)
}
