//! The host process of a version, kept alive: `fetch` and Durable Objects.

use crate::config::host::{HostSockets, config};
use crate::inspector::Role;
use crate::network::{Links, Network, Sockets, Target, Wishes};
use crate::object_lock::ObjectLock;
use crate::process::{Process, Spec, StartError};
use crate::script::Script;
use crate::settings::Settings;
use crate::watchdog::{Health, watch};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

/// Where the Worker's `fetch` is, for the ingress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostState {
    /// It listens on this unix socket.
    Serving(Arc<Path>),
    /// The Worker's default export is missing or has no `fetch`; the runtime would send such requests to the internet.
    NoFetchHandler,
    /// It will listen again soon.
    Absent {
        /// Why not now, for people.
        why: Arc<str>,
    },
}

impl fmt::Display for HostState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serving(_) => f.write_str("it serves"),
            Self::NoFetchHandler => f.write_str("it serves, without a fetch handler"),
            Self::Absent { why } => f.write_str(why),
        }
    }
}

/// The longest pause before a host that keeps dying is started again.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A host that lived this long is no longer one that keeps dying.
const STABLE: Duration = Duration::from_secs(30);

/// A host process with the task that replaces it when it dies.
#[derive(Debug)]
pub(crate) struct Host {
    stop: mpsc::Sender<()>,
    process_id: Arc<AtomicU32>,
    supervisor: tokio::task::JoinHandle<()>,
}

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
        }
    }

    /// Says that the host listens.
    fn serving(&self, sockets: &HostSockets) {
        self.events.send_replace(Some(sockets.events.as_path().into()));
        let entrypoints = sockets.entrypoints.iter();
        let mut called: Sockets = entrypoints
            .map(|(entrypoint, path)| (Target::Entrypoint(entrypoint.clone()), path.clone()))
            .collect();
        called.insert(Target::Objects, sockets.door.clone());
        self.network.serving(&self.worker, called);
        self.state
            .send_replace(if self.has_fetch.load(Ordering::Relaxed) {
                HostState::Serving(sockets.fetch.as_path().into())
            } else {
                HostState::NoFetchHandler
            });
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

    /// Says that there is no host for the moment.
    pub(crate) fn absent(&self, why: impl Into<Arc<str>>) {
        self.leaving(why);
        self.network.absent(&self.worker);
    }

    /// Says that the host takes nothing new.
    pub(crate) fn leaving(&self, why: impl Into<Arc<str>>) {
        self.events.send_replace(None);
        self.state.send_replace(HostState::Absent { why: why.into() });
    }

    /// Waits until the host has finished what other Workers asked of it, but not longer than `patience`; then cuts them
    /// off: a process does not end while one is connected.
    pub(crate) async fn drain(&self, patience: Duration) {
        self.network.drain(&self.worker, patience).await;
        self.network.absent(&self.worker);
    }
}

/// What a host process is started from.
struct Plan {
    settings: Arc<Settings>,
    script: Arc<Script>,
    number: u64,
    sockets: HostSockets,
    links: Arc<Links>,
    wishes: Wishes,
    lock: Option<Arc<ObjectLock>>,
    shared: Arc<Shared>,
    process_id: Arc<AtomicU32>,
}

/// The door socket for the host with this number.
pub(crate) fn door(settings: &Settings, number: u64) -> PathBuf {
    settings.directory.path(&format!("h{number}.door"))
}

impl Host {
    /// Starts the host process of `script`; `number` must be the one that its run processes got their door with.
    ///
    /// # Errors
    /// [`StartError`] of the first start. Later deaths are repaired and logged.
    pub(crate) async fn start(
        settings: Arc<Settings>,
        script: Arc<Script>,
        number: u64,
        links: Arc<Links>,
        lock: Option<Arc<ObjectLock>>,
        shared: Arc<Shared>,
    ) -> Result<Self, StartError> {
        let sockets = HostSockets {
            fetch: settings.directory.path(&format!("h{number}.fetch")),
            events: settings.directory.path(&format!("h{number}.events")),
            door: door(&settings, number),
            ping: settings.directory.path(&format!("h{number}.ping")),
            entrypoints: BTreeMap::new(),
        };
        let mut plan = Plan {
            wishes: settings.network.wishes(&script.name),
            settings,
            script,
            number,
            sockets,
            links,
            lock,
            shared,
            process_id: Arc::default(),
        };
        let process_id = plan.process_id.clone();
        let process = plan.spawn().await?;
        let (stop, stopped) = mpsc::channel(1);
        let supervisor = tokio::spawn(plan.supervise(process, stopped));
        Ok(Self {
            stop,
            process_id,
            supervisor,
        })
    }

    /// The id of the process that serves, or served last.
    pub(crate) fn process_id(&self) -> u32 {
        self.process_id.load(Ordering::Relaxed)
    }

    /// Ends the process; returns when its end is confirmed.
    pub(crate) async fn stop(mut self) {
        let _ = self.stop.send(()).await;
        let _ = (&mut self.supervisor).await;
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // The process is killed when the task that has it is gone.
        self.supervisor.abort();
    }
}

impl Drop for Plan {
    fn drop(&mut self) {
        self.remove_sockets();
    }
}

impl Plan {
    fn remove_sockets(&self) {
        let HostSockets {
            fetch,
            events,
            door,
            ping,
            entrypoints,
        } = &self.sockets;
        for socket in [fetch, events, door, ping]
            .into_iter()
            .chain(entrypoints.values())
        {
            let _ = std::fs::remove_file(socket);
        }
    }

    async fn spawn(&mut self) -> Result<Process, StartError> {
        // workerd leaves its sockets behind and does not start where one is.
        self.remove_sockets();
        let path = |index| {
            self.settings
                .directory
                .path(&format!("h{}.e{index}", self.number))
        };
        let wishes = self.wishes.now().into_iter().enumerate();
        self.sockets.entrypoints = wishes.map(|(index, wish)| (wish, path(index))).collect();
        let lock = self.lock.as_ref().map(|lock| lock.share()).transpose();
        let spec = Spec {
            label: format!("host of {}", self.script.label()),
            worker: self.script.name.clone(),
            config: config(
                &self.script,
                &self.sockets,
                &self.links,
                &self.settings.engine_socket,
            ),
            heap_mb: self.script.limits.heap_mb,
            inherit: lock
                .map_err(|e| StartError::io("the object lock", e))?
                .into_iter()
                .collect(),
            inspected: self.settings.inspectors.clone().map(|list| (list, Role::Host)),
            start_cpu: self.settings.start_cpu,
        };
        let process = Process::start(&self.settings.workerd, &self.settings.directory, spec).await?;
        self.process_id.store(process.pid(), Ordering::Relaxed);
        self.shared.serving(&self.sockets);
        Ok(process)
    }

    async fn supervise(mut self, first: Process, mut stop: mpsc::Receiver<()>) {
        let mut process = first;
        let mut pause = Duration::ZERO;
        loop {
            let since = Instant::now();
            let health = Health::default();
            let watchdog = watch(
                process.clone(),
                self.sockets.ping.clone(),
                self.script.limits,
                self.settings.watchdog,
                &health,
                || {},
            );
            let served = self.sockets.entrypoints.keys().cloned().collect();
            tokio::select! {
                () = watchdog => {}
                () = self.wishes.more_than(&served) => {
                    self.shared.leaving("it is being restarted: another Worker calls a further entrypoint of it");
                    self.shared.drain(self.settings.stop_grace).await;
                    process.stop(self.settings.stop_grace, "another Worker calls a further entrypoint").await;
                }
                _ = stop.recv() => {
                    process.stop(self.settings.stop_grace, "it is no longer needed").await;
                    return;
                }
            }
            let exit = process.exited().await;
            self.shared.absent(format!("it is being restarted: {exit}"));
            if since.elapsed() > STABLE {
                pause = Duration::ZERO;
            }
            process = loop {
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    _ = stop.recv() => return,
                }
                pause = (pause * 2).clamp(Duration::from_millis(100), LONGEST_PAUSE);
                match self.spawn().await {
                    Ok(process) => break process,
                    Err(error) => {
                        tracing::error!("cannot restart the host process: {error}");
                        self.shared.absent(error.to_string());
                    }
                }
            };
        }
    }
}
