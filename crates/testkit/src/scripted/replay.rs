//! Recorded ends, handed over one at a time in the order in which they were recorded.

use std::collections::HashMap;
use stepwell_core::failure::Failure;
use stepwell_core::step::StepKey;
use stepwell_core::value::Value;
use stepwell_engine::runtime::{EndedStep, StepEnd};
use tokio::sync::oneshot;

/// How a call settles.
pub(super) type Settled = Result<Value, Failure>;

/// The recorded ends of a run, and what waits for them.
#[derive(Debug)]
pub(super) struct Replay {
    ended: Vec<EndedStep>,
    index: HashMap<StepKey, usize>,
    values: HashMap<usize, Value>,
    asked: HashMap<usize, oneshot::Sender<Settled>>,
    /// Everything before has been handed over, or was passed over because nobody asked for it.
    frontier: usize,
    /// Settlements of live calls wait until all recorded ends were handed over.
    live: Vec<(oneshot::Sender<Settled>, Settled)>,
}

impl Replay {
    pub(super) fn new(ended: Vec<EndedStep>) -> Self {
        let index = ended
            .iter()
            .enumerate()
            .map(|(at, ended)| (ended.step.clone(), at))
            .collect();
        Self {
            ended,
            index,
            values: HashMap::new(),
            asked: HashMap::new(),
            frontier: 0,
            live: Vec::new(),
        }
    }

    /// The call's recorded end, if it has one, and where it is.
    pub(super) fn ask(&mut self, step: &StepKey) -> Option<(usize, oneshot::Receiver<Settled>)> {
        let position = *self.index.get(step)?;
        let (sender, receiver) = oneshot::channel();
        self.asked.insert(position, sender);
        Some((position, receiver))
    }

    /// Takes a value; returns the step it is of.
    pub(super) fn value(&mut self, position: u32, value: Value) -> Option<StepKey> {
        self.values.insert(position as usize, value);
        self.ended.get(position as usize).map(|ended| ended.step.clone())
    }

    pub(super) fn settle_live(&mut self, call: oneshot::Sender<Settled>, settled: Settled) {
        self.live.push((call, settled));
    }

    /// Whether something waits to be settled.
    pub(super) fn has_work(&self) -> bool {
        !self.asked.is_empty() || !self.live.is_empty()
    }

    /// Settles the next call. `idle`: user code has had every chance to ask for what is next. False if there is
    /// nothing to settle now.
    pub(super) fn turn(&mut self, idle: bool) -> bool {
        let late = self.asked.keys().copied().filter(|at| *at < self.frontier).min();
        let next = late.or_else(|| self.asked.contains_key(&self.frontier).then_some(self.frontier));
        if let Some(position) = next {
            return self.hand_over(position);
        }
        if self.frontier < self.ended.len() {
            if idle {
                self.frontier = self.asked.keys().copied().min().unwrap_or(self.ended.len());
            }
            return idle;
        }
        if self.live.is_empty() {
            return false;
        }
        let (call, settled) = self.live.remove(0);
        let _ = call.send(settled);
        true
    }

    fn hand_over(&mut self, position: usize) -> bool {
        let settled = match &self.ended[position].end {
            StepEnd::Done => Ok(Value::undefined()),
            StepEnd::Failed(failure) => Err(failure.clone()),
            StepEnd::Value | StepEnd::Event { .. } => match self.values.get(&position) {
                Some(value) => Ok(value.clone()),
                None => return false,
            },
        };
        if position == self.frontier {
            self.frontier += 1;
        }
        if let Some(call) = self.asked.remove(&position) {
            let _ = call.send(settled);
        }
        true
    }
}
