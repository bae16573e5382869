//! The run processes of one version of one script, as the engine sees them: a [`Runtime`].

mod execute;
mod pool;
mod processes;
mod run_process;

use crate::logs::Logs;
use crate::network::Links;
use crate::process::StartError;
use crate::script::Script;
use crate::settings::Settings;
use crate::validate::Exports;
use processes::{Plan, Processes};
use std::path::PathBuf;
use std::sync::Arc;
use stepwell_engine::runtime::{LostCause, RunEvent, RunHandle, RunSink, RunStart, Runtime, ToSocket};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::{Semaphore, watch};

/// The run processes of one version of one script.
#[derive(Debug)]
pub struct Fleet {
    shared: Arc<Shared>,
    exports: Exports,
    runtime: tokio::runtime::Handle,
}

#[derive(Debug)]
struct Shared {
    processes: Arc<Processes>,
    idle_sockets: usize,
    logs: Logs,
    phase: watch::Sender<Phase>,
    /// Places for runs that are alone in a process.
    alone: Semaphore,
}

/// A fleet's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Runs wait: the version's host process is not there yet.
    Waiting,
    /// Runs run.
    Open,
    /// All runs are let go of.
    Released,
}

impl Fleet {
    /// Starts the run processes and has `check` look at what the module exports. Runs wait until [`Fleet::open`].
    pub(crate) async fn start(
        settings: Arc<Settings>,
        script: Arc<Script>,
        door: PathBuf,
        links: Arc<Links>,
        check: fn(&Exports, &Script) -> Result<(), StartError>,
    ) -> Result<Self, StartError> {
        let alone = Semaphore::new(settings.alone_processes.max(1));
        let idle_sockets = settings.idle_sockets;
        let logs =
            Logs::new(&script.name, script.version, settings.logs.clone()).mapped_by(script.stacks.clone());
        let processes = Processes::start(Plan {
            settings,
            script: script.clone(),
            door,
            links,
        })
        .await?;
        let checked = match processes.any() {
            Some(process) => process.exports().await,
            None => Err(std::io::Error::other("the process has ended")),
        };
        let exports = match checked {
            Ok(exports) => exports,
            Err(error) => {
                processes.close("its exports could not be read").await;
                return Err(StartError::io("the list of exports", error));
            }
        };
        if let Err(error) = check(&exports, &script) {
            processes.close("its exports are not what is configured").await;
            return Err(error);
        }
        Ok(Self {
            shared: Arc::new(Shared {
                processes,
                idle_sockets,
                logs,
                phase: watch::channel(Phase::Waiting).0,
                alone,
            }),
            exports,
            runtime: tokio::runtime::Handle::current(),
        })
    }

    /// What the module exports.
    pub fn exports(&self) -> &Exports {
        &self.exports
    }

    /// Process ids of the run processes, for diagnostics.
    pub fn process_ids(&self) -> Vec<u32> {
        self.shared
            .processes
            .all()
            .iter()
            .map(|process| process.pid())
            .collect()
    }

    /// The sockets of the run channel, one for each run process, for diagnostics.
    pub fn run_sockets(&self) -> Vec<PathBuf> {
        self.shared
            .processes
            .all()
            .iter()
            .map(|process| process.run_socket().to_owned())
            .collect()
    }

    /// Lets runs start.
    pub(crate) fn open(&self) {
        self.shared.phase.send_if_modified(|phase| {
            let waiting = *phase == Phase::Waiting;
            if waiting {
                *phase = Phase::Open;
            }
            waiting
        });
    }

    /// Lets go of all runs, which get `Lost(Released)`, and ends the processes. Returns when their end is confirmed.
    pub async fn release(&self) {
        self.shared.phase.send_replace(Phase::Released);
        self.shared.processes.close("the version is no longer used").await;
    }
}

impl Fleet {
    /// Runs `start`. Returns why it was lost, or nothing if it ended or the engine let go of it.
    pub(crate) fn run(
        &self,
        start: RunStart,
        sink: &Arc<dyn RunSink>,
        orders: UnboundedReceiver<ToSocket>,
    ) -> impl Future<Output = Option<LostCause>> + Send + use<> {
        let (shared, sink) = (self.shared.clone(), sink.clone());
        async move {
            let mut phase = shared.phase.subscribe();
            tokio::select! {
                biased;
                _ = phase.wait_for(|phase| *phase == Phase::Released) => Some(LostCause::Released),
                lost = execute::execute(&shared, start, &sink, orders) => lost,
            }
        }
    }
}

impl Runtime for Fleet {
    fn start(&self, start: RunStart, sink: Arc<dyn RunSink>) -> RunHandle {
        let (handle, orders) = RunHandle::channel();
        let (number, run) = (start.number, start.run);
        let running = self.run(start, &sink, orders);
        self.runtime.spawn(async move {
            if let Some(cause) = running.await {
                sink.run_event(number, run, RunEvent::Lost(cause));
            }
        });
        handle
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.shared.phase.send_replace(Phase::Released);
        self.shared.processes.abandon();
    }
}
