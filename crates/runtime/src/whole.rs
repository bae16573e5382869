//! A host process that has all of a Worker, as the others know it: the ingress, the engine and other Workers.

use crate::config::host::HostSockets;
use crate::host::{Audience, HostState};
use crate::network::{Callee, Network, Part, Target};
use async_trait::async_trait;
use parking_lot::Mutex;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::watch;

/// What the hosts of a Worker's versions, one after the other, share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// The Worker's name.
    worker: String,
    network: Arc<Network>,
    /// For the ingress.
    pub(crate) state: watch::Sender<HostState>,
    /// Where the engine brings events, while a process serves.
    pub(crate) events: watch::Sender<Option<Arc<Path>>>,
    /// Whether the version has a `fetch` handler; true until it is known.
    pub(crate) has_fetch: AtomicBool,
    /// The process, as other Workers know it.
    callee: Mutex<Option<Arc<Callee>>>,
}

impl Shared {
    /// What is shared while there is no host yet.
    pub(crate) fn starting(worker: &str, network: &Arc<Network>) -> Self {
        let why = "it is starting".into();
        Self {
            worker: worker.to_owned(),
            network: network.clone(),
            state: watch::channel(HostState::Absent { why }).0,
            events: watch::channel(None).0,
            has_fetch: AtomicBool::new(true),
            callee: Mutex::default(),
        }
    }

    /// Notes what the version's exports say.
    pub(crate) fn learn(&self, has_fetch: bool) {
        self.has_fetch.store(has_fetch, Ordering::Relaxed);
        self.state.send_if_modified(|state| {
            let wrong = !has_fetch && matches!(state, HostState::Serving(_));
            if wrong {
                *state = HostState::NoFetchHandler;
            }
            wrong
        });
    }

    /// Says that the host takes nothing new.
    pub(crate) fn leaving(&self, why: &str) {
        self.events.send_replace(None);
        self.state.send_replace(HostState::Absent { why: why.into() });
    }

    fn lose(&self) {
        if let Some(callee) = self.callee.lock().take() {
            self.network.lose(&self.worker, &callee);
        }
    }
}

#[async_trait]
impl Audience for Shared {
    fn serving(&self, sockets: &HostSockets) {
        self.events.send_replace(Some(sockets.events.as_path().into()));
        let mut doors = sockets.called();
        doors.insert(Target::Objects, sockets.door.clone());
        let callee = Callee::new(doors);
        self.network.serve(&self.worker, Part::ALL, &callee);
        *self.callee.lock() = Some(callee);
        self.state
            .send_replace(if self.has_fetch.load(Ordering::Relaxed) {
                HostState::Serving(sockets.fetch.as_path().into())
            } else {
                HostState::NoFetchHandler
            });
    }

    fn absent(&self, why: &str) {
        self.leaving(why);
        self.lose();
    }

    async fn retreat(&self, why: &str, patience: Duration) {
        self.leaving(why);
        let callee = self.callee.lock().clone();
        if let Some(callee) = callee {
            self.network.leave(&self.worker, &callee);
            callee.finished(patience).await;
        }
        self.lose();
    }
}
