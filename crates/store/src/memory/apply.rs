//! Applies a batch in order and takes it back when an op contradicts what is there.

use super::Data;
use super::shard::{Instance, Shard};
use crate::{BufferedEvent, ConflictKind, InstanceHead, NewInstance, Op, Phase, ShardBatch, TimerKey};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use stepwell_core::ids::{InstanceNumber, ShardId};

/// How to take one op back.
type Undo = Box<dyn FnOnce(&mut Shard)>;

impl Data {
    /// Applies all ops, or none and says which op is in the way.
    pub(super) fn apply(&mut self, batch: &ShardBatch) -> Result<(), (usize, ConflictKind)> {
        let mut undo: Vec<Undo> = Vec::new();
        for (index, op) in batch.ops.iter().enumerate() {
            let applied = match op {
                Op::CreateInstance(new) if self.has_instance(new.number) => Err(ConflictKind::InstanceExists),
                _ => self.shards[batch.shard.0 as usize].apply(batch.shard, op, &mut undo),
            };
            if let Err(what) = applied {
                let shard = &mut self.shards[batch.shard.0 as usize];
                undo.into_iter().rev().for_each(|take_back| take_back(shard));
                return Err((index, what));
            }
        }
        Ok(())
    }

    fn has_instance(&self, number: InstanceNumber) -> bool {
        let mut shards = self.shards.iter();
        shards.any(|shard| shard.instances.contains_key(&number))
    }
}

impl Shard {
    fn apply(&mut self, id: ShardId, op: &Op, undo: &mut Vec<Undo>) -> Result<(), ConflictKind> {
        match op {
            Op::CreateInstance(new) => self.create(id, new, undo)?,
            Op::SetPhase { number, phase, at_ms } => {
                let (number, head) = (*number, &mut self.get(*number)?.head);
                let old = (head.phase, head.updated_ms);
                (head.phase, head.updated_ms) = (*phase, *at_ms);
                undo.push(Box::new(move |shard| {
                    if let Ok(instance) = shard.get(number) {
                        (instance.head.phase, instance.head.updated_ms) = old;
                    }
                }));
            }
            Op::SetVersion { number, version } => {
                let (number, head) = (*number, &mut self.get(*number)?.head);
                let old = std::mem::replace(&mut head.version, *version);
                undo.push(Box::new(move |shard| {
                    if let Ok(instance) = shard.get(number) {
                        instance.head.version = old;
                    }
                }));
            }
            Op::AppendJournal {
                number,
                seq,
                entry,
                value,
            } => {
                let (number, journal) = (*number, &mut self.get(*number)?.journal);
                if journal.len() != *seq as usize {
                    return Err(ConflictKind::JournalSequence);
                }
                journal.push((Arc::clone(entry), value.clone()));
                undo.push(Box::new(move |shard| {
                    if let Ok(instance) = shard.get(number) {
                        instance.journal.pop();
                    }
                }));
            }
            Op::ClearInstance { number } => {
                let instance = self.get(*number)?;
                let old = instance.clone();
                instance.journal.clear();
                instance.events.clear();
                self.put_back_later(old, undo);
            }
            Op::DeleteInstance { number } => {
                let old = self.instances.remove(number).ok_or(ConflictKind::NoInstance)?;
                self.names.remove(&(old.head.workflow, Arc::clone(&old.head.id)));
                self.put_back_later(old, undo);
            }
            Op::PutTimer(timer) => {
                self.get(timer.instance)?;
                let timer = *timer;
                if self.timers.insert(timer) {
                    undo.push(Box::new(move |shard| {
                        shard.timers.remove(&timer);
                    }));
                }
            }
            Op::DeleteTimer(timer) => {
                let timer = *timer;
                if self.timers.remove(&timer) {
                    undo.push(Box::new(move |shard| {
                        shard.timers.insert(timer);
                    }));
                }
            }
            Op::BufferEvent {
                number,
                id,
                event_type,
                at_ms,
                value,
            } => {
                let (number, id, events) = (*number, *id, &mut self.get(*number)?.events);
                if events.contains_key(&id) {
                    return Err(ConflictKind::EventExists);
                }
                let event = BufferedEvent {
                    id,
                    event_type: Arc::clone(event_type),
                    at_ms: *at_ms,
                };
                events.insert(id, (event, value.clone()));
                undo.push(Box::new(move |shard| {
                    if let Ok(instance) = shard.get(number) {
                        instance.events.remove(&id);
                    }
                }));
            }
            Op::TakeEvent { number, id } => {
                let (number, id) = (*number, *id);
                let taken = self
                    .get(number)
                    .ok()
                    .and_then(|instance| instance.events.remove(&id));
                if let Some(event) = taken {
                    undo.push(Box::new(move |shard| {
                        if let Ok(instance) = shard.get(number) {
                            instance.events.insert(id, event);
                        }
                    }));
                }
            }
            Op::InboxTaken { ids } => {
                for id in ids {
                    if let Some(message) = self.inbox.remove(id) {
                        undo.push(Box::new(move |shard| {
                            shard.inbox.insert(message.id, message);
                        }));
                    }
                }
            }
        }
        Ok(())
    }

    fn get(&mut self, number: InstanceNumber) -> Result<&mut Instance, ConflictKind> {
        self.instances.get_mut(&number).ok_or(ConflictKind::NoInstance)
    }

    fn create(
        &mut self,
        shard: ShardId,
        new: &NewInstance,
        undo: &mut Vec<Undo>,
    ) -> Result<(), ConflictKind> {
        let name = (new.workflow, Arc::clone(&new.id));
        if self.names.contains_key(&name) {
            return Err(ConflictKind::InstanceExists);
        }
        let head = InstanceHead {
            shard,
            number: new.number,
            workflow: new.workflow,
            id: Arc::clone(&new.id),
            version: new.version,
            phase: Phase::Runnable,
            created_ms: new.created_ms,
            updated_ms: new.created_ms,
            trigger: new.trigger,
            options: new.options.clone(),
        };
        let instance = Instance {
            head,
            params: new.params.clone(),
            journal: Vec::new(),
            events: BTreeMap::new(),
        };
        let number = new.number;
        self.names.insert(name.clone(), number);
        self.instances.insert(number, instance);
        undo.push(Box::new(move |shard| {
            shard.names.remove(&name);
            shard.instances.remove(&number);
        }));
        Ok(())
    }

    /// Takes an instance's timers away, and has them and its former self put back if the batch is taken back.
    fn put_back_later(&mut self, old: Instance, undo: &mut Vec<Undo>) {
        let number = old.head.number;
        let mine = |timer: &&TimerKey| timer.instance == number;
        let timers: BTreeSet<TimerKey> = self.timers.iter().filter(mine).copied().collect();
        self.timers.retain(|timer| timer.instance != number);
        undo.push(Box::new(move |shard| {
            let name = (old.head.workflow, Arc::clone(&old.head.id));
            shard.names.insert(name, number);
            shard.instances.insert(number, old);
            shard.timers.extend(timers);
        }));
    }
}
