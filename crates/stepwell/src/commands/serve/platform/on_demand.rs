//! A version's code, read when its first instance runs.

use super::{Inner, script::key};
use std::sync::{Arc, OnceLock, Weak};
use stepwell_engine::runtime::{LostCause, RunEvent, RunHandle, RunSink, RunStart, Runtime, ToSocket};
use stepwell_runtime::Version;
use tokio::sync::mpsc::UnboundedReceiver;

/// Runs instances on a version that need not be in memory, nor be known yet: at the start of the server, a Workflow may
/// have instances on a Worker that is looked at later.
#[derive(Clone)]
pub(super) struct OnDemand {
    shared: Arc<Shared>,
}

struct Shared {
    machine: Weak<Inner>,
    account: String,
    script: String,
    version_id: String,
    loaded: OnceLock<Arc<Version>>,
    runtime: tokio::runtime::Handle,
}

impl OnDemand {
    /// The version `version_id` of a Worker.
    pub(super) fn new(machine: &Arc<Inner>, account: &str, script: &str, version_id: &str) -> Self {
        Self {
            shared: Arc::new(Shared {
                machine: Arc::downgrade(machine),
                account: account.to_owned(),
                script: script.to_owned(),
                version_id: version_id.to_owned(),
                loaded: OnceLock::new(),
                runtime: tokio::runtime::Handle::current(),
            }),
        }
    }
}

impl Shared {
    async fn version(&self) -> Result<Arc<Version>, String> {
        let machine = self.machine.upgrade().ok_or("the server is stopping")?;
        let name = key(&self.account, &self.script);
        let worker = machine.workers.get(&name);
        let worker = worker.ok_or_else(|| format!("the Worker {name} is not there"))?;
        let version = worker
            .load(&machine, &worker.state(), &self.version_id)
            .await
            .map_err(|error| format!("{error:#}"))?;
        Ok(self.loaded.get_or_init(|| version.version.clone()).clone())
    }
}

impl Runtime for OnDemand {
    fn start(&self, start: RunStart, sink: Arc<dyn RunSink>) -> RunHandle {
        if let Some(version) = self.shared.loaded.get() {
            return version.start(start, sink);
        }
        let (handle, orders) = RunHandle::channel();
        let shared = self.shared.clone();
        self.shared.runtime.spawn(async move {
            let (number, run) = (start.number, start.run);
            match shared.version().await {
                Ok(version) => pass_on(orders, &version.start(start, sink)).await,
                Err(reason) => {
                    let lost = LostCause::CouldNotStart { reason };
                    sink.run_event(number, run, RunEvent::Lost(lost));
                }
            }
        });
        handle
    }
}

/// Until the engine lets go of the run.
async fn pass_on(mut orders: UnboundedReceiver<ToSocket>, run: &RunHandle) {
    while let Some(order) = orders.recv().await {
        match order {
            ToSocket::Message(message) => run.send(message),
            ToSocket::Value { position, value } => run.value(position, value),
        }
    }
}
