//! Pages of instances, counts, Workflows.

use crate::conformance::owner::{Owner, append, phase};
use crate::conformance::snapshot;
use crate::{InstanceHead, Op, Phase, Runnable, Store};
use stepwell_core::ids::{InstanceNumber, ShardId, WorkflowId};

/// What has work to do, by number, from the cursor on.
pub async fn runnable_is_paged_in_creation_order(store: &dyn Store) {
    let mut owner = Owner::new(store).await;
    let shard = ShardId(0);
    let mut all = Vec::new();
    for nth in [5, 3, 1, 4, 2] {
        let (_, number) = owner.create(owner.instance_in(shard, nth)).await;
        owner.create(owner.instance_in(ShardId(1), nth)).await;
        all.push(number);
    }
    all.sort_unstable();
    let ops = vec![
        phase(all[1], Phase::Waiting, 1),
        phase(all[3], Phase::Complete, 1),
        phase(all[3], Phase::Runnable, 2),
        append(all[2], 0, None),
    ];
    owner.apply(shard, ops).await;
    let expected: Vec<u64> = [0, 2, 3, 4].map(|index| all[index].0).to_vec();
    let page = store.runnable(shard, None, 99).await.unwrap();
    let found: Vec<u64> = page.iter().map(|runnable| runnable.head.number.0).collect();
    assert_eq!(found, expected);
    for Runnable { head, begun } in page {
        assert_eq!((head.phase, head.shard), (Phase::Runnable, shard));
        assert_eq!(begun, head.number == all[2], "{head:?}");
    }
    let mut after = None;
    for number in expected {
        let page = store.runnable(shard, after, 1).await.unwrap();
        assert_eq!(page.len(), 1);
        assert_eq!(page[0].head.number.0, number);
        after = Some(page[0].head.number);
    }
    assert_eq!(store.runnable(shard, after, 1).await.unwrap(), []);
    let end = Some(InstanceNumber(u64::MAX));
    assert_eq!(store.runnable(shard, end, 1).await.unwrap(), []);
}

/// Newest first over all shards, of one phase or all, from the cursor on.
pub async fn lists_are_newest_first_by_phase(store: &dyn Store) {
    let mut owner = Owner::new(store).await;
    for nth in 0..20 {
        let shard = ShardId((nth % 2) as u32);
        let (shard, number) = owner.create(owner.instance_in(shard, nth)).await;
        if nth % 3 == 0 {
            owner.apply(shard, vec![phase(number, Phase::Complete, 5)]).await;
        }
    }
    let workflow = WorkflowId(1);
    let all = store.list(workflow, None, None, 99).await.unwrap();
    assert_eq!(all.len(), 20);
    assert!(all.is_sorted_by(|a, b| a.number > b.number));
    for filter in [
        None,
        Some(Phase::Complete),
        Some(Phase::Runnable),
        Some(Phase::Paused),
    ] {
        let matching = all
            .iter()
            .filter(|head| filter.is_none_or(|phase| head.phase == phase));
        let matching: Vec<InstanceHead> = matching.cloned().collect();
        let (mut paged, mut before) = (Vec::new(), None);
        loop {
            let page = store.list(workflow, filter, before, 3).await.unwrap();
            assert!(page.len() <= 3);
            let Some(last) = page.last() else { break };
            before = Some(last.number);
            paged.extend(page);
        }
        assert_eq!(paged, matching);
    }
    let top = Some(InstanceNumber(u64::MAX));
    assert_eq!(store.list(workflow, None, top, 99).await.unwrap(), all);
    let bottom = Some(InstanceNumber(0));
    assert_eq!(store.list(workflow, None, bottom, 99).await.unwrap(), []);
    assert_eq!(store.list(WorkflowId(9), None, None, 99).await.unwrap(), []);
}

/// The counters are what one would count.
pub async fn counts_equal_a_recount(store: &dyn Store) {
    let mut owner = Owner::new(store).await;
    let workflows = [WorkflowId(1), WorkflowId(2)];
    for nth in 0..24_u64 {
        let mut new = owner.instance_in(ShardId(0), nth);
        new.workflow = workflows[usize::from(nth.is_multiple_of(2))];
        let (shard, number) = owner.create(new).await;
        let to = Phase::ALL[(nth as usize / 2) % Phase::ALL.len()];
        let mut ops = vec![phase(number, Phase::Waiting, 1), phase(number, to, 2)];
        if nth.is_multiple_of(5) {
            ops.push(Op::DeleteInstance { number });
        }
        owner.apply(shard, ops).await;
    }
    let read = snapshot::take(store, &workflows).await;
    for (index, counts) in read.counts.iter().enumerate() {
        assert_eq!(*counts, snapshot::recount(&read, index));
    }
    assert_eq!(store.counts(WorkflowId(3)).await.unwrap(), []);
}

/// A name has one number, for ever.
pub async fn workflows_keep_their_numbers(store: &dyn Store) {
    let orders = store.workflow("orders").await.unwrap();
    let bills = store.workflow("bills").await.unwrap();
    assert_ne!(orders, bills);
    assert_eq!(store.workflow("orders").await.unwrap(), orders);
    let all = store.workflows().await.unwrap();
    assert_eq!(all, [(bills, "bills".to_owned()), (orders, "orders".to_owned())]);
}
