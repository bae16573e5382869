//! Epochs and sequence numbers.

use crate::conformance::owner::{NODE, Owner, TTL, append};
use crate::{BatchOutcome, ConflictKind, Op, Store};
use stepwell_core::ids::ShardId;

const SHARD: ShardId = ShardId(0);

/// Once a shard has a new epoch, no batch of an older one is applied.
pub async fn an_older_epoch_is_fenced(store: &dyn Store) {
    let mut old = Owner::new(store).await;
    let (_, number) = old.create(old.instance_in(SHARD, 1)).await;
    let late = old.batch(SHARD, vec![append(number, 0, None)]);
    let held: Vec<_> = old.leases.values().copied().collect();
    store.release(NODE, &held).await.unwrap();
    let mut new = Owner::new(store).await;
    let (before, current) = (old.leases[&SHARD].epoch, new.leases[&SHARD].epoch);
    assert!(before < current);
    assert_eq!(old.send(late).await, BatchOutcome::Fenced { current });
    let last = old.batch(SHARD, vec![]);
    assert_eq!(old.send(last).await, BatchOutcome::Fenced { current });
    new.apply(SHARD, vec![append(number, 0, None)]).await;
    assert_eq!(store.renew(NODE, &held, TTL).await.unwrap(), []);
}

/// A made-up epoch is not accepted, 0 included.
pub async fn a_shard_that_nobody_acquired_is_fenced(store: &dyn Store) {
    for epoch in [0, 1] {
        let batch = crate::ShardBatch {
            shard: SHARD,
            epoch,
            expected: 0,
            ops: vec![],
        };
        let outcomes = store.commit(vec![batch]).await.unwrap();
        assert_eq!(outcomes, [BatchOutcome::Fenced { current: 0 }]);
    }
}

/// A batch that expects another sequence number than the shard has is refused.
pub async fn a_wrong_sequence_is_a_conflict(store: &dyn Store) {
    let mut owner = Owner::new(store).await;
    owner.apply(SHARD, vec![]).await;
    owner.apply(SHARD, vec![]).await;
    for expected in [0, 1, 3, i64::MAX as u64] {
        let mut batch = owner.batch(SHARD, vec![Op::InboxTaken { ids: vec![expected] }]);
        batch.expected = expected;
        let what = ConflictKind::BatchSequence;
        assert_eq!(owner.send(batch).await, BatchOutcome::Conflict { op: 0, what });
    }
    owner.apply(SHARD, vec![]).await;
}

/// The outcome was lost on its way: the batch is sent again and is not applied twice.
pub async fn the_same_batch_again_is_committed_once(store: &dyn Store) {
    let mut owner = Owner::new(store).await;
    let new = owner.instance_in(SHARD, 1);
    let number = new.number;
    let ops = vec![Op::CreateInstance(Box::new(new)), append(number, 0, None)];
    let batch = owner.batch(SHARD, ops);
    for _ in 0..3 {
        assert_eq!(owner.send(batch.clone()).await, BatchOutcome::Committed(1));
    }
    let loaded = store.load(SHARD, number).await.unwrap().unwrap();
    assert_eq!(loaded.journal.len(), 1);
    owner.apply(SHARD, vec![append(number, 1, None)]).await;
    let what = ConflictKind::BatchSequence;
    assert_eq!(owner.send(batch).await, BatchOutcome::Conflict { op: 0, what });
}

/// The batch itself was lost on its way.
pub async fn a_batch_that_did_not_arrive_is_committed_once(store: &dyn Store) {
    let mut owner = Owner::new(store).await;
    owner.apply(SHARD, vec![]).await;
    let lost = owner.batch(SHARD, vec![]);
    assert_eq!(owner.send(lost.clone()).await, BatchOutcome::Committed(2));
    assert_eq!(owner.send(lost).await, BatchOutcome::Committed(2));
}

/// Only the identical batch is taken for a repetition.
pub async fn another_batch_in_its_place_is_a_conflict(store: &dyn Store) {
    let mut owner = Owner::new(store).await;
    let (_, number) = owner.create(owner.instance_in(SHARD, 1)).await;
    let first = owner.batch(SHARD, vec![append(number, 0, None)]);
    let value = crate::conformance::owner::value(b"1");
    let other = owner.batch(SHARD, vec![append(number, 0, Some(value))]);
    assert_eq!(owner.send(first).await, BatchOutcome::Committed(2));
    let what = ConflictKind::BatchSequence;
    assert_eq!(owner.send(other).await, BatchOutcome::Conflict { op: 0, what });
}
