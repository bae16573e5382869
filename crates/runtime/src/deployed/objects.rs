//! The process that has a Worker's Durable Objects, over the versions whose code it runs.

use super::files::{self, FileOperation};
use super::{Context, LiveObjects};
use crate::config::host::{HostSockets, Role};
use crate::host::{Audience, Host, Plan};
use crate::network::{Callee, Part, Target};
use crate::object_lock::ObjectLock;
use crate::process::StartError;
use crate::script::{ObjectClass, Script};
use async_trait::async_trait;
use parking_lot::Mutex;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// The object host. At most one process has the data at any time.
#[derive(Debug)]
pub(super) struct ObjectHost {
    context: Arc<Context>,
    callers: Arc<Callers>,
    lock: Option<Arc<ObjectLock>>,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    host: Host,
    /// What the version was made of.
    script: Arc<Script>,
    classes: Vec<ObjectClass>,
}

/// Those who call objects.
#[derive(Debug)]
struct Callers {
    context: Arc<Context>,
    callee: Mutex<Option<Arc<Callee>>>,
}

impl ObjectHost {
    pub(super) fn new(context: Arc<Context>) -> Self {
        Self {
            callers: Arc::new(Callers {
                context: context.clone(),
                callee: Mutex::default(),
            }),
            context,
            lock: None,
            running: None,
        }
    }

    /// Has the objects run as `wanted`, after `operations` on their data.
    ///
    /// # Errors
    /// As [`super::Deployed::set_live`].
    pub(super) async fn switch(
        &mut self,
        wanted: Option<LiveObjects>,
        operations: Vec<FileOperation>,
    ) -> Result<(), StartError> {
        let wanted = wanted.filter(|wanted| !wanted.classes.is_empty());
        let stays = match (&self.running, &wanted) {
            (Some(running), Some(wanted)) => {
                Arc::ptr_eq(&running.script, &wanted.version.script()) && running.classes == wanted.classes
            }
            (None, None) => true,
            _ => false,
        };
        if stays && operations.is_empty() {
            return Ok(());
        }
        self.end("its code is being replaced").await;
        if self.lock.is_none() {
            self.lock = Some(Arc::new(ObjectLock::take(&self.context.object_directory).await?));
        }
        files::carry_out(operations).await?;
        if let Some(wanted) = wanted {
            return self.start(wanted).await;
        }
        self.lock = None;
        Ok(())
    }

    async fn start(&mut self, wanted: LiveObjects) -> Result<(), StartError> {
        let LiveObjects { version, classes } = wanted;
        let whole = version.script();
        let script = Arc::new(with_objects(&whole, &classes));
        let plan = Plan {
            links: self.context.links(&script)?,
            settings: self.context.settings.clone(),
            number: self.context.settings.directory.number(),
            script,
            role: Role::Objects,
            lock: self.lock.clone(),
            entrypoints: Some(BTreeSet::new()),
            audience: self.callers.clone(),
        };
        let (host, started) = Host::start_or_retry(plan).await;
        self.running = Some(Running {
            host,
            script: whole,
            classes,
        });
        started
    }

    async fn end(&mut self, why: &str) {
        if let Some(running) = self.running.take() {
            self.callers.retreat(why, self.context.settings.stop_grace).await;
            running.host.stop(self.context.settings.stop_grace).await;
        }
    }

    /// Ends the process; its end is confirmed when it returns.
    pub(super) async fn stop(&mut self) {
        self.end("the server is stopping").await;
        self.lock = None;
    }

    /// The process that has the objects, or had them last.
    pub(super) fn process_id(&self) -> Option<u32> {
        self.running.as_ref().map(|running| running.host.process_id())
    }
}

/// The script with these objects and no others. A binding to what was its own and is no longer (it was given to another
/// Worker, or deleted, after the version was made) leads nowhere: its data must not be made anew here.
fn with_objects(script: &Script, classes: &[ObjectClass]) -> Script {
    let mut script = script.clone();
    script.object_classes = classes.to_vec();
    let key = script.name.clone();
    for binding in &mut script.objects {
        let is_own = binding.worker.as_ref().is_none_or(|worker| *worker == key);
        if is_own && !classes.contains(&binding.class()) {
            binding.worker = Some(format!("that has the objects of {}", binding.class_name));
        }
    }
    script
}

impl Callers {
    fn lose(&self) {
        if let Some(callee) = self.callee.lock().take() {
            self.context.settings.network.lose(&self.context.key, &callee);
        }
    }
}

impl Drop for Callers {
    fn drop(&mut self) {
        self.lose();
    }
}

#[async_trait]
impl Audience for Callers {
    fn serving(&self, sockets: &HostSockets) {
        let doors = [(Target::Objects, sockets.door.clone())].into();
        let callee = Callee::new(doors);
        let network = &self.context.settings.network;
        network.serve(&self.context.key, &[Part::Objects], &callee);
        *self.callee.lock() = Some(callee);
    }

    fn absent(&self, _: &str) {
        self.lose();
    }

    async fn retreat(&self, _: &str, patience: Duration) {
        let callee = self.callee.lock().clone();
        if let Some(callee) = callee {
            self.context.settings.network.leave(&self.context.key, &callee);
            callee.finished(patience).await;
        }
        self.lose();
    }
}
