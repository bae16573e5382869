//! Upkeep and facts.

use crate::conformance::owner::{Owner, append, noise};
use crate::conformance::snapshot;
use crate::{Op, Store};
use std::time::Duration;
use stepwell_core::ids::{ShardId, WorkflowId};

/// `maintain` and `probe` are not seen in any read.
pub async fn it_changes_nothing(store: &dyn Store) {
    let mut owner = Owner::new(store).await;
    let shard = ShardId(0);
    let (_, number) = owner.create(owner.instance_in(shard, 1)).await;
    let (_, gone) = owner.create(owner.instance_in(shard, 2)).await;
    owner
        .apply(shard, vec![append(number, 0, Some(noise(3_000, 1)))])
        .await;
    for seq in 0..20 {
        owner
            .apply(shard, vec![append(gone, seq, Some(noise(1 << 20, 1)))])
            .await;
    }
    owner
        .apply(shard, vec![Op::DeleteInstance { number: gone }])
        .await;
    let before = snapshot::take(store, &[WorkflowId(1)]).await;
    store.maintain(Duration::from_secs(1)).await.unwrap();
    store.probe().await.unwrap();
    assert_eq!(snapshot::take(store, &[WorkflowId(1)]).await, before);
    owner.apply(shard, vec![append(number, 1, None)]).await;
}

/// A call that wrote is one commit; one that did not is none.
pub async fn commits_and_entries_are_counted(store: &dyn Store) {
    let mut owner = Owner::new(store).await;
    let (_, number) = owner.create(owner.instance_in(ShardId(0), 1)).await;
    let before = store.info();
    let batch = owner.batch(ShardId(0), vec![append(number, 0, None), append(number, 1, None)]);
    let other = owner.batch(ShardId(1), vec![]);
    store.commit(vec![batch, other]).await.unwrap();
    let after = store.info();
    assert_eq!(
        (after.commits, after.entries),
        (before.commits + 1, before.entries + 2)
    );
    let mut refused = owner.batch(ShardId(0), vec![append(number, 2, None)]);
    refused.epoch += 1;
    store.commit(vec![refused]).await.unwrap();
    let last = store.info();
    assert_eq!((last.commits, last.entries), (after.commits, after.entries));
}
