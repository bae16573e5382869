//! Runs, and where their events go.

use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use stepwell_core::ids::{InstanceNumber, RunNumber};
use stepwell_core::run::{FromRun, ToRun};
use stepwell_core::value::Value;
use stepwell_engine::runtime::{LostCause, RunEvent, RunHandle, RunSink, RunStart, Runtime};
use stepwell_runtime::{Fleet, Worker};

/// Keeps all events.
#[derive(Debug, Default)]
pub(crate) struct Events(Mutex<Vec<(InstanceNumber, RunEvent)>>);

impl RunSink for Events {
    fn run_event(&self, number: InstanceNumber, _: RunNumber, event: RunEvent) {
        self.0.lock().push((number, event));
    }
}

impl Events {
    /// The first event of the run for which `pick` gives something; waits for it.
    pub(crate) async fn first<T>(&self, run: &Run, pick: impl Fn(&RunEvent) -> Option<T>) -> T {
        for _ in 0..6000 {
            let found = self
                .0
                .lock()
                .iter()
                .filter(|(number, _)| *number == run.number)
                .find_map(|(_, e)| pick(e));
            if let Some(found) = found {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("nothing within 60 s; events: {:?}", self.0.lock());
    }

    /// Why the run was lost; waits for it.
    pub(crate) async fn lost(&self, run: &Run) -> LostCause {
        self.first(run, |event| match event {
            RunEvent::Lost(cause) => Some(cause.clone()),
            _ => None,
        })
        .await
    }

    /// What the run returned; waits for it.
    pub(crate) async fn returned(&self, run: &Run) -> Value {
        self.first(run, |event| match event {
            RunEvent::Message(FromRun::Returned { value, .. }) => Some(Ok(value.clone())),
            RunEvent::Message(FromRun::Threw { failure, .. }) => Some(Err(failure.to_string())),
            RunEvent::Lost(cause) => Some(Err(format!("{cause:?}"))),
            _ => None,
        })
        .await
        .unwrap()
    }

    /// Waits for the end of a run, looking often.
    pub(crate) async fn returned_soon(&self, run: &Run) {
        let ended = |event: &RunEvent| matches!(event, RunEvent::Message(FromRun::Returned { .. }));
        while !self
            .0
            .lock()
            .last()
            .is_some_and(|(number, event)| *number == run.number && ended(event))
        {
            tokio::task::yield_now().await;
        }
    }

    /// Whether the run was lost.
    pub(crate) fn is_lost(&self, run: &Run) -> bool {
        self.0
            .lock()
            .iter()
            .any(|(number, event)| *number == run.number && matches!(event, RunEvent::Lost(_)))
    }
}

/// A run that goes on.
pub(crate) struct Run {
    pub(crate) number: InstanceNumber,
    pub(crate) handle: RunHandle,
}

static NEXT: AtomicU64 = AtomicU64::new(1);

/// Starts a run of the class.
pub(crate) fn start(fleet: &Fleet, class: &str, alone: bool, events: &Arc<Events>) -> Run {
    start_on(fleet, class, alone, events)
}

/// As [`start`], on any runtime.
pub(crate) fn start_on(runtime: &dyn Runtime, class: &str, alone: bool, events: &Arc<Events>) -> Run {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let start = RunStart {
        number: InstanceNumber(number),
        run: RunNumber(number),
        class_name: class.into(),
        workflow_name: "flow".into(),
        instance_id: format!("i{number}").into(),
        created_ms: 1_700_000_000_000,
        params: Value::from_json(&serde_json::json!({})),
        step_limit: 1000,
        ended: Vec::new(),
        begun: Vec::new(),
        alone,
        check: false,
    };
    Run {
        number: InstanceNumber(number),
        handle: runtime.start(start, events.clone()),
    }
}

/// Settles the `do` steps of a run as they succeed, until the task is aborted.
pub(crate) fn record(run: Run, events: Arc<Events>) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        let mut seen = 0;
        loop {
            let calls: Vec<_> = {
                let all = events.0.lock();
                let new = all[seen..].iter().filter(|(number, _)| *number == run.number);
                let calls = new
                    .filter_map(|(_, event)| match event {
                        RunEvent::Message(FromRun::Succeeded { call, .. }) => Some(*call),
                        _ => None,
                    })
                    .collect();
                seen = all.len();
                calls
            };
            for call in calls {
                run.handle.send(ToRun::Recorded { call });
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
}

/// What a run of the class returns, as text.
pub(crate) async fn output(worker: &Worker, class: &str) -> String {
    let events = Arc::new(Events::default());
    let run = start(&*worker.fleet().await, class, false, &events);
    let value = events.returned(&run).await;
    value.to_json().unwrap().to_string()
}
