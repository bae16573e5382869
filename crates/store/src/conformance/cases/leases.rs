//! Who holds a shard.

use crate::Store;
use crate::conformance::owner::{Owner, TTL};
use std::collections::BTreeSet;
use std::time::Duration;
use stepwell_core::ids::ShardId;

/// Shards are given out once, as many as asked for, until they are given back.
pub async fn each_shard_has_one_holder(store: &dyn Store) {
    let shards = store.info().shards as usize;
    let first = store.acquire(1, 1, TTL).await.unwrap();
    assert_eq!(first.len(), 1);
    let rest = store.acquire(2, usize::MAX, TTL).await.unwrap();
    assert_eq!(rest.len(), shards - 1);
    assert_eq!(store.acquire(3, usize::MAX, TTL).await.unwrap(), []);
    assert_eq!(store.acquire(1, usize::MAX, TTL).await.unwrap(), []);
    let all: BTreeSet<_> = first.iter().chain(&rest).map(|lease| lease.shard).collect();
    assert_eq!(all, (0..shards as u32).map(ShardId).collect());
    assert_eq!(store.renew(1, &first, TTL).await.unwrap(), [first[0].shard]);
    assert_eq!(store.renew(2, &first, TTL).await.unwrap(), []);
    // Somebody else's lease is not given back.
    store.release(2, &first).await.unwrap();
    assert_eq!(store.acquire(3, usize::MAX, TTL).await.unwrap(), []);
    store.release(1, &first).await.unwrap();
    let again = store.acquire(3, usize::MAX, TTL).await.unwrap();
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].epoch, first[0].epoch + 1);
}

/// A lease that is not renewed in time is anybody's.
pub async fn an_expired_lease_can_be_taken(store: &dyn Store) {
    let short = store.acquire(1, 1, Duration::from_millis(20)).await.unwrap();
    let kept = store.acquire(1, 1, Duration::from_millis(20)).await.unwrap();
    assert_eq!(store.renew(1, &kept, TTL).await.unwrap(), [kept[0].shard]);
    tokio::time::sleep(Duration::from_millis(60)).await;
    let taken: Vec<_> = store.acquire(2, usize::MAX, TTL).await.unwrap();
    let shards: Vec<_> = taken.iter().map(|lease| lease.shard).collect();
    assert!(shards.contains(&short[0].shard) && !shards.contains(&kept[0].shard));
    assert_eq!(store.renew(1, &short, TTL).await.unwrap(), []);
    assert_eq!(store.renew(1, &kept, TTL).await.unwrap(), [kept[0].shard]);
}

/// A lease carries the number of batches committed so far, across owners.
pub async fn a_lease_says_where_the_shard_is(store: &dyn Store) {
    let mut owner = Owner::new(store).await;
    for _ in 0..3 {
        owner.apply(ShardId(0), vec![]).await;
    }
    let held: Vec<_> = owner.leases.values().copied().collect();
    store
        .release(crate::conformance::owner::NODE, &held)
        .await
        .unwrap();
    let mut next = Owner::new(store).await;
    assert_eq!(next.leases[&ShardId(0)].seq, 3);
    assert_eq!(next.leases[&ShardId(1)].seq, 0);
    next.apply(ShardId(0), vec![]).await;
}
