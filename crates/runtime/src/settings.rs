//! What all processes of a runtime share.

use crate::directory::SocketDirectory;
use crate::inspector::Inspectors;
use crate::logs::{Console, LogSink};
use crate::network::Network;
use crate::process::ProcessMeters;
use crate::watchdog::WatchdogTimes;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Settings of the runtime.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The workerd binary.
    pub workerd: PathBuf,
    /// Where sockets live.
    pub directory: Arc<SocketDirectory>,
    /// With it, processes can be debugged through [`serve_inspectors`](crate::serve_inspectors).
    pub inspectors: Option<Arc<Inspectors>>,
    /// The Workers that can call each other.
    pub network: Arc<Network>,
    /// The unix socket of the engine's binding endpoint.
    pub engine_socket: PathBuf,
    /// Who takes what user code logs.
    pub logs: Arc<dyn LogSink>,
    /// Run processes of a version.
    pub run_processes: usize,
    /// Runs in quarantine that may have a process of their own at once.
    pub alone_processes: usize,
    /// Idle sockets that are kept for each run process.
    pub idle_sockets: usize,
    /// The CPU time that a process may use until it is ready.
    pub start_cpu: Duration,
    /// How long requests in flight may take when the host process is replaced.
    pub stop_grace: Duration,
    /// How long the front of a version that is no longer live may take to finish what it has begun.
    pub front_drain: Duration,
    /// How long the run processes of a deployed version stay without a run.
    pub fleet_idle: Duration,
    /// Times of the watchdog.
    pub watchdog: WatchdogTimes,
    /// What the processes are counted in.
    pub meters: Arc<ProcessMeters>,
}

impl Settings {
    /// Settings with the defaults; the binding endpoint is expected at `directory.path("engine")`.
    pub fn new(workerd: PathBuf, directory: Arc<SocketDirectory>) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            engine_socket: directory.path("engine"),
            inspectors: None,
            logs: Arc::new(Console),
            network: Network::new(directory.clone()),
            workerd,
            directory,
            run_processes: (cores / 2).max(1),
            alone_processes: 2,
            idle_sockets: 512,
            start_cpu: Duration::from_secs(5),
            stop_grace: Duration::from_secs(2),
            front_drain: Duration::from_secs(15),
            fleet_idle: Duration::from_mins(3),
            watchdog: WatchdogTimes::default(),
            meters: Arc::default(),
        }
    }
}
