//! Timers.

use crate::conformance::owner::{Owner, timer};
use crate::{Op, Store, TimerKey};
use stepwell_core::ids::ShardId;

/// Ordered by due time, instance and key; a page goes on after its cursor whatever happened to that timer.
pub async fn they_come_in_order_and_in_pages(store: &dyn Store) {
    let mut owner = Owner::new(store).await;
    let shard = ShardId(0);
    let (_, first) = owner.create(owner.instance_in(shard, 1)).await;
    let (_, second) = owner.create(owner.instance_in(shard, 2)).await;
    let (other_shard, elsewhere) = owner.create(owner.instance_in(ShardId(1), 3)).await;
    let sorted = [
        timer(i64::MIN, second, 0),
        timer(-5, first, 1),
        timer(10, first, 0),
        timer(10, first, u32::MAX),
        timer(10, second, 0),
        timer(11, first, 0),
        timer(i64::MAX, first, 0),
    ];
    let order = [4, 0, 6, 2, 5, 1, 3];
    let puts = order.map(|index| Op::PutTimer(sorted[index])).to_vec();
    owner.apply(shard, puts).await;
    owner
        .apply(other_shard, vec![Op::PutTimer(timer(1, elsewhere, 0))])
        .await;
    let all = store.timers(shard, None, i64::MAX, 99).await.unwrap();
    assert_eq!(all, sorted);
    let due = store.timers(shard, None, 10, 99).await.unwrap();
    assert_eq!(due, sorted[..5]);
    let due = store.timers(shard, None, 9, 99).await.unwrap();
    assert_eq!(due, sorted[..2]);
    let mut cursor: Option<TimerKey> = None;
    for expected in &sorted {
        let page = store.timers(shard, cursor, i64::MAX, 1).await.unwrap();
        assert_eq!(page, [*expected]);
        owner.apply(shard, vec![Op::DeleteTimer(*expected)]).await;
        cursor = Some(*expected);
    }
    assert_eq!(store.timers(shard, cursor, i64::MAX, 9).await.unwrap(), []);
    assert_eq!(store.timers(shard, None, i64::MAX, 0).await.unwrap(), []);
}

/// Put twice it is there once; deleted twice it is gone; the last op of a batch counts.
pub async fn putting_and_deleting_are_idempotent(store: &dyn Store) {
    let mut owner = Owner::new(store).await;
    let shard = ShardId(0);
    let (_, number) = owner.create(owner.instance_in(shard, 1)).await;
    let key = timer(10, number, 3);
    let (put, delete) = (Op::PutTimer(key), Op::DeleteTimer(key));
    owner.apply(shard, vec![put.clone(), put.clone()]).await;
    owner.apply(shard, vec![put.clone()]).await;
    assert_eq!(store.timers(shard, None, 10, 9).await.unwrap(), [key]);
    owner.apply(shard, vec![delete.clone(), delete.clone()]).await;
    assert_eq!(store.timers(shard, None, 10, 9).await.unwrap(), []);
    owner.apply(shard, vec![put.clone(), delete.clone()]).await;
    assert_eq!(store.timers(shard, None, 10, 9).await.unwrap(), []);
    owner.apply(shard, vec![delete, put]).await;
    assert_eq!(store.timers(shard, None, 10, 9).await.unwrap(), [key]);
}
