//! One run process: its sockets, its load, whether it answers.

use super::pool::Pool;
use crate::config::run::{RunSockets, config};
use crate::inspector::Role;
use crate::network::Links;
use crate::process::{Exit, Kind, Process, Spec, StartError};
use crate::script::Script;
use crate::settings::Settings;
use crate::validate::Exports;
use crate::watchdog::{Health, watch};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A run process. When the last reference is dropped, it is killed.
#[derive(Debug)]
pub(crate) struct RunProcess {
    process: Process,
    sockets: RunSockets,
    idle: Pool,
    health: Arc<Health>,
    runs: AtomicUsize,
}

impl RunProcess {
    /// Starts one, with its watchdog. `changed` is called when it ends and when its health changes.
    ///
    /// # Errors
    /// [`StartError`]; nothing is left running then.
    pub(crate) async fn start(
        settings: &Settings,
        script: &Script,
        door: &Path,
        links: &Links,
        kind: &str,
        changed: impl Fn() + Send + Sync + 'static,
    ) -> Result<Arc<Self>, StartError> {
        let number = settings.directory.number();
        let path = |name: &str| settings.directory.path(&format!("r{number}.{name}"));
        let sockets = RunSockets {
            run: path("run"),
            inspect: path("inspect"),
            ping: path("ping"),
        };
        let spec = Spec {
            label: format!("{kind} {number} of {}", script.label()),
            worker: script.shown_name().to_owned(),
            key: script.name.clone(),
            stacks: script.stacks.clone(),
            config: config(script, &sockets, door, links, &settings.engine_socket),
            heap_mb: script.limits.heap_mb,
            inherit: Vec::new(),
            inspected: settings.inspectors.clone().map(|list| (list, Role::Run)),
            start_cpu: settings.start_cpu,
            memory_mb: None,
        };
        let process = Process::start(&settings.workerd, &settings.directory, spec).await?;
        settings.meters.follow(Kind::Run, process.end());
        let health = Arc::new(Health::default());
        let this = Arc::new(Self {
            process: process.clone(),
            sockets,
            idle: Pool::default(),
            health: health.clone(),
            runs: AtomicUsize::new(0),
        });
        let (ping, limits, times) = (this.sockets.ping.clone(), script.limits, settings.watchdog);
        let meters = Arc::clone(&settings.meters);
        // The watchdog's clone would keep the process alive; `Drop` below ends it.
        tokio::spawn(async move {
            if watch(process, ping, limits, times, &health, &changed).await {
                meters.killed(Kind::Run);
            }
            changed();
        });
        Ok(this)
    }

    /// The socket of the run channel.
    pub(crate) fn run_socket(&self) -> &Path {
        &self.sockets.run
    }

    /// Its idle sockets.
    pub(super) fn sockets(&self) -> &Pool {
        &self.idle
    }

    /// What the user's module exports.
    pub(crate) async fn exports(&self) -> std::io::Result<Exports> {
        Exports::ask(&self.sockets.inspect).await
    }

    /// Whether new runs may go to it.
    pub(crate) fn is_good(&self) -> bool {
        self.health.is_good() && self.process.exit().is_none()
    }

    /// Whether it has not ended.
    pub(crate) fn is_alive(&self) -> bool {
        self.process.exit().is_none()
    }

    /// How many runs it has.
    pub(crate) fn load(&self) -> usize {
        self.runs.load(Ordering::Relaxed)
    }

    /// Counts a run until the ticket is dropped.
    pub(crate) fn ticket(self: &Arc<Self>) -> Ticket {
        self.runs.fetch_add(1, Ordering::Relaxed);
        Ticket(self.clone())
    }

    /// Waits for its end.
    pub(crate) async fn exited(&self) -> Exit {
        self.process.exited().await
    }

    /// Kills it without waiting for its end.
    pub(crate) fn order_kill(&self, reason: &str) {
        self.process.order_kill(reason);
    }

    /// Kills it; returns when its end is confirmed.
    pub(crate) async fn kill(&self, reason: &str) {
        self.process.kill(reason).await;
    }

    /// The name in logs.
    pub(crate) fn label(&self) -> &str {
        self.process.label()
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.process.pid()
    }
}

impl Drop for RunProcess {
    fn drop(&mut self) {
        self.process.order_kill("nothing uses it any more");
        for socket in [&self.sockets.run, &self.sockets.inspect, &self.sockets.ping] {
            let _ = std::fs::remove_file(socket);
        }
    }
}

/// A run's place in a process.
#[derive(Debug)]
pub(crate) struct Ticket(Arc<RunProcess>);

impl Ticket {
    /// The process.
    pub(crate) fn process(&self) -> &Arc<RunProcess> {
        &self.0
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.0.runs.fetch_sub(1, Ordering::Relaxed);
    }
}
