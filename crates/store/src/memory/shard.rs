//! What the reference store keeps, and the reads within one shard.

use crate::{
    BufferedEvent, InboxMessage, InstanceHead, JournalRow, Loaded, Phase, Runnable, ShardBatch, TimerKey,
};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;
use stepwell_core::ids::{InstanceNumber, WorkflowId};
use stepwell_core::journal::Entry;
use stepwell_core::value::Value;

/// One shard.
#[derive(Debug, Default)]
pub(super) struct Shard {
    pub(super) epoch: u64,
    pub(super) seq: u64,
    /// The last batch itself: the exact answer to "is this the same one?", where other stores keep a hash.
    pub(super) last: Option<ShardBatch>,
    pub(super) instances: BTreeMap<InstanceNumber, Instance>,
    pub(super) names: BTreeMap<(WorkflowId, Arc<str>), InstanceNumber>,
    pub(super) timers: BTreeSet<TimerKey>,
    pub(super) inbox: BTreeMap<u64, InboxMessage>,
}

/// One instance with all it has but its timers.
#[derive(Debug, Clone)]
pub(super) struct Instance {
    pub(super) head: InstanceHead,
    pub(super) params: Value,
    pub(super) journal: Vec<(Arc<Entry>, Option<Value>)>,
    pub(super) events: BTreeMap<u64, (BufferedEvent, Value)>,
}

impl Shard {
    pub(super) fn runnable(&self, after: Option<InstanceNumber>, limit: usize) -> Vec<Runnable> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let later = self.instances.range((start, Bound::Unbounded));
        later
            .filter(|(_, instance)| instance.head.phase == Phase::Runnable)
            .take(limit)
            .map(|(_, instance)| Runnable {
                head: instance.head.clone(),
                begun: !instance.journal.is_empty(),
            })
            .collect()
    }

    pub(super) fn timers(&self, after: Option<TimerKey>, until_ms: i64, limit: usize) -> Vec<TimerKey> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let later = self.timers.range((start, Bound::Unbounded));
        later
            .take_while(|timer| timer.due_ms <= until_ms)
            .take(limit)
            .copied()
            .collect()
    }
}

impl Instance {
    pub(super) fn loaded(&self) -> Loaded {
        let row = |(seq, (entry, value)): (u32, &(Arc<Entry>, Option<Value>))| JournalRow {
            seq,
            entry: Entry::clone(entry),
            value_bytes: value.as_ref().map(|value| value.bytes().len() as u64),
        };
        Loaded {
            head: self.head.clone(),
            journal: (0..).zip(&self.journal).map(row).collect(),
            events: self.events.values().map(|(event, _)| event.clone()).collect(),
        }
    }

    pub(super) fn values(&self, from: u32, max_bytes: u64) -> Vec<(u32, Value)> {
        let mut values = Vec::new();
        let mut bytes = 0;
        for (seq, (_, value)) in (0..).zip(&self.journal).skip(from as usize) {
            let Some(value) = value else { continue };
            bytes += value.bytes().len() as u64;
            if bytes > max_bytes && !values.is_empty() {
                break;
            }
            values.push((seq, value.clone()));
        }
        values
    }

    pub(super) fn event_value(&self, id: u64) -> Option<Value> {
        self.events.get(&id).map(|(_, value)| value.clone())
    }
}
