//! One instance, and around it what its effects made of the store, of the timers in memory and of the run.

use super::ledger::Ledger;
use super::text;
use crate::failure::Failure;
use crate::ids::{CallId, RunNumber};
use crate::instance::{BufferedEvent, Effect, Effects, Instance, Lifecycle, Phase, Rest, StepNotFound};
use crate::journal::Entry;
use crate::run::{FromRun, Verdict};
use crate::step::{StepKey, StepKind};
use crate::step_config::StepConfig;
use crate::value::Value;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// An instance in its world.
#[derive(Debug)]
pub(super) struct Machine {
    pub(super) instance: Instance,
    pub(super) now_ms: i64,
    /// What the last transition did, as text.
    pub(super) last: Vec<String>,
    /// What is stored: journal (as JSON, as stores keep it), phase, events, timers.
    pub(super) journal: Vec<String>,
    pub(super) phase: Phase,
    pub(super) events: BTreeMap<u64, (BufferedEvent, Value)>,
    pub(super) timers: BTreeSet<(i64, u32)>,
    /// Timers that the engine holds in memory: each fires once, whether it means something or not.
    pub(super) heap: BTreeSet<(i64, u32)>,
    pub(super) ledger: Ledger,
    runs: u64,
    sent: u32,
}

impl Machine {
    /// An instance that was created and has no run yet.
    pub(super) fn created() -> Self {
        Self {
            instance: Instance::new(),
            now_ms: 0,
            last: Vec::new(),
            journal: Vec::new(),
            phase: Phase::Runnable,
            events: BTreeMap::new(),
            timers: BTreeSet::new(),
            heap: BTreeSet::new(),
            ledger: Ledger::default(),
            runs: 0,
            sent: 0,
        }
    }

    /// An instance with a run in memory.
    pub(super) fn running() -> Self {
        let mut machine = Self::created();
        machine.start(false);
        machine
    }

    /// Applies a transition and its effects.
    pub(super) fn apply<R>(&mut self, transition: impl FnOnce(&mut Instance, i64, &mut Effects) -> R) -> R {
        let mut effects = Effects::new();
        let result = transition(&mut self.instance, self.now_ms, &mut effects);
        self.last = effects.iter().map(text::effect).collect();
        for effect in effects {
            self.take(effect);
        }
        result
    }

    fn take(&mut self, effect: Effect) {
        self.ledger.note(&effect);
        match effect {
            Effect::Append { seq, entry, .. } => {
                assert_eq!(seq as usize, self.journal.len(), "the journal has a gap");
                self.journal
                    .push(serde_json::to_string(entry.as_ref()).expect("entries are JSON"));
            }
            Effect::Clear => {
                self.journal.clear();
                self.events.clear();
                self.timers.clear();
            }
            Effect::SetPhase(phase) => self.phase = phase,
            Effect::PutTimer { due_ms, key } => {
                self.timers.insert((due_ms, key));
                self.heap.insert((due_ms, key));
            }
            Effect::DeleteTimer { due_ms, key } => {
                self.timers.remove(&(due_ms, key));
            }
            Effect::BufferEvent {
                id,
                event_type,
                at_ms,
                value,
            } => {
                let event = BufferedEvent {
                    id,
                    event_type,
                    at_ms,
                    value: None,
                };
                assert!(
                    self.events.insert(id, (event, value)).is_none(),
                    "two events {id}"
                );
            }
            Effect::TakeEvent { id } => assert!(self.events.remove(&id).is_some(), "no event {id} to take"),
            Effect::Send(_) | Effect::SendRecorded { .. } | Effect::Release | Effect::Ended(_) => {}
        }
    }

    /// What is stored, folded: what a new process would know.
    pub(super) fn folded(&self) -> Instance {
        let journal = (0..).zip(&self.journal).map(|(seq, entry)| {
            let entry: Entry = serde_json::from_str(entry).expect("what was written can be read");
            (seq, entry)
        });
        let events = self.events.values().map(|(event, _)| event.clone());
        Instance::fold(self.phase, journal, events)
    }

    /// The process dies; the next one reads what is stored.
    pub(super) fn crash(&mut self) {
        self.instance = self.folded();
        self.heap = self.timers.clone();
        self.ledger.new_run();
        self.apply(Instance::recover);
    }

    pub(super) fn start(&mut self, hold: bool) {
        self.runs += 1;
        self.instance.run_started(RunNumber(self.runs), hold, self.now_ms);
        self.ledger.new_run();
    }

    /// Time passes; timers that come due fire, each once.
    pub(super) fn pass(&mut self, ms: i64) {
        self.now_ms += ms;
        let mut last = Vec::new();
        while let Some((due_ms, key)) = self.heap.first().copied().filter(|(due, _)| *due <= self.now_ms) {
            self.heap.remove(&(due_ms, key));
            self.apply(|instance, now_ms, effects| instance.timer_fired(key, now_ms, effects));
            last.append(&mut self.last);
        }
        self.last = last;
    }

    pub(super) fn say(&mut self, message: FromRun) {
        if let FromRun::Wait { event_type, .. } = &message
            && let Some(id) = self.instance.missing_event_value(event_type)
        {
            self.supply(id);
        }
        let taken = |call: &CallId| self.instance.calls.contains_key(call);
        if !matches!(&message, FromRun::Do { call, .. } if taken(call)) {
            self.ledger.heard(&message);
        }
        self.apply(|instance, now_ms, effects| instance.from_run(message, now_ms, effects));
    }

    fn supply(&mut self, id: u64) {
        let value = self.events[&id].1.clone();
        self.instance.supply_event_value(id, value);
    }

    pub(super) fn step(&mut self, call: u32, name: &str) {
        self.step_with(call, name, None, true);
    }

    pub(super) fn step_with(&mut self, call: u32, name: &str, config: Option<StepConfig>, started: bool) {
        let step = key(StepKind::Do, name);
        self.say(FromRun::Do {
            call: CallId(call),
            step,
            config,
            started,
        });
    }

    pub(super) fn succeed(&mut self, call: u32, attempt: u32) {
        let value = Value::from_json(&json!("result"));
        self.say(FromRun::Succeeded {
            call: CallId(call),
            attempt,
            value,
        });
    }

    pub(super) fn fail(&mut self, call: u32, attempt: u32, verdict: Verdict) {
        let failure = Failure::new("Error", "no");
        self.say(FromRun::Failed {
            call: CallId(call),
            attempt,
            failure,
            verdict,
        });
    }

    pub(super) fn sleep(&mut self, call: u32, name: &str, ms: u64) {
        let step = key(StepKind::Sleep, name);
        self.say(FromRun::Sleep {
            call: CallId(call),
            step,
            duration: json!(ms),
        });
    }

    pub(super) fn wait(&mut self, call: u32, name: &str, event_type: &str, timeout_ms: u64) {
        self.say(FromRun::Wait {
            call: CallId(call),
            step: key(StepKind::WaitForEvent, name),
            event_type: event_type.into(),
            timeout: Some(json!(timeout_ms)),
        });
    }

    pub(super) fn returns(&mut self) {
        let value = Value::from_json(&json!("output"));
        self.say(FromRun::Returned { value, clean: true });
    }

    /// Sends an event; its payload names its type and how many events were sent before it.
    pub(super) fn event(&mut self, event_type: &str) {
        self.sent += 1;
        let value = Value::from_json(&json!(format!("{event_type} {}", self.sent)));
        self.ledger.event_accepted(event_type, &value);
        self.apply(|instance, now_ms, effects| instance.event(&event_type.into(), value, now_ms, effects));
    }

    pub(super) fn pause(&mut self) {
        self.apply(Instance::pause);
    }

    pub(super) fn resume(&mut self) {
        for id in self.instance.missing_event_values() {
            self.supply(id);
        }
        self.apply(Instance::resume);
    }

    pub(super) fn lose_run(&mut self) {
        self.apply(Instance::run_lost);
        self.ledger.new_run();
    }

    /// The run, alone in its process, ended it. Whether an attempt was charged.
    pub(super) fn die_alone(&mut self) -> bool {
        let charged = self.apply(|instance, now_ms, effects| {
            let charged = instance.charge_attempts(now_ms, effects);
            if !charged {
                instance.crashed(now_ms, "killed", effects);
            }
            charged
        });
        let written = std::mem::take(&mut self.last);
        self.lose_run();
        self.last.splice(0..0, written);
        charged
    }

    /// The run leaves memory if all it does is wait; says whether it did.
    pub(super) fn hibernate(&mut self) -> bool {
        let rests = matches!(self.instance.rest(), Rest::Waits { .. });
        if rests {
            self.apply(|instance, _, effects| instance.hibernate(effects));
            self.ledger.new_run();
        }
        rests
    }

    pub(super) fn restart_from(&mut self, from: &StepKey) -> Result<(), StepNotFound> {
        let result = self.apply(|instance, now_ms, effects| instance.restart_from(from, now_ms, effects));
        self.ledger
            .restarted_from(self.instance.ended().map(|(key, ..)| key.clone()));
        result
    }

    pub(super) fn has_ended(&self) -> bool {
        self.instance.phase().is_final()
    }

    pub(super) fn may_start(&self) -> bool {
        self.instance.live_run().is_none()
            && self.phase == Phase::Runnable
            && *self.instance.lifecycle() == Lifecycle::Active
    }
}

pub(super) fn key(kind: StepKind, name: &str) -> StepKey {
    StepKey::new(kind, name, 1)
}

/// `limit` retries after a constant `delay`.
pub(super) fn retries(limit: u32, delay_ms: u64) -> StepConfig {
    let raw = json!({ "retries": { "limit": limit, "delay": delay_ms, "backoff": "constant" } });
    StepConfig::parse("step", &raw).expect("a valid config")
}
