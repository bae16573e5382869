//! What must never happen twice, watched from outside.

use crate::instance::Effect;
use crate::journal::Entry;
use crate::run::{FromRun, ToRun};
use crate::step::StepKey;
use crate::value::Value;
use std::collections::{HashMap, HashSet, VecDeque};

/// Counts ends of steps, starts of callbacks and deliveries of events.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    ended: HashSet<StepKey>,
    limits: HashMap<StepKey, u32>,
    /// Accepted and not delivered, per type, oldest first.
    events: HashMap<String, VecDeque<Value>>,
    calls: HashMap<u32, StepKey>,
}

impl Ledger {
    pub(super) fn event_accepted(&mut self, event_type: &str, value: &Value) {
        self.events
            .entry(event_type.into())
            .or_default()
            .push_back(value.clone());
    }

    /// A run came or went: numbers of calls are its own.
    pub(super) fn new_run(&mut self) {
        self.calls.clear();
    }

    /// A restart from a step kept these.
    pub(super) fn restarted_from(&mut self, kept: impl Iterator<Item = StepKey>) {
        self.ended.extend(kept);
    }

    /// The run said something.
    pub(super) fn heard(&mut self, message: &FromRun) {
        if let FromRun::Do {
            call, step, config, ..
        } = message
        {
            self.calls.insert(call.0, step.clone());
            let limit = config.as_ref().map_or(5, |config| config.retry_limit);
            let known = self.limits.entry(step.clone()).or_insert(limit);
            *known = (*known).max(limit);
        }
    }

    /// Something is done because of a transition.
    pub(super) fn note(&mut self, effect: &Effect) {
        match effect {
            Effect::Append { entry, value, .. } => self.written(entry, value.as_ref()),
            Effect::Send(ToRun::Attempt { call, attempt }) => {
                let step = self
                    .calls
                    .get(&call.0)
                    .expect("an attempt of a call that was made");
                assert!(
                    !self.ended.contains(step),
                    "{step} has ended and is started again"
                );
                let limit = self.limits[step];
                assert!(
                    *attempt <= limit + 1,
                    "{step}: attempt {attempt} with a limit of {limit}"
                );
            }
            Effect::Clear => {
                self.ended.clear();
                self.events.clear();
            }
            _ => {}
        }
    }

    fn written(&mut self, entry: &Entry, value: Option<&Value>) {
        match entry {
            Entry::StepSucceeded { step, .. }
            | Entry::AttemptFailed {
                step,
                retry_at_ms: None,
                ..
            }
            | Entry::SleepEnded { step, .. }
            | Entry::StepFailed { step, .. } => self.end(step),
            Entry::WaitEnded { step, .. } => {
                self.end(step);
                self.delivered(value.expect("an event has a payload"));
            }
            Entry::AttemptStarted { step, .. } => {
                assert!(!self.ended.contains(step), "{step} has ended and starts again");
            }
            // Which steps are kept is said by `restarted_from`.
            Entry::Restarted { from: Some(_), .. } => {
                self.ended.clear();
                self.events.clear();
            }
            _ => {}
        }
    }

    fn end(&mut self, step: &StepKey) {
        assert!(self.ended.insert(step.clone()), "{step} ends a second time");
    }

    fn delivered(&mut self, value: &Value) {
        let text = String::from_utf8_lossy(value.bytes()).into_owned();
        let event_type = text.trim_matches('"').split(' ').next().unwrap_or_default();
        let oldest = self.events.get_mut(event_type).and_then(VecDeque::pop_front);
        assert_eq!(
            oldest.as_ref(),
            Some(value),
            "not the oldest event of its type, or one that was delivered"
        );
    }
}
