//! A runtime that runs [`Program`]s as the shim runs user code.

mod interpret;
mod replay;
mod run;

use crate::ledger::Ledger;
use crate::program::Program;
use parking_lot::Mutex;
use run::Run;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use stepwell_core::ids::{InstanceNumber, RunNumber};
use stepwell_engine::runtime::{LostCause, RunEvent, RunHandle, RunSink, RunStart, Runtime, ToSocket};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

struct Running {
    number: InstanceNumber,
    instance: Arc<str>,
    alone: bool,
    sink: Arc<dyn RunSink>,
    /// Says whether the engine still holds the run.
    handle: mpsc::WeakUnboundedSender<ToSocket>,
    task: Option<AbortHandle>,
}

#[derive(Default)]
struct Inner {
    programs: HashMap<String, Arc<Program>>,
    running: BTreeMap<RunNumber, Running>,
    starts: Vec<(Arc<str>, bool)>,
    deaths: HashMap<Arc<str>, u32>,
    refusing: u32,
    most_running: usize,
}

/// The runtime. One process for all runs, and one for each run in quarantine.
#[derive(Default)]
pub struct ScriptedRuntime {
    inner: Mutex<Inner>,
    ledger: Arc<Ledger>,
    this: std::sync::Weak<Self>,
}

impl ScriptedRuntime {
    /// Without programs so far.
    pub fn new() -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            this: this.clone(),
            ..Self::default()
        })
    }

    /// What the class `class_name` does.
    pub fn define(&self, class_name: &str, program: impl Into<Program>) {
        let program = Arc::new(program.into());
        self.inner.lock().programs.insert(class_name.into(), program);
    }

    /// What user code did.
    pub fn ledger(&self) -> &Arc<Ledger> {
        &self.ledger
    }

    /// The process that all runs share dies.
    pub fn kill_process(&self) {
        let shared: Vec<RunNumber> = {
            let inner = self.inner.lock();
            inner
                .running
                .iter()
                .filter(|(_, run)| !run.alone)
                .map(|(run, _)| *run)
                .collect()
        };
        for run in shared {
            self.lose(
                run,
                LostCause::ProcessDied {
                    reason: "killed".into(),
                },
            );
        }
    }

    /// Lets go of every run of the instance, or of all.
    pub fn let_go(&self, instance: Option<&str>) {
        let of: Vec<RunNumber> = {
            let inner = self.inner.lock();
            let mine = |run: &Running| instance.is_none_or(|instance| *run.instance == *instance);
            inner
                .running
                .iter()
                .filter(|(_, run)| mine(run))
                .map(|(run, _)| *run)
                .collect()
        };
        for run in of {
            self.lose(run, LostCause::Released);
        }
    }

    /// The next so many runs find no process.
    pub fn refuse(&self, count: u32) {
        self.inner.lock().refusing = count;
    }

    /// The engine is gone: so are its runs, and nobody is told.
    pub fn engine_died(&self) {
        for (_, run) in std::mem::take(&mut self.inner.lock().running) {
            if let Some(task) = run.task {
                task.abort();
            }
        }
    }

    /// Runs that are in memory.
    pub fn running(&self) -> usize {
        self.inner.lock().running.len()
    }

    /// Most runs that were in memory at once.
    pub fn most_running(&self) -> usize {
        self.inner.lock().most_running
    }

    /// Instances in the order in which runs of them started, and whether each run was alone.
    pub fn starts(&self) -> Vec<(Arc<str>, bool)> {
        self.inner.lock().starts.clone()
    }

    fn lose(&self, run: RunNumber, cause: LostCause) {
        let Some(lost) = self.inner.lock().running.remove(&run) else {
            return;
        };
        lost.sink.run_event(lost.number, run, RunEvent::Lost(cause));
        if let Some(task) = lost.task {
            task.abort();
        }
    }

    /// User code of this run ends its process.
    fn die(&self, run: RunNumber) {
        let alone = self.inner.lock().running.get(&run).is_some_and(|run| run.alone);
        if alone {
            self.lose(
                run,
                LostCause::ProcessDied {
                    reason: "out of memory".into(),
                },
            );
        } else {
            self.kill_process();
        }
    }

    /// How often this instance got to a [`Program::Die`] before.
    fn deaths(&self, instance: &Arc<str>) -> u32 {
        let mut inner = self.inner.lock();
        let deaths = inner.deaths.entry(instance.clone()).or_default();
        *deaths += 1;
        *deaths - 1
    }

    fn ended(&self, run: RunNumber) {
        self.inner.lock().running.remove(&run);
    }
}

impl Runtime for ScriptedRuntime {
    fn start(&self, start: RunStart, sink: Arc<dyn RunSink>) -> RunHandle {
        let (handle, receiver) = RunHandle::channel();
        let (number, run) = (start.number, start.run);
        let mut inner = self.inner.lock();
        let program = inner.programs.get(&*start.class_name).cloned();
        let (Some(program), Some(this), 0) = (program, self.this.upgrade(), inner.refusing) else {
            inner.refusing = inner.refusing.saturating_sub(1);
            let reason = "no process".to_owned();
            sink.run_event(number, run, RunEvent::Lost(LostCause::CouldNotStart { reason }));
            return handle;
        };
        inner.starts.push((start.instance_id.clone(), start.alone));
        let running = Running {
            number,
            instance: start.instance_id.clone(),
            alone: start.alone,
            sink: sink.clone(),
            task: None,
            handle: handle.feeder(),
        };
        inner.running.insert(run, running);
        // A run that the engine has dropped a moment ago holds no slot any more.
        let held = inner
            .running
            .values()
            .filter(|running| running.handle.strong_count() > 0)
            .count();
        inner.most_running = inner.most_running.max(held);
        drop(inner);
        let task = tokio::spawn(async move {
            Run::new(start, sink, this.clone()).main(program, receiver).await;
            this.ended(run);
        });
        if let Some(running) = self.inner.lock().running.get_mut(&run) {
            running.task = Some(task.abort_handle());
        }
        handle
    }
}
