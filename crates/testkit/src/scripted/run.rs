//! One run: its messages, and its calls.

use super::ScriptedRuntime;
use super::replay::{Replay, Settled};
use crate::ledger::Execution;
use crate::program::Program;
use parking_lot::Mutex;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use stepwell_core::ids::CallId;
use stepwell_core::run::{FromRun, ToRun};
use stepwell_core::step::{StepKey, StepKind};
use stepwell_core::value::Value;
use stepwell_engine::runtime::{RunEvent, RunSink, RunStart, StepEnd, ToSocket};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinSet;

/// What a `do` call hears before it settles.
struct Call {
    step: StepKey,
    settle: oneshot::Sender<Settled>,
    attempts: Option<mpsc::UnboundedSender<u32>>,
    /// The result that was sent, to settle with when it is recorded.
    sent: Option<Value>,
}

/// A run in memory.
pub(super) struct Run {
    start: RunStart,
    sink: Arc<dyn RunSink>,
    pub(super) runtime: Arc<ScriptedRuntime>,
    hold: AtomicBool,
    pub(super) outside: AtomicU32,
    next_call: AtomicU32,
    counts: Mutex<HashMap<(StepKind, String), u32>>,
    begun: HashSet<StepKey>,
    calls: Mutex<HashMap<CallId, Call>>,
    pub(super) replay: Mutex<Replay>,
    pub(super) work: Notify,
    /// Branches of `Parallel` and `Race`: they go on when their parent does not wait for them any more.
    pub(super) branches: Mutex<JoinSet<()>>,
}

/// Turns that user code gets before it counts as idle.
const TURNS: usize = 50;

impl Run {
    pub(super) fn new(start: RunStart, sink: Arc<dyn RunSink>, runtime: Arc<ScriptedRuntime>) -> Arc<Self> {
        for ended in &start.ended {
            if ended.step.kind == StepKind::Do || matches!(ended.end, StepEnd::Event { .. }) {
                runtime.ledger.acknowledged(&start.instance_id, &ended.step);
            }
        }
        Arc::new(Self {
            hold: AtomicBool::new(start.alone || start.check),
            outside: AtomicU32::new(0),
            next_call: AtomicU32::new(1),
            counts: Mutex::default(),
            begun: start.begun.iter().map(|begun| begun.step.clone()).collect(),
            calls: Mutex::default(),
            replay: Mutex::new(Replay::new(start.ended.clone())),
            work: Notify::new(),
            branches: Mutex::default(),
            start,
            sink,
            runtime,
        })
    }

    /// Runs the program until it has ended or the engine has dropped the run.
    pub(super) async fn main(
        self: Arc<Self>,
        program: Arc<Program>,
        receiver: mpsc::UnboundedReceiver<ToSocket>,
    ) {
        let _branches = EndBranches(self.clone());
        tokio::select! {
            () = self.listen(receiver) => {}
            () = self.settle() => {}
            outcome = self.perform(&program) => self.end(outcome),
        }
        // The engine decides what becomes of the instance; here nothing more happens.
    }

    fn end(&self, outcome: Settled) {
        match outcome {
            Ok(value) => self.say(FromRun::Returned { value, clean: false }),
            Err(failure) => self.say(FromRun::Threw {
                failure,
                clean: false,
            }),
        }
    }

    pub(super) fn say(&self, message: FromRun) {
        self.sink
            .run_event(self.start.number, self.start.run, RunEvent::Message(message));
    }

    pub(super) fn instance(&self) -> &Arc<str> {
        &self.start.instance_id
    }

    pub(super) fn dies(&self) {
        self.runtime.die(self.start.run);
    }

    async fn listen(&self, mut receiver: mpsc::UnboundedReceiver<ToSocket>) {
        while let Some(message) = receiver.recv().await {
            match message {
                ToSocket::Value { position, value } => self.recorded_value(position, &value),
                ToSocket::Message(message) => self.hear(message),
            }
        }
    }

    fn recorded_value(&self, position: u32, value: &Value) {
        let bytes = value.bytes().len() as u64;
        let step = self.replay.lock().value(position, value.clone());
        if let Some(step) = step.filter(|step| step.kind == StepKind::WaitForEvent) {
            self.runtime.ledger.event(self.instance(), &step, value);
        }
        self.sink
            .run_event(self.start.number, self.start.run, RunEvent::Credit(bytes));
        self.work.notify_one();
    }

    fn hear(&self, message: ToRun) {
        match message {
            ToRun::Hold => self.hold.store(true, Ordering::Relaxed),
            ToRun::AskIdle => {
                let pending_outside = self.outside.load(Ordering::Relaxed);
                self.say(FromRun::Idle { pending_outside });
            }
            ToRun::Attempt { call, attempt } => {
                if let Some(Call {
                    attempts: Some(attempts),
                    ..
                }) = self.calls.lock().get(&call)
                {
                    let _ = attempts.send(attempt);
                }
            }
            ToRun::Recorded { call } => self.close(call, |call| {
                self.runtime.ledger.acknowledged(self.instance(), &call.step);
                Ok(call.sent.clone().unwrap_or_else(Value::undefined))
            }),
            ToRun::Done { call } => self.close(call, |_| Ok(Value::undefined())),
            ToRun::Event { call, value, .. } => self.close(call, |call| {
                self.runtime.ledger.event(self.instance(), &call.step, &value);
                Ok(value.clone())
            }),
            ToRun::Rejected { call, failure } => self.close(call, |call| {
                if call.step.kind == StepKind::Do {
                    self.runtime.ledger.acknowledged(self.instance(), &call.step);
                }
                Err(failure.clone())
            }),
        }
    }

    fn close(&self, id: CallId, settled: impl FnOnce(&Call) -> Settled) {
        let Some(call) = self.calls.lock().remove(&id) else {
            self.runtime
                .ledger
                .wrong(format!("{}: call {} settles twice", self.instance(), id.0));
            return;
        };
        let settled = settled(&call);
        self.replay.lock().settle_live(call.settle, settled);
        self.work.notify_one();
    }

    /// Hands over what is to be settled, one at a time, with time for user code between.
    async fn settle(&self) {
        loop {
            for _ in 0..TURNS {
                tokio::task::yield_now().await;
            }
            let idle = self.outside.load(Ordering::Relaxed) == 0;
            let settled = {
                let mut replay = self.replay.lock();
                replay.has_work() && replay.turn(idle)
            };
            if !settled {
                self.work.notified().await;
            }
        }
    }

    /// The next step of this kind and name.
    pub(super) fn key(&self, kind: StepKind, name: &str) -> StepKey {
        let mut counts = self.counts.lock();
        let count = counts.entry((kind, name.to_owned())).or_default();
        *count += 1;
        StepKey::new(kind, name, *count)
    }

    pub(super) fn recorded(&self, step: &StepKey) -> Option<oneshot::Receiver<Settled>> {
        let (position, end) = self.replay.lock().ask(step)?;
        if self.start.check {
            let asked = RunEvent::Asked(position as u32);
            self.sink.run_event(self.start.number, self.start.run, asked);
        }
        self.work.notify_one();
        Some(end)
    }

    /// Opens a live call. With `attempts`, it hears which attempts to make.
    pub(super) fn open(
        &self,
        step: &StepKey,
        attempts: Option<mpsc::UnboundedSender<u32>>,
    ) -> (CallId, oneshot::Receiver<Settled>) {
        let id = CallId(self.next_call.fetch_add(1, Ordering::Relaxed));
        let (settle, settled) = oneshot::channel();
        let call = Call {
            step: step.clone(),
            settle,
            attempts,
            sent: None,
        };
        self.calls.lock().insert(id, call);
        (id, settled)
    }

    /// Whether the callback of a new call may be started without asking.
    pub(super) fn may_start(&self, step: &StepKey) -> bool {
        !self.hold.load(Ordering::Relaxed) && !self.begun.contains(step)
    }

    pub(super) fn sends(&self, call: CallId, value: &Value) {
        if let Some(call) = self.calls.lock().get_mut(&call) {
            call.sent = Some(value.clone());
        }
    }

    pub(super) fn called(&self, step: &StepKey, attempt: u32) {
        self.runtime.ledger.called(Execution {
            instance: self.instance().clone(),
            step: step.clone(),
            attempt,
            run: self.start.run,
        });
    }
}

/// Ends the branches with the run, also when its task is cancelled.
struct EndBranches(Arc<Run>);

impl Drop for EndBranches {
    fn drop(&mut self) {
        self.0.branches.lock().abort_all();
    }
}
