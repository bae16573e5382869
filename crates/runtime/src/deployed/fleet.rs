//! The run processes of a version: there while it has runs, and a while longer.

use super::Context;
use super::version::Current;
use crate::fleet::Fleet;
use crate::process::StartError;
use crate::validate::Exports;
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use stepwell_engine::runtime::{LostCause, RunSink, RunStart, ToSocket};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::{Mutex, watch};
use tokio::time::Instant;

/// A fleet that comes with the first run.
#[derive(Debug)]
pub(super) struct LazyFleet {
    context: Arc<Context>,
    script: Arc<Current>,
    started: Mutex<Started>,
    /// Runs that use it or wait for it.
    runs: watch::Sender<usize>,
    released: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct Started {
    fleet: Option<Arc<Fleet>>,
    /// When the last start failed, and why.
    failure: Option<(Instant, String)>,
}

/// A run that is counted.
struct Counted<'a>(&'a watch::Sender<usize>);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|runs| *runs -= 1);
    }
}

impl LazyFleet {
    pub(super) fn new(context: Arc<Context>, script: Arc<Current>) -> Arc<Self> {
        Arc::new(Self {
            context,
            script,
            started: Mutex::default(),
            runs: watch::Sender::new(0),
            released: watch::Sender::new(false),
        })
    }

    /// Runs `start`. Returns why it was lost, or nothing if it ended or the engine let go of it.
    pub(super) async fn run(
        self: &Arc<Self>,
        start: RunStart,
        sink: &Arc<dyn RunSink>,
        orders: UnboundedReceiver<ToSocket>,
    ) -> Option<LostCause> {
        // Before the fleet is looked at: it is not stopped while somebody is counted.
        self.runs.send_modify(|runs| *runs += 1);
        let _counted = Counted(&self.runs);
        let mut released = self.released.subscribe();
        let fleet = tokio::select! {
            biased;
            _ = released.wait_for(|released| *released) => return Some(LostCause::Released),
            fleet = self.fleet() => fleet,
        };
        match fleet {
            Ok(fleet) => fleet.run(start, sink, orders).await,
            Err(reason) => Some(LostCause::CouldNotStart { reason }),
        }
    }

    /// The fleet, if there is one at the moment.
    pub(super) async fn started(&self) -> Option<Arc<Fleet>> {
        self.started.lock().await.fleet.clone()
    }

    /// Lets go of all runs and ends the processes, for good. Returns when their end is confirmed.
    pub(super) async fn release(&self) {
        self.released.send_replace(true);
        if let Some(fleet) = self.started.lock().await.fleet.take() {
            fleet.release().await;
        }
    }

    /// Runs that begin from now on get other processes; those of the runs that go on end with the last of these.
    pub(super) async fn renew(&self) {
        drop(self.started.lock().await.fleet.take());
    }

    async fn fleet(self: &Arc<Self>) -> Result<Arc<Fleet>, String> {
        let asked = Instant::now();
        let mut started = self.started.lock().await;
        if let Some(fleet) = &started.fleet {
            return Ok(fleet.clone());
        }
        // All that waited for the same start share its failure.
        if let Some((at, why)) = &started.failure
            && *at >= asked
        {
            return Err(why.clone());
        }
        match self.start().await {
            Ok(fleet) => {
                let fleet = Arc::new(fleet);
                fleet.open();
                started.fleet = Some(fleet.clone());
                tokio::spawn(stop_when_idle(
                    Arc::downgrade(self),
                    self.runs.subscribe(),
                    self.context.clone(),
                ));
                Ok(fleet)
            }
            Err(error) => {
                let why = error.to_string();
                started.failure = Some((Instant::now(), why.clone()));
                Err(why)
            }
        }
    }

    async fn start(&self) -> Result<Fleet, StartError> {
        let script = self.script.get();
        let door = if script.own_objects().is_empty() {
            PathBuf::new()
        } else {
            self.context.door()?
        };
        let links = self.context.links(&script)?;
        let settings = self.context.settings.clone();
        Fleet::start(settings, script, door, links, Exports::demand_workflows).await
    }

    /// Stops the fleet unless it has runs again. Returns whether it is stopped.
    async fn stop_if_idle(&self) -> bool {
        let mut started = self.started.lock().await;
        if *self.runs.borrow() > 0 {
            return false;
        }
        if let Some(fleet) = started.fleet.take() {
            fleet.release().await;
        }
        true
    }
}

async fn stop_when_idle(fleet: Weak<LazyFleet>, mut runs: watch::Receiver<usize>, context: Arc<Context>) {
    loop {
        if runs.wait_for(|runs| *runs == 0).await.is_err() {
            return;
        }
        let busy = runs.wait_for(|runs| *runs > 0);
        // What is borrowed must be given back before anything else is awaited.
        let waited = tokio::time::timeout(context.settings.fleet_idle, busy).await;
        let is_busy = waited.map(|changed| changed.is_ok());
        match is_busy {
            Ok(true) => {}
            Ok(false) => return,
            Err(_) => match fleet.upgrade() {
                Some(fleet) if !fleet.stop_if_idle().await => {}
                _ => return,
            },
        }
    }
}
