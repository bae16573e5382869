//! The run processes of a version: kept at their number, chosen by load.

use super::run_process::{RunProcess, Ticket};
use crate::network::Links;
use crate::process::StartError;
use crate::script::Script;
use crate::settings::Settings;
use parking_lot::Mutex;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// The longest pause before a process that keeps dying is started again.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A process that lived this long is no longer one that keeps dying.
const STABLE: Duration = Duration::from_secs(10);
/// How long a run waits for a process that answers.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long an extra process stays when it is not needed.
const EXTRA_STAYS: Duration = Duration::from_secs(5);

/// What the processes are started from.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) settings: Arc<Settings>,
    pub(super) script: Arc<Script>,
    pub(super) door: PathBuf,
    pub(super) links: Arc<Links>,
}

/// The run processes of a version.
#[derive(Debug)]
pub(super) struct Processes {
    plan: Plan,
    list: Mutex<Vec<Arc<RunProcess>>>,
    /// Counts changes of the list and of the processes' health.
    changed: Arc<watch::Sender<u64>>,
    closed: watch::Sender<bool>,
    extras: AtomicUsize,
    last_error: Mutex<Option<String>>,
}

impl Processes {
    /// Starts all of them.
    ///
    /// # Errors
    /// The first [`StartError`]; none is left running then.
    pub(super) async fn start(plan: Plan) -> Result<Arc<Self>, StartError> {
        let this = Arc::new(Self {
            plan,
            list: Mutex::default(),
            changed: Arc::new(watch::channel(0).0),
            closed: watch::channel(false).0,
            extras: AtomicUsize::new(0),
            last_error: Mutex::default(),
        });
        let starting: Vec<_> = (0..this.plan.settings.run_processes.max(1))
            .map(|_| {
                let this = this.clone();
                tokio::spawn(async move { this.spawn("run process").await })
            })
            .collect();
        let mut processes = Vec::new();
        let mut failure = None;
        for start in starting {
            match start.await {
                Ok(Ok(process)) => processes.push(process),
                Ok(Err(error)) => failure = failure.or(Some(error)),
                Err(panic) => {
                    failure = failure.or(Some(StartError::io("a process", std::io::Error::other(panic))));
                }
            }
        }
        if let Some(error) = failure {
            return Err(error);
        }
        this.list.lock().clone_from(&processes);
        for process in processes {
            tokio::spawn(this.clone().keep(process));
        }
        Ok(this)
    }

    /// One of them, to ask what the module exports.
    pub(super) fn any(&self) -> Option<Arc<RunProcess>> {
        self.list.lock().first().cloned()
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<Arc<RunProcess>> {
        self.list.lock().clone()
    }

    /// A process of its own for one run; it is not in the list.
    pub(super) async fn alone(&self) -> Result<Ticket, StartError> {
        Ok(self.spawn("quarantine").await?.ticket())
    }

    /// The process with the fewest runs of those that answer. Waits for one if there is none.
    ///
    /// # Errors
    /// Why there is still none after a minute.
    pub(super) async fn choose(self: &Arc<Self>) -> Result<Ticket, String> {
        let mut changed = self.changed.subscribe();
        let deadline = Instant::now() + PATIENCE;
        loop {
            changed.mark_unchanged();
            if let Some(ticket) = self.least_loaded() {
                return Ok(ticket);
            }
            self.start_extra();
            if tokio::time::timeout_at(deadline, changed.changed())
                .await
                .is_err()
            {
                let why = self.last_error.lock().clone();
                return Err(why.unwrap_or_else(|| "no run process answers".into()));
            }
        }
    }

    /// Kills all of them and starts no more. Returns when their end is confirmed.
    pub(super) async fn close(&self, reason: &str) {
        self.closed.send_replace(true);
        let processes = std::mem::take(&mut *self.list.lock());
        for process in &processes {
            process.order_kill(reason);
        }
        for process in processes {
            process.kill(reason).await;
        }
    }

    /// As [`Processes::close`], without waiting.
    pub(super) fn abandon(&self) {
        self.closed.send_replace(true);
        self.list.lock().clear();
    }

    fn least_loaded(&self) -> Option<Ticket> {
        let list = self.list.lock();
        let best = list
            .iter()
            .filter(|process| process.is_good())
            .min_by_key(|process| process.load())?;
        Some(best.ticket())
    }

    async fn spawn(&self, kind: &str) -> Result<Arc<RunProcess>, StartError> {
        let changed = self.changed.clone();
        let Plan {
            settings,
            script,
            door,
            links,
        } = &self.plan;
        let process = RunProcess::start(settings, script, door, links, kind, move || {
            changed.send_modify(|n| *n += 1);
        })
        .await;
        *self.last_error.lock() = process.as_ref().err().map(ToString::to_string);
        process
    }

    fn add(&self, process: &Arc<RunProcess>) {
        self.list.lock().push(process.clone());
        self.changed.send_modify(|n| *n += 1);
    }

    fn remove(&self, process: &Arc<RunProcess>) {
        self.list.lock().retain(|other| !Arc::ptr_eq(other, process));
        self.changed.send_modify(|n| *n += 1);
    }

    /// Replaces a process whenever it ends.
    async fn keep(self: Arc<Self>, mut process: Arc<RunProcess>) {
        let mut closed = self.closed.subscribe();
        let mut pause = Duration::ZERO;
        loop {
            let since = Instant::now();
            tokio::select! {
                _ = process.exited() => {}
                _ = closed.wait_for(|closed| *closed) => return,
            }
            self.remove(&process);
            if since.elapsed() > STABLE {
                pause = Duration::ZERO;
            }
            process = loop {
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    _ = closed.wait_for(|closed| *closed) => return,
                }
                pause = (pause * 2).clamp(Duration::from_millis(50), LONGEST_PAUSE);
                match self.spawn("run process").await {
                    Ok(process) => break process,
                    Err(error) => tracing::error!("cannot start a run process: {error}"),
                }
            };
            self.add(&process);
            if *closed.borrow() {
                self.close("the version is no longer used").await;
                return;
            }
        }
    }

    /// Starts one more process because none answers, unless as many as usual have been started so already.
    fn start_extra(self: &Arc<Self>) {
        let most = self.plan.settings.run_processes.max(1);
        let nobody_lives = !self.list.lock().iter().any(|process| process.is_alive());
        if nobody_lives || *self.closed.borrow() {
            // Those that ended are being replaced.
            return;
        }
        let free = |n: usize| (n < most).then_some(n + 1);
        if self
            .extras
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, free)
            .is_err()
        {
            return;
        }
        let this = self.clone();
        tokio::spawn(async move {
            match this.spawn("extra run process").await {
                Ok(process) => this.keep_extra(process).await,
                Err(error) => tracing::error!("cannot start an extra run process: {error}"),
            }
            this.extras.fetch_sub(1, Ordering::Relaxed);
            this.changed.send_modify(|n| *n += 1);
        });
    }

    /// Keeps an extra process until it has had nothing to do for a while and another one answers.
    async fn keep_extra(&self, process: Arc<RunProcess>) {
        self.add(&process);
        let mut closed = self.closed.subscribe();
        let mut unneeded = Duration::ZERO;
        let step = Duration::from_secs(1);
        while unneeded < EXTRA_STAYS {
            tokio::select! {
                _ = process.exited() => break,
                _ = closed.wait_for(|closed| *closed) => break,
                () = tokio::time::sleep(step) => {}
            }
            let others = self
                .list
                .lock()
                .iter()
                .any(|other| other.is_good() && !Arc::ptr_eq(other, &process));
            unneeded = if others && process.load() == 0 {
                unneeded + step
            } else {
                Duration::ZERO
            };
        }
        self.remove(&process);
        // Runs that came in the meantime keep it alive: it ends when the last reference goes.
    }
}
