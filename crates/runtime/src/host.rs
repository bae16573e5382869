//! The host process of a version, kept alive: `fetch` and Durable Objects.

use crate::config::host::{HostSockets, Role, config};
use crate::inspector::Role as Listing;
use crate::logs::Feed;
use crate::network::{Entrypoint, Links, Wishes};
use crate::object_lock::ObjectLock;
use crate::process::{Exit, Kind, Process, Spec, StartError};
use crate::script::Script;
use crate::settings::Settings;
use crate::watchdog::{Health, watch};
use async_trait::async_trait;
use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;
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

/// Who is told what becomes of a host process.
#[async_trait]
pub(crate) trait Audience: std::fmt::Debug + Send + Sync + 'static {
    /// It listens.
    fn serving(&self, sockets: &HostSockets);

    /// There is none for the moment.
    fn absent(&self, why: &str);

    /// It takes nothing new any more. Returns when it has finished what others asked of it, but not later than after
    /// `patience`; what has not ended then is cut off: a process does not end while one is connected.
    async fn retreat(&self, why: &str, patience: Duration);
}

/// A host process with the task that replaces it when it dies.
#[derive(Debug)]
pub(crate) struct Host {
    /// What requests in flight may take until the process has to end.
    stop: mpsc::Sender<Duration>,
    process_id: Arc<AtomicU32>,
    sockets: HostSockets,
    supervisor: tokio::task::JoinHandle<()>,
}

/// What a host process is started from.
pub(crate) struct Plan {
    pub(crate) settings: Arc<Settings>,
    pub(crate) script: Arc<Script>,
    /// The number that its sockets have.
    pub(crate) number: u64,
    pub(crate) role: Role,
    pub(crate) links: Arc<Links>,
    /// The lock on its objects' data.
    pub(crate) lock: Option<Arc<ObjectLock>>,
    /// The entrypoints that it serves; with `None`, all that are called, and it is restarted when there are more.
    pub(crate) entrypoints: Option<BTreeSet<Entrypoint>>,
    pub(crate) audience: Arc<dyn Audience>,
}

/// The door socket for the host with this number.
pub(crate) fn door(settings: &Settings, number: u64) -> PathBuf {
    HostSockets::new(&settings.directory, number).door
}

impl Host {
    /// Starts a host process.
    ///
    /// # Errors
    /// [`StartError`] of the first start. Later deaths are repaired and logged.
    pub(crate) async fn start(plan: Plan) -> Result<Self, StartError> {
        let mut supervised = Supervised::new(plan);
        let process = supervised.spawn().await?;
        Ok(supervised.keep(Some(process)))
    }

    /// As [`Host::start`], but if the first start fails, it is tried until it works.
    pub(crate) async fn start_or_retry(plan: Plan) -> (Self, Result<(), StartError>) {
        let mut supervised = Supervised::new(plan);
        match supervised.spawn().await {
            Ok(process) => (supervised.keep(Some(process)), Ok(())),
            Err(error) => {
                supervised.plan.audience.absent(&error.to_string());
                (supervised.keep(None), Err(error))
            }
        }
    }

    /// The id of the process that serves, or served last.
    pub(crate) fn process_id(&self) -> u32 {
        self.process_id.load(Ordering::Relaxed)
    }

    /// Its sockets.
    pub(crate) fn sockets(&self) -> &HostSockets {
        &self.sockets
    }

    /// Ends the process, with `grace` for requests in flight; returns when its end is confirmed.
    pub(crate) async fn stop(mut self, grace: Duration) {
        let _ = self.stop.send(grace).await;
        let _ = (&mut self.supervisor).await;
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // The process is killed when the task that has it is gone.
        self.supervisor.abort();
    }
}

/// A host process and what it takes to start it again.
struct Supervised {
    plan: Plan,
    sockets: HostSockets,
    wishes: Wishes,
    process_id: Arc<AtomicU32>,
    /// Once it could listen.
    feed: Option<Feed>,
}

impl Drop for Supervised {
    fn drop(&mut self) {
        self.remove_sockets();
    }
}

impl Supervised {
    fn new(plan: Plan) -> Self {
        Self {
            sockets: HostSockets::new(&plan.settings.directory, plan.number),
            wishes: plan.settings.network.wishes(&plan.script.name),
            process_id: Arc::default(),
            feed: None,
            plan,
        }
    }

    fn keep(self, process: Option<Process>) -> Host {
        let (stop, stopped) = mpsc::channel(1);
        Host {
            stop,
            process_id: self.process_id.clone(),
            sockets: self.sockets.clone(),
            supervisor: tokio::spawn(self.supervise(process, stopped)),
        }
    }

    fn remove_sockets(&self) {
        for socket in self.sockets.all() {
            let _ = std::fs::remove_file(socket);
        }
    }

    async fn spawn(&mut self) -> Result<Process, StartError> {
        // workerd leaves its sockets behind and does not start where one is.
        self.remove_sockets();
        let Plan {
            settings,
            script,
            role,
            ..
        } = &self.plan;
        if self.feed.is_none() {
            let feed = Feed::listen(self.sockets.tail.clone(), script, settings.logs.clone());
            self.feed = Some(feed.map_err(|error| StartError::io("the socket for logs", error))?);
        }
        let wishes = self.plan.entrypoints.clone().unwrap_or_else(|| self.wishes.now());
        self.sockets.call(&settings.directory, self.plan.number, wishes);
        let lock = self.plan.lock.as_ref().map(|lock| lock.share()).transpose();
        let kind = match role {
            Role::Whole => "host",
            Role::Front(_) | Role::Trial(_) => "front",
            Role::Objects => "object host",
        };
        let spec = Spec {
            label: format!("{kind} of {}", script.label()),
            worker: script.shown_name().to_owned(),
            key: script.name.clone(),
            stacks: script.stacks.clone(),
            config: config(
                script,
                role,
                &self.sockets,
                &self.plan.links,
                &settings.engine_socket,
            ),
            heap_mb: script.limits.heap_mb,
            inherit: lock
                .map_err(|e| StartError::io("the object lock", e))?
                .into_iter()
                .collect(),
            inspected: settings.inspectors.clone().map(|list| (list, Listing::Host)),
            start_cpu: settings.start_cpu,
            memory_mb: None,
        };
        let process = Process::start(&settings.workerd, &settings.directory, spec).await?;
        settings.meters.follow(Kind::Host, process.end());
        self.process_id.store(process.pid(), Ordering::Relaxed);
        if let Some(feed) = &self.feed {
            feed.started();
        }
        self.plan.audience.serving(&self.sockets);
        Ok(process)
    }

    async fn supervise(mut self, mut process: Option<Process>, mut stop: mpsc::Receiver<Duration>) {
        let mut pause = Duration::ZERO;
        loop {
            if let Some(process) = process.take() {
                let since = Instant::now();
                match self.watch(&process, &mut stop).await {
                    Some(exit) => self
                        .plan
                        .audience
                        .absent(&format!("it is being restarted: {exit}")),
                    None => return,
                }
                if since.elapsed() > STABLE {
                    pause = Duration::ZERO;
                }
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = stop.recv() => return,
            }
            pause = (pause * 2).clamp(Duration::from_millis(100), LONGEST_PAUSE);
            match self.spawn().await {
                Ok(started) => process = Some(started),
                Err(error) => {
                    tracing::error!("cannot restart the host process: {error}");
                    self.plan.audience.absent(&error.to_string());
                }
            }
        }
    }

    /// Waits until the process has ended, by itself or because it must be replaced; nothing if it was to stop.
    async fn watch(&mut self, process: &Process, stop: &mut mpsc::Receiver<Duration>) -> Option<Exit> {
        let health = Health::default();
        let settings = self.plan.settings.clone();
        let watchdog = watch(
            process.clone(),
            self.sockets.ping.clone(),
            self.plan.script.limits,
            settings.watchdog,
            &health,
            || {},
        );
        let served = self.sockets.entrypoints.keys().cloned().collect();
        let follows = self.plan.entrypoints.is_none();
        tokio::select! {
            killed = watchdog => if killed {
                settings.meters.killed(Kind::Host);
            },
            () = self.wishes.more_than(&served), if follows => {
                let why = "it is being restarted: another Worker calls a further entrypoint of it";
                self.plan.audience.retreat(why, settings.stop_grace).await;
                process.stop(settings.stop_grace, "another Worker calls a further entrypoint").await;
            }
            grace = stop.recv() => {
                process.stop(grace.unwrap_or_default(), "it is no longer needed").await;
                return None;
            }
        }
        Some(process.exited().await)
    }
}
