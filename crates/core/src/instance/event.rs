//! Events that come from outside (spec 2.7).

use super::{BufferedEvent, Effect, Effects, Instance, Lifecycle, Phase, StepEnd, StepState};
use crate::journal::Entry;
use crate::run::ToRun;
use crate::step::StepKey;
use crate::value::Value;
use std::sync::Arc;

impl Instance {
    /// An event was sent: the oldest wait of its type gets it, or it is kept for the next one. A paused instance
    /// keeps it (spec 2.8). The caller has refused events to instances that have ended.
    pub fn event(&mut self, event_type: &Arc<str>, value: Value, now_ms: i64, effects: &mut Effects) {
        let waiting = (self.lifecycle == Lifecycle::Active)
            .then(|| self.oldest_wait(event_type))
            .flatten();
        match waiting {
            Some(key) => self.end_wait(&key, event_type, value, now_ms, now_ms, effects),
            None => self.keep_event(event_type, value, now_ms, effects),
        }
    }

    /// The id of a kept event whose payload has to be in memory before `event_type` is waited for; see
    /// [`Instance::supply_event_value`].
    pub fn missing_event_value(&self, event_type: &str) -> Option<u64> {
        let event = self
            .events
            .iter()
            .find(|event| &*event.event_type == event_type)?;
        event.value.is_none().then_some(event.id)
    }

    /// Gives a kept event its payload, as read from the store.
    pub fn supply_event_value(&mut self, id: u64, value: Value) {
        if let Some(event) = self.events.iter_mut().find(|event| event.id == id) {
            event.value = Some(value);
        }
    }

    fn oldest_wait(&self, event_type: &str) -> Option<StepKey> {
        self.open()
            .find(|(_, step)| matches!(&step.state, StepState::Waiting { event_type: of, .. } if &**of == event_type))
            .map(|(key, _)| key.clone())
    }

    fn keep_event(&mut self, event_type: &Arc<str>, value: Value, now_ms: i64, effects: &mut Effects) {
        let id = self.next_event_id;
        self.next_event_id += 1;
        self.events.push_back(BufferedEvent {
            id,
            event_type: event_type.clone(),
            at_ms: now_ms,
            value: Some(value.clone()),
        });
        effects.push(Effect::BufferEvent {
            id,
            event_type: event_type.clone(),
            at_ms: now_ms,
            value,
        });
    }

    /// Gives the wait `key` the kept event at index `at`. False if its payload is not in memory: the caller of the
    /// transition sees to that, but a store may fail to give it.
    pub(super) fn take_buffered(
        &mut self,
        at: usize,
        key: &StepKey,
        now_ms: i64,
        effects: &mut Effects,
    ) -> bool {
        let Some(value) = self.events.get(at).and_then(|event| event.value.clone()) else {
            return false;
        };
        let Some(event) = self.events.remove(at) else {
            return false;
        };
        effects.push(Effect::TakeEvent { id: event.id });
        self.end_wait(key, &event.event_type, value, event.at_ms, now_ms, effects);
        true
    }

    /// Gives kept events to the waits they fit: after a resume.
    pub(super) fn deliver_kept(&mut self, now_ms: i64, effects: &mut Effects) {
        let waits: Vec<(StepKey, Arc<str>)> = self
            .open()
            .filter_map(|(key, step)| match &step.state {
                StepState::Waiting { event_type, .. } => Some((key.clone(), event_type.clone())),
                _ => None,
            })
            .collect();
        for (key, event_type) in waits {
            if let Some(at) = self
                .events
                .iter()
                .position(|event| event.event_type == event_type)
            {
                self.take_buffered(at, &key, now_ms, effects);
            }
        }
    }

    /// Event types that open waits ask for and kept events would answer, with payloads that are not in memory.
    pub fn missing_event_values(&self) -> Vec<u64> {
        let wanted = |event: &&BufferedEvent| {
            event.value.is_none()
                && self.open().any(|(_, step)| {
                    matches!(&step.state, StepState::Waiting { event_type, .. } if *event_type == event.event_type)
                })
        };
        self.events.iter().filter(wanted).map(|event| event.id).collect()
    }

    fn end_wait(
        &mut self,
        key: &StepKey,
        event_type: &Arc<str>,
        value: Value,
        event_ms: i64,
        now_ms: i64,
        effects: &mut Effects,
    ) {
        if let Some((due_ms, timer)) = self.steps.get(key).and_then(super::Step::timer) {
            effects.push(Effect::DeleteTimer { due_ms, key: timer });
        }
        let entry = Entry::WaitEnded {
            step: key.clone(),
            at_ms: now_ms,
            event_ms,
        };
        let seq = self.append(effects, entry, Some(value.clone()));
        let event_type = event_type.clone();
        let call = self.finish(
            key,
            seq,
            StepEnd::Event {
                event_ms,
                event_type: event_type.clone(),
            },
        );
        match call {
            Some(call) => self.say(
                effects,
                ToRun::Event {
                    call,
                    value,
                    event_ms,
                    event_type,
                },
            ),
            None => self.set_phase(effects, Phase::Runnable),
        }
    }
}
