//! Creating, clearing, deleting.

use crate::conformance::owner::{Owner, append, event, noise, phase, timer, value};
use crate::{BatchOutcome, ConflictKind, Listing, Op, Phase, Span, Store};
use stepwell_core::ids::{InstanceNumber, ShardId};

const SHARD: ShardId = ShardId(1);

fn conflict(op: usize, what: ConflictKind) -> BatchOutcome {
    BatchOutcome::Conflict { op, what }
}

/// Neither the id nor the number can be used twice, in one batch or in two.
pub async fn an_id_is_taken_once(store: &dyn Store) {
    let mut owner = Owner::new(store).await;
    let first = owner.instance_in(SHARD, 1);
    let mut same_id = owner.instance_in(SHARD, 2);
    same_id.id = first.id.clone();
    let mut same_number = owner.instance_in(SHARD, 3);
    same_number.number = first.number;
    let create = |new: &crate::NewInstance| Op::CreateInstance(Box::new(new.clone()));
    for other in [&same_id, &same_number] {
        let outcome = owner.commit(SHARD, vec![create(&first), create(other)]).await;
        assert_eq!(outcome, conflict(1, ConflictKind::InstanceExists));
    }
    owner.create(first.clone()).await;
    for other in [&first, &same_id, &same_number] {
        let outcome = owner.commit(SHARD, vec![create(other)]).await;
        assert_eq!(outcome, conflict(0, ConflictKind::InstanceExists));
    }
    // An id is free again when its instance is gone, in the same batch too.
    let number = first.number;
    owner
        .apply(SHARD, vec![Op::DeleteInstance { number }, create(&same_id)])
        .await;
    let found = store.find(same_id.workflow, &same_id.id).await.unwrap().unwrap();
    assert_eq!(found.number, same_id.number);
}

/// Every op that needs an instance says that there is none.
pub async fn ops_on_missing_instances_are_conflicts(store: &dyn Store) {
    let mut owner = Owner::new(store).await;
    let number = InstanceNumber(404);
    let ops = [
        phase(number, Phase::Complete, 1),
        Op::SetVersion { number, version: 1 },
        append(number, 0, None),
        Op::ClearInstance { number },
        Op::PutTimer(timer(1, number, 1)),
        event(number, 1, value(b"1")),
        Op::DeleteInstance { number },
    ];
    for op in ops {
        let outcome = owner
            .commit(SHARD, vec![Op::InboxTaken { ids: vec![] }, op])
            .await;
        assert_eq!(outcome, conflict(1, ConflictKind::NoInstance));
    }
    let ignored = vec![
        Op::TakeEvent { number, id: 1 },
        Op::DeleteTimer(timer(1, number, 1)),
    ];
    owner.apply(SHARD, ignored).await;
    assert_eq!(store.load(SHARD, number).await.unwrap(), None);
    assert_eq!(store.params(SHARD, number).await.unwrap(), None);
    assert_eq!(store.values(SHARD, number, 0, 9).await.unwrap(), []);
    assert_eq!(store.event_value(SHARD, number, 1).await.unwrap(), None);
}

/// Asked for in another shard, an instance is not there.
pub async fn an_instance_is_in_its_shard_only(store: &dyn Store) {
    let mut owner = Owner::new(store).await;
    let (_, number) = owner.create(owner.instance_in(SHARD, 1)).await;
    let ops = vec![
        append(number, 0, Some(value(b"1"))),
        event(number, 1, value(b"2")),
    ];
    owner.apply(SHARD, ops).await;
    let other = ShardId(0);
    assert_eq!(store.load(other, number).await.unwrap(), None);
    assert_eq!(store.params(other, number).await.unwrap(), None);
    assert_eq!(store.values(other, number, 0, 9).await.unwrap(), []);
    assert_eq!(store.event_value(other, number, 1).await.unwrap(), None);
    let outcome = owner.commit(other, vec![append(number, 1, None)]).await;
    assert_eq!(outcome, conflict(0, ConflictKind::NoInstance));
}

/// A full restart: the journal starts again, nothing that was waited for is left.
pub async fn clearing_keeps_the_head(store: &dyn Store) {
    let mut owner = Owner::new(store).await;
    let new = owner.instance_in(SHARD, 1);
    let neighbour = owner.instance_in(SHARD, 2);
    let (_, number) = owner.create(new.clone()).await;
    owner.create(neighbour.clone()).await;
    let fill = |number| {
        vec![
            append(number, 0, Some(noise(100, 1))),
            append(number, 1, Some(noise(100_000, 2))),
            event(number, 1, noise(100_000, 3)),
            Op::PutTimer(timer(50, number, 1)),
            phase(number, Phase::Errored, 9),
        ]
    };
    owner.apply(SHARD, fill(number)).await;
    owner.apply(SHARD, fill(neighbour.number)).await;
    let clear = vec![
        Op::ClearInstance { number },
        append(number, 0, Some(value(b"new"))),
    ];
    owner.apply(SHARD, clear).await;
    let loaded = store.load(SHARD, number).await.unwrap().unwrap();
    assert_eq!((loaded.journal.len(), loaded.events.len()), (1, 0));
    assert_eq!(loaded.head.phase, Phase::Errored);
    assert_eq!(store.params(SHARD, number).await.unwrap(), Some(new.params));
    assert_eq!(
        store.values(SHARD, number, 0, 999).await.unwrap(),
        [(0, value(b"new"))]
    );
    assert_eq!(store.event_value(SHARD, number, 1).await.unwrap(), None);
    let left = store.timers(SHARD, None, i64::MAX, 9).await.unwrap();
    assert_eq!(left, [timer(50, neighbour.number, 1)]);
    let kept = store.values(SHARD, neighbour.number, 0, u64::MAX).await.unwrap();
    assert_eq!(kept, [(0, noise(100, 1)), (1, noise(100_000, 2))]);
    owner
        .apply(SHARD, vec![Op::ClearInstance { number }, append(number, 0, None)])
        .await;
}

/// The version changes, and nothing else with it; not in a batch that is taken back.
pub async fn the_version_can_be_changed(store: &dyn Store) {
    let mut owner = Owner::new(store).await;
    let new = owner.instance_in(SHARD, 1);
    let (_, number) = owner.create(new.clone()).await;
    let before = store.find(new.workflow, &new.id).await.unwrap().unwrap();
    let set = |version| Op::SetVersion { number, version };
    owner
        .apply(SHARD, vec![set(8), phase(number, Phase::Waiting, 9)])
        .await;
    let refused = vec![set(9), append(number, 5, None)];
    owner.commit(SHARD, refused).await;
    let after = store.find(new.workflow, &new.id).await.unwrap().unwrap();
    assert_eq!((before.version, after.version), (7, 8));
    assert_eq!((after.phase, after.updated_ms), (Phase::Waiting, 9));
    assert_eq!(after.options, before.options);
    assert_eq!(store.params(SHARD, number).await.unwrap(), Some(new.params));
}

/// Nothing can be read of a deleted instance, and an instance of the same id starts from nothing.
pub async fn deleting_leaves_nothing(store: &dyn Store) {
    let mut owner = Owner::new(store).await;
    let mut new = owner.instance_in(SHARD, 1);
    new.params = noise(100_000, 1);
    let workflow = new.workflow;
    let (_, number) = owner.create(new.clone()).await;
    let fill = vec![
        append(number, 0, Some(noise(100_000, 1))),
        append(number, 1, Some(value(b"1"))),
        event(number, 1, noise(100_000, 3)),
        Op::PutTimer(timer(50, number, 1)),
        Op::PutTimer(timer(60, number, 2)),
        phase(number, Phase::Waiting, 9),
    ];
    owner.apply(SHARD, fill).await;
    owner.apply(SHARD, vec![Op::DeleteInstance { number }]).await;
    assert_eq!(store.load(SHARD, number).await.unwrap(), None);
    assert_eq!(store.params(SHARD, number).await.unwrap(), None);
    assert_eq!(store.values(SHARD, number, 0, 9).await.unwrap(), []);
    assert_eq!(store.find(workflow, &new.id).await.unwrap(), None);
    assert_eq!(store.list(Listing::all(workflow)).await.unwrap(), []);
    assert_eq!(store.timers(SHARD, None, i64::MAX, 9).await.unwrap(), []);
    assert_eq!(store.counts(workflow, Span::ALL).await.unwrap(), []);
    owner.create(new).await;
    let loaded = store.load(SHARD, number).await.unwrap().unwrap();
    assert_eq!((loaded.journal.len(), loaded.events.len()), (0, 0));
    owner.apply(SHARD, vec![append(number, 0, None)]).await;
}
