//! Buffered events.

use crate::conformance::owner::{Owner, event, noise, value};
use crate::{BatchOutcome, ConflictKind, Op, Store};
use stepwell_core::ids::ShardId;

/// Oldest first whatever the order in which they came, each until it is taken; an id is used once at a time.
pub async fn they_are_kept_in_order_until_taken(store: &dyn Store) {
    let mut owner = Owner::new(store).await;
    let shard = ShardId(0);
    let (_, number) = owner.create(owner.instance_in(shard, 1)).await;
    let (_, other) = owner.create(owner.instance_in(shard, 2)).await;
    let ops = vec![
        event(number, 1, value(b"a")),
        event(number, 2, noise(50_000, 1)),
        event(number, 10, value(b"b")),
        event(other, 1, value(b"other")),
    ];
    owner.apply(shard, ops).await;
    owner.apply(shard, vec![event(number, 9, value(b"c"))]).await;
    let ids = async || -> Vec<u64> {
        let loaded = store.load(shard, number).await.unwrap().unwrap();
        loaded.events.iter().map(|event| event.id).collect()
    };
    assert_eq!(ids().await, [1, 2, 9, 10]);
    let outcome = owner.commit(shard, vec![event(number, 9, value(b"again"))]).await;
    let what = ConflictKind::EventExists;
    assert_eq!(outcome, BatchOutcome::Conflict { op: 0, what });
    let take = |id| Op::TakeEvent { number, id };
    owner.apply(shard, vec![take(2), take(1), take(77)]).await;
    assert_eq!(ids().await, [9, 10]);
    assert_eq!(store.event_value(shard, number, 2).await.unwrap(), None);
    let payload = store.event_value(shard, number, 9).await.unwrap();
    assert_eq!(payload, Some(value(b"c")));
    let payload = store.event_value(shard, other, 1).await.unwrap();
    assert_eq!(payload, Some(value(b"other")));
    // Accepted and taken within one batch.
    owner
        .apply(shard, vec![event(number, 11, value(b"d")), take(11)])
        .await;
    assert_eq!(ids().await, [9, 10]);
}
