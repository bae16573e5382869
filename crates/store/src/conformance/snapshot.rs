//! Everything that can be read from a store, to compare two stores or two moments.

use crate::{InboxMessage, InstanceHead, Listing, Loaded, Phase, Runnable, Span, Store, TimerKey};
use stepwell_core::ids::{ShardId, WorkflowId};
use stepwell_core::value::Value;

/// An instance with all values.
#[derive(Debug, Clone, PartialEq)]
pub struct Whole {
    /// Head, journal, events.
    pub loaded: Loaded,
    /// The params.
    pub params: Option<Value>,
    /// All values of the journal.
    pub values: Vec<(u32, Value)>,
    /// Payloads of the events.
    pub events: Vec<Option<Value>>,
}

/// All that a store says about its shards and about Workflows.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// By shard.
    pub timers: Vec<Vec<TimerKey>>,
    /// By shard.
    pub runnable: Vec<Vec<Runnable>>,
    /// By shard.
    pub inbox: Vec<Vec<InboxMessage>>,
    /// By Workflow: all instances, then by phase.
    pub lists: Vec<Vec<InstanceHead>>,
    /// By Workflow.
    pub counts: Vec<Vec<(Phase, u64)>>,
    /// All instances of the lists.
    pub instances: Vec<Whole>,
    /// Names.
    pub workflows: Vec<(WorkflowId, String)>,
}

/// Reads everything about the shards and about these Workflows.
pub async fn take(store: &dyn Store, workflows: &[WorkflowId]) -> Snapshot {
    let mut snapshot = Snapshot {
        timers: Vec::new(),
        runnable: Vec::new(),
        inbox: Vec::new(),
        lists: Vec::new(),
        counts: Vec::new(),
        instances: Vec::new(),
        workflows: store.workflows().await.unwrap(),
    };
    for shard in (0..store.info().shards).map(ShardId) {
        let timers = store.timers(shard, None, i64::MAX, usize::MAX).await;
        snapshot.timers.push(timers.unwrap());
        snapshot
            .runnable
            .push(store.runnable(shard, None, usize::MAX).await.unwrap());
        snapshot.inbox.push(store.inbox(shard, usize::MAX).await.unwrap());
    }
    for workflow in workflows {
        let all = store.list(Listing::all(*workflow)).await.unwrap();
        for head in &all {
            snapshot.instances.push(whole(store, head).await);
            let found = store.find(*workflow, &head.id).await.unwrap();
            assert_eq!(found.as_ref(), Some(head), "find and list disagree");
        }
        snapshot.lists.push(all);
        for phase in Phase::ALL {
            let listing = Listing {
                phases: vec![phase],
                ..Listing::all(*workflow)
            };
            snapshot.lists.push(store.list(listing).await.unwrap());
        }
        snapshot
            .counts
            .push(store.counts(*workflow, Span::ALL).await.unwrap());
    }
    snapshot
}

/// Reads an instance that must be there.
pub async fn whole(store: &dyn Store, head: &InstanceHead) -> Whole {
    let loaded = store.load(head.shard, head.number).await.unwrap().unwrap();
    let mut events = Vec::new();
    for event in &loaded.events {
        let value = store.event_value(head.shard, head.number, event.id).await;
        events.push(value.unwrap());
    }
    Whole {
        loaded,
        params: store.params(head.shard, head.number).await.unwrap(),
        values: store.values(head.shard, head.number, 0, u64::MAX).await.unwrap(),
        events,
    }
}

/// The counts, counted from the lists.
pub fn recount(snapshot: &Snapshot, workflow: usize) -> Vec<(Phase, u64)> {
    let all = &snapshot.lists[workflow * (Phase::ALL.len() + 1)];
    let count = |phase| all.iter().filter(|head| head.phase == phase).count() as u64;
    let counts = Phase::ALL.into_iter().map(|phase| (phase, count(phase)));
    counts.filter(|(_, count)| *count > 0).collect()
}
