//! What user code did, as seen from outside: it survives every crash of the engine.

use parking_lot::Mutex;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use stepwell_core::ids::RunNumber;
use stepwell_core::step::StepKey;
use stepwell_core::value::Value;

/// A callback that was called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Execution {
    /// Whose.
    pub instance: Arc<str>,
    /// Of which step.
    pub step: StepKey,
    /// From 1.
    pub attempt: u32,
    /// By which run.
    pub run: RunNumber,
}

#[derive(Debug, Default)]
struct Inner {
    executions: Vec<Execution>,
    acknowledged: HashSet<(Arc<str>, StepKey)>,
    events: HashMap<(Arc<str>, StepKey), Value>,
    wrongs: Vec<String>,
}

/// The ledger.
#[derive(Debug, Default)]
pub struct Ledger {
    inner: Mutex<Inner>,
}

impl Ledger {
    pub(crate) fn called(&self, execution: Execution) {
        let mut inner = self.inner.lock();
        let step = (execution.instance.clone(), execution.step.clone());
        if inner.acknowledged.contains(&step) {
            inner
                .wrongs
                .push(format!("called again after it was recorded: {execution:?}"));
        }
        inner.executions.push(execution);
    }

    /// The engine said that the step's end is recorded.
    pub(crate) fn acknowledged(&self, instance: &Arc<str>, step: &StepKey) {
        self.inner
            .lock()
            .acknowledged
            .insert((instance.clone(), step.clone()));
    }

    /// The engine gave a wait its event: the same one in every run.
    pub(crate) fn event(&self, instance: &Arc<str>, step: &StepKey, value: &Value) {
        let mut inner = self.inner.lock();
        let key = (instance.clone(), step.clone());
        let first = inner.events.entry(key).or_insert_with(|| value.clone());
        if first != value {
            let wrong = format!("{instance}: {step} got another event in a later run");
            inner.wrongs.push(wrong);
        }
    }

    pub(crate) fn wrong(&self, what: String) {
        self.inner.lock().wrongs.push(what);
    }

    /// The instance is restarted: its steps may run again.
    pub fn forget(&self, instance: &str) {
        let mut inner = self.inner.lock();
        inner.acknowledged.retain(|(of, _)| &**of != instance);
        inner.events.retain(|(of, _), _| &**of != instance);
    }

    /// Every call of a callback so far.
    pub fn executions(&self) -> Vec<Execution> {
        self.inner.lock().executions.clone()
    }

    /// The attempts of a step that were called, in order.
    pub fn attempts(&self, instance: &str, step: &str) -> Vec<u32> {
        let inner = self.inner.lock();
        let of = |execution: &&Execution| &*execution.instance == instance && *execution.step.name == *step;
        inner
            .executions
            .iter()
            .filter(of)
            .map(|execution| execution.attempt)
            .collect()
    }

    /// Events by the step that got them, as JSON text.
    pub fn events(&self, instance: &str) -> Vec<(String, String)> {
        let inner = self.inner.lock();
        let mut events: Vec<_> = inner
            .events
            .iter()
            .filter(|((of, _), _)| &**of == instance)
            .map(|((_, step), value)| {
                (
                    step.to_string(),
                    String::from_utf8_lossy(value.bytes()).into_owned(),
                )
            })
            .collect();
        events.sort();
        events
    }

    /// What must not have happened and did.
    pub fn wrongs(&self) -> Vec<String> {
        self.inner.lock().wrongs.clone()
    }
}
