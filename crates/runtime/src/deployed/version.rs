//! One version of a deployed Worker.

use super::Context;
use super::fleet::LazyFleet;
use super::front::Front;
use crate::fleet::Fleet;
use crate::script::Script;
use parking_lot::RwLock;
use std::sync::Arc;
use stepwell_engine::runtime::{RunEvent, RunHandle, RunSink, RunStart, Runtime};
use stepwell_logs::Stacks;

/// One version of a deployed Worker. Nothing of it runs before it is needed. When it is dropped, its processes are killed.
#[derive(Debug)]
pub struct Version {
    context: Arc<Context>,
    script: Arc<Current>,
    front: Arc<Front>,
    fleet: Arc<LazyFleet>,
    runtime: tokio::runtime::Handle,
}

/// What a version's processes are made of: its code never changes, but where its bindings lead may.
#[derive(Debug)]
pub(super) struct Current {
    number: u32,
    label: String,
    stacks: Stacks,
    script: RwLock<Arc<Script>>,
}

impl Current {
    fn new(script: Script) -> Self {
        Self {
            number: script.version,
            label: script.label(),
            stacks: script.stacks.clone(),
            script: RwLock::new(Arc::new(script)),
        }
    }

    /// The script for a process that starts now.
    pub(super) fn get(&self) -> Arc<Script> {
        self.script.read().clone()
    }

    /// The source maps.
    pub(super) fn stacks(&self) -> &Stacks {
        &self.stacks
    }

    /// What logs call it.
    pub(super) fn label(&self) -> &str {
        &self.label
    }
}

impl Version {
    pub(super) fn new(context: Arc<Context>, script: Script) -> Self {
        let script = Arc::new(Current::new(Self::of(&context, script)));
        Self {
            front: Front::new(context.clone(), script.clone()),
            fleet: LazyFleet::new(context.clone(), script.clone()),
            runtime: tokio::runtime::Handle::current(),
            script,
            context,
        }
    }

    fn of(context: &Context, mut script: Script) -> Script {
        script.name.clone_from(&context.key);
        script.object_directory.clone_from(&context.object_directory);
        script
    }

    /// Its number.
    pub fn number(&self) -> u32 {
        self.script.number
    }

    /// What it is made of.
    pub fn script(&self) -> Arc<Script> {
        self.script.get()
    }

    /// The same code, with bindings that lead elsewhere: what is new goes to processes that have them. What has begun ends
    /// where it is.
    pub async fn rebind(&self, script: Script) {
        *self.script.script.write() = Arc::new(Self::of(&self.context, script));
        self.fleet.renew().await;
        self.front.rebound().await;
    }

    /// The process that serves.
    pub fn front(&self) -> &Arc<Front> {
        &self.front
    }

    /// Its run processes, if there are any at the moment; for diagnostics.
    pub async fn fleet(&self) -> Option<Arc<Fleet>> {
        self.fleet.started().await
    }

    /// Ends its processes; their end is confirmed when it returns. Runs get `Lost(Released)`, also those that are started
    /// later.
    pub async fn stop(&self) {
        tokio::join!(self.fleet.release(), self.front.stop());
    }
}

impl Runtime for Version {
    fn start(&self, start: RunStart, sink: Arc<dyn RunSink>) -> RunHandle {
        let (handle, orders) = RunHandle::channel();
        let fleet = self.fleet.clone();
        self.runtime.spawn(async move {
            let (number, run) = (start.number, start.run);
            if let Some(cause) = fleet.run(start, &sink, orders).await {
                sink.run_event(number, run, RunEvent::Lost(cause));
            }
        });
        handle
    }
}

impl Drop for Version {
    fn drop(&mut self) {
        self.context.settings.network.forget(self.script.label());
    }
}
