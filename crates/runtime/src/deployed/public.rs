//! A front as others know it: the ingress, the engine and other Workers.

use super::Context;
use crate::config::host::HostSockets;
use crate::host::{Audience, HostState};
use crate::network::{Callee, Part};
use async_trait::async_trait;
use parking_lot::Mutex;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::watch;

/// What the processes of a front, one after the other, share.
#[derive(Debug)]
pub(super) struct Shared {
    context: Arc<Context>,
    pub(super) state: watch::Sender<HostState>,
    pub(super) events: watch::Sender<Option<Arc<Path>>>,
    current: Mutex<Current>,
}

#[derive(Debug, Default)]
struct Current {
    /// What is known of the process that serves.
    public: Option<Arc<Public>>,
    /// The version is live.
    live: bool,
    /// Somebody has asked for it before it was live.
    wanted: bool,
    /// Other Workers call this version.
    called: bool,
    has_fetch: bool,
}

/// One process, as others know it. They do once it is the current one.
#[derive(Debug)]
pub(super) struct Public {
    context: Arc<Context>,
    shared: Weak<Shared>,
    listens: Mutex<Option<Listens>>,
}

#[derive(Debug, Clone)]
struct Listens {
    fetch: PathBuf,
    events: PathBuf,
    callee: Arc<Callee>,
}

impl Shared {
    /// Of a front that does not run.
    pub(super) fn new(context: Arc<Context>) -> Arc<Self> {
        let why = "it is not running".into();
        Arc::new(Self {
            context,
            state: watch::Sender::new(HostState::Absent { why }),
            events: watch::Sender::new(None),
            current: Mutex::default(),
        })
    }

    /// Notes that somebody asks for it. Says whether it may run: if its version is not live, it is remembered.
    pub(super) fn want(&self) -> bool {
        let mut current = self.current.lock();
        current.wanted = !current.live;
        current.live
    }

    /// Notes whether the version is live. Says whether somebody has asked for it before.
    pub(super) fn live(&self, live: bool) -> bool {
        let mut current = self.current.lock();
        current.live = live;
        std::mem::take(&mut current.wanted)
    }

    /// Notes whether other Workers call this version.
    pub(super) fn call(&self, called: bool) {
        let mut current = self.current.lock();
        current.called = called;
        let Some(listens) = current.public.as_ref().and_then(|public| public.listens()) else {
            return;
        };
        let (network, key) = (&self.context.settings.network, &self.context.key);
        if called {
            network.serve(key, &[Part::Entrypoints], &listens.callee);
        } else {
            network.leave(key, &listens.callee);
        }
    }

    /// From now on `public` is the process that serves.
    pub(super) fn adopt(&self, public: &Arc<Public>, has_fetch: bool) {
        let mut current = self.current.lock();
        current.public = Some(public.clone());
        current.has_fetch = has_fetch;
        if let Some(listens) = public.listens() {
            self.publish(&current, &listens);
        }
    }

    fn publish(&self, current: &Current, listens: &Listens) {
        if current.called {
            let network = &self.context.settings.network;
            network.serve(&self.context.key, &[Part::Entrypoints], &listens.callee);
        }
        self.events.send_replace(Some(listens.events.as_path().into()));
        self.state.send_replace(if current.has_fetch {
            HostState::Serving(listens.fetch.as_path().into())
        } else {
            HostState::NoFetchHandler
        });
    }

    /// `public` is to take nothing new.
    pub(super) fn leave(&self, public: &Arc<Public>) {
        let mut current = self.current.lock();
        if current
            .public
            .as_ref()
            .is_some_and(|now| Arc::ptr_eq(now, public))
        {
            current.public = None;
            self.absent("it is no longer live");
        }
    }

    /// There is no process for the moment.
    pub(super) fn absent(&self, why: &str) {
        self.events.send_replace(None);
        self.state.send_replace(HostState::Absent { why: why.into() });
    }
}

impl Public {
    /// A process that does not listen yet.
    pub(super) fn new(shared: &Arc<Shared>) -> Arc<Self> {
        Arc::new(Self {
            context: shared.context.clone(),
            shared: Arc::downgrade(shared),
            listens: Mutex::default(),
        })
    }

    fn listens(&self) -> Option<Listens> {
        self.listens.lock().clone()
    }

    /// Calls of other Workers go elsewhere from now on.
    pub(super) fn leave(&self) {
        if let Some(listens) = self.listens() {
            let Context { settings, key, .. } = &*self.context;
            settings.network.leave(key, &listens.callee);
        }
    }

    /// Waits for the end of what other Workers have called, but not longer than `patience`; then cuts it off.
    pub(super) async fn finish(&self, patience: Duration) {
        if let Some(listens) = self.listens() {
            listens.callee.finished(patience).await;
        }
        self.lose();
    }

    fn lose(&self) {
        let listens = self.listens.lock().take();
        if let Some(listens) = listens {
            let Context { settings, key, .. } = &*self.context;
            settings.network.lose(key, &listens.callee);
        }
    }

    /// Tells the others through `tell`, if this is the process that serves.
    fn if_current(&self, tell: impl FnOnce(&Shared, &Current)) {
        let Some(shared) = self.shared.upgrade() else {
            return;
        };
        let current = shared.current.lock();
        if current
            .public
            .as_ref()
            .is_some_and(|now| std::ptr::eq(Arc::as_ptr(now), self))
        {
            tell(&shared, &current);
        }
    }
}

impl Drop for Public {
    fn drop(&mut self) {
        self.lose();
    }
}

#[async_trait]
impl Audience for Public {
    fn serving(&self, sockets: &HostSockets) {
        let listens = Listens {
            fetch: sockets.fetch.clone(),
            events: sockets.events.clone(),
            callee: Callee::new(sockets.called()),
        };
        *self.listens.lock() = Some(listens.clone());
        self.if_current(|shared, current| shared.publish(current, &listens));
    }

    fn absent(&self, why: &str) {
        self.if_current(|shared, _| shared.absent(why));
        self.lose();
    }

    async fn retreat(&self, why: &str, patience: Duration) {
        self.if_current(|shared, _| shared.absent(why));
        self.leave();
        self.finish(patience).await;
    }
}
