//! One call, one commit; one batch, all or nothing.

use crate::conformance::owner::{NODE, Owner, append, event, new_instance, noise, phase, timer, value};
use crate::conformance::snapshot;
use crate::{BatchOutcome, ConflictKind, InboxMessage, Op, Phase, Store, StoreError};
use stepwell_core::ids::{InstanceNumber, ShardId, WorkflowId};

/// What went in comes out, in every read.
pub async fn effects_are_read_back(store: &dyn Store) {
    let mut owner = Owner::new(store).await;
    let new = new_instance(5, "order-1");
    let (shard, number) = owner.create(new.clone()).await;
    owner
        .apply(
            shard,
            vec![
                append(number, 0, Some(value(b"1"))),
                append(number, 1, None),
                event(number, 1, value(b"\"paid\"")),
                Op::PutTimer(timer(9_000, number, 1)),
                phase(number, Phase::Waiting, 4_000),
            ],
        )
        .await;
    let loaded = store.load(shard, number).await.unwrap().unwrap();
    let head = &loaded.head;
    assert_eq!(
        (head.shard, head.number, head.workflow),
        (shard, number, new.workflow)
    );
    assert_eq!((&head.id, head.version, head.trigger), (&new.id, 7, new.trigger));
    assert_eq!((head.created_ms, head.updated_ms), (1_005, 4_000));
    assert_eq!((head.phase, &head.options), (Phase::Waiting, &new.options));
    let lengths: Vec<_> = loaded
        .journal
        .iter()
        .map(|row| (row.seq, row.value_bytes))
        .collect();
    assert_eq!(lengths, [(0, Some(1)), (1, None)]);
    assert_eq!(loaded.events.len(), 1);
    assert_eq!(
        (loaded.events[0].id, &*loaded.events[0].event_type),
        (1, "type-1")
    );
    assert_eq!(loaded.events[0].at_ms, 3_001);
    assert_eq!(store.params(shard, number).await.unwrap(), Some(new.params));
    assert_eq!(
        store.values(shard, number, 0, 99).await.unwrap(),
        [(0, value(b"1"))]
    );
    let payload = store.event_value(shard, number, 1).await.unwrap();
    assert_eq!(payload, Some(value(b"\"paid\"")));
    assert_eq!(
        store.find(new.workflow, "order-1").await.unwrap().as_ref(),
        Some(head)
    );
    assert_eq!(store.find(new.workflow, "order-2").await.unwrap(), None);
    assert_eq!(store.find(WorkflowId(2), "order-1").await.unwrap(), None);
    let timers = store.timers(shard, None, 9_000, 10).await.unwrap();
    assert_eq!(timers, [timer(9_000, number, 1)]);
}

/// A batch whose last op does not fit leaves no trace of the others, of no kind.
pub async fn a_batch_is_applied_whole_or_not_at_all(store: &dyn Store) {
    let mut owner = Owner::new(store).await;
    let shard = ShardId(0);
    let (present, marker) = (owner.instance_in(shard, 1), owner.instance_in(shard, 2));
    let (_, number) = owner.create(present.clone()).await;
    let prepared = vec![
        append(number, 0, Some(noise(5_000, 1))),
        event(number, 1, noise(5_000, 2)),
        event(number, 2, value(b"2")),
        Op::PutTimer(timer(5, number, 0)),
        Op::PutTimer(timer(6, number, 0)),
    ];
    owner.apply(shard, prepared).await;
    let message = InboxMessage {
        id: 1,
        shard,
        source: NODE,
        source_id: 1,
        body: serde_json::json!({"kind": "poke"}),
        value: Some(noise(5_000, 3)),
    };
    store.enqueue(vec![message]).await.unwrap();
    let before = snapshot::take(store, &[WorkflowId(1)]).await;
    let ops = vec![
        Op::CreateInstance(Box::new(marker.clone())),
        append(marker.number, 0, Some(noise(5_000, 4))),
        append(number, 1, None),
        phase(number, Phase::Complete, 77),
        Op::TakeEvent { number, id: 1 },
        event(number, 3, value(b"3")),
        Op::DeleteTimer(timer(5, number, 0)),
        Op::PutTimer(timer(7, number, 0)),
        Op::InboxTaken { ids: vec![1] },
        Op::ClearInstance { number },
        append(number, 0, None),
        Op::DeleteInstance { number },
        append(marker.number, 5, None),
    ];
    let outcome = owner.commit(shard, ops).await;
    let what = ConflictKind::JournalSequence;
    assert_eq!(outcome, BatchOutcome::Conflict { op: 12, what });
    assert_eq!(snapshot::take(store, &[WorkflowId(1)]).await, before);
    // And the writer has not remembered anything of it either.
    owner
        .apply(
            shard,
            vec![append(number, 1, None), Op::CreateInstance(Box::new(marker))],
        )
        .await;
}

/// In one call a fenced shard, one in conflict and a good one have three different outcomes.
pub async fn shards_of_one_call_are_independent(store: &dyn Store) {
    let mut owner = Owner::new(store).await;
    let (first, second) = (ShardId(0), ShardId(1));
    let (a, b) = (owner.instance_in(first, 1), owner.instance_in(second, 1));
    let create = |new: &crate::NewInstance| vec![Op::CreateInstance(Box::new(new.clone()))];
    let good = owner.batch(second, create(&b));
    let mut fenced = owner.batch(first, create(&a));
    fenced.epoch -= 1;
    let current = owner.leases[&first].epoch;
    let outcomes = store.commit(vec![fenced, good]).await.unwrap();
    assert_eq!(
        outcomes,
        [BatchOutcome::Fenced { current }, BatchOutcome::Committed(1)]
    );
    owner.leases.get_mut(&second).unwrap().seq = 1;
    let conflict = owner.batch(second, create(&b));
    let good = owner.batch(first, create(&a));
    let outcomes = store.commit(vec![conflict, good]).await.unwrap();
    let what = ConflictKind::InstanceExists;
    let expected = [BatchOutcome::Conflict { op: 0, what }, BatchOutcome::Committed(1)];
    assert_eq!(outcomes, expected);
    for (shard, new) in [(first, a), (second, b)] {
        assert!(store.load(shard, new.number).await.unwrap().is_some());
    }
}

/// A call may hold several batches of a shard; the second expects the first.
pub async fn two_batches_of_a_shard_in_one_call_follow_each_other(store: &dyn Store) {
    let owner = Owner::new(store).await;
    let new = owner.instance_in(ShardId(0), 1);
    let create = owner.batch(ShardId(0), vec![Op::CreateInstance(Box::new(new.clone()))]);
    let mut append_to_it = owner.batch(ShardId(0), vec![append(new.number, 0, None)]);
    append_to_it.expected += 1;
    let outcomes = store.commit(vec![create, append_to_it]).await.unwrap();
    assert_eq!(outcomes, [BatchOutcome::Committed(1), BatchOutcome::Committed(2)]);
}

/// A batch without ops moves the sequence on.
pub async fn an_empty_batch_counts(store: &dyn Store) {
    let mut owner = Owner::new(store).await;
    owner.apply(ShardId(1), vec![]).await;
    owner.apply(ShardId(1), vec![]).await;
    assert_eq!(owner.leases[&ShardId(1)].seq, 2);
    assert_eq!(store.commit(vec![]).await.unwrap(), []);
}

/// Bugs of the caller are `Invalid`, and nothing of the call is applied.
pub async fn nonsense_is_refused(store: &dyn Store) {
    let owner = Owner::new(store).await;
    let shards = store.info().shards;
    let good = owner.instance_in(ShardId(0), 1);
    let good = owner.batch(ShardId(0), vec![Op::CreateInstance(Box::new(good))]);
    let elsewhere = owner.instance_in(ShardId(1), 1);
    let wrong_home = owner.batch(ShardId(0), vec![Op::CreateInstance(Box::new(elsewhere))]);
    let number = InstanceNumber(1 << 63);
    let too_large = owner.batch(ShardId(0), vec![Op::DeleteInstance { number }]);
    let mut no_shard = owner.batch(ShardId(0), vec![]);
    no_shard.shard = ShardId(shards);
    for bad in [wrong_home, too_large, no_shard] {
        let result = store.commit(vec![good.clone(), bad]).await;
        assert!(matches!(result, Err(StoreError::Invalid(_))), "{result:?}");
    }
    assert!(matches!(
        store.inbox(ShardId(shards), 1).await,
        Err(StoreError::Invalid(_))
    ));
    assert_eq!(store.runnable(ShardId(0), None, 10).await.unwrap(), []);
    assert_eq!(
        store.commit(vec![good]).await.unwrap(),
        [BatchOutcome::Committed(1)]
    );
}
