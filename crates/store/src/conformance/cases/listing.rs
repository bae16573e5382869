//! Pages of instances, counts, Workflows.

use crate::conformance::owner::{Owner, append, phase};
use crate::conformance::snapshot;
use crate::{InstanceHead, Listing, Op, Phase, Runnable, Span, Store};
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

/// A list read page by page.
async fn paged(store: &dyn Store, mut listing: Listing) -> Vec<InstanceHead> {
    let mut all = Vec::new();
    listing.limit = 3;
    loop {
        let page = store.list(listing.clone()).await.unwrap();
        assert!(page.len() <= 3);
        let Some(last) = page.last() else { return all };
        listing.after = Some(last.number);
        all.extend(page);
    }
}

/// In both directions over all shards, of one phase or some or all, from the cursor on.
pub async fn lists_are_in_order_and_by_phase(store: &dyn Store) {
    let mut owner = Owner::new(store).await;
    for nth in 0..20 {
        let shard = ShardId((nth % 2) as u32);
        let (shard, number) = owner.create(owner.instance_in(shard, nth)).await;
        if nth % 3 == 0 {
            let to = if nth % 2 == 0 {
                Phase::Complete
            } else {
                Phase::Waiting
            };
            owner.apply(shard, vec![phase(number, to, 5)]).await;
        }
    }
    let workflow = WorkflowId(1);
    let mut all = store.list(Listing::all(workflow)).await.unwrap();
    assert_eq!(all.len(), 20);
    assert!(all.is_sorted_by(|a, b| a.number > b.number));
    for ascending in [false, true] {
        for phases in [
            Phase::ALL.to_vec(),
            vec![Phase::Complete],
            vec![Phase::Runnable],
            vec![Phase::Waiting, Phase::Runnable],
            vec![Phase::Paused],
            vec![],
        ] {
            let matching = all.iter().filter(|head| phases.contains(&head.phase));
            let matching: Vec<InstanceHead> = matching.cloned().collect();
            let listing = Listing {
                phases,
                ascending,
                ..Listing::all(workflow)
            };
            assert_eq!(paged(store, listing).await, matching);
        }
        all.reverse();
    }
    let after = |number, ascending| Listing {
        after: Some(InstanceNumber(number)),
        ascending,
        ..Listing::all(workflow)
    };
    assert_eq!(store.list(after(u64::MAX, false)).await.unwrap(), all);
    assert_eq!(store.list(after(0, false)).await.unwrap(), []);
    assert_eq!(store.list(after(u64::MAX, true)).await.unwrap(), []);
    assert_eq!(store.list(after(0, true)).await.unwrap().len(), 20);
    assert_eq!(store.list(Listing::all(WorkflowId(9))).await.unwrap(), []);
}

/// Both ends of a list can be given, in both directions.
pub async fn lists_end_where_they_should(store: &dyn Store) {
    let mut owner = Owner::new(store).await;
    let mut numbers = Vec::new();
    for nth in 0..6_u64 {
        let new = owner.instance_in(ShardId((nth % 2) as u32), nth);
        numbers.push(owner.create(new).await.1);
    }
    numbers.sort_unstable();
    let listed = async |after: usize, until: usize, ascending| {
        let listing = Listing {
            after: Some(numbers[after]),
            until: Some(numbers[until]),
            ascending,
            ..Listing::all(WorkflowId(1))
        };
        let heads = store.list(listing).await.unwrap();
        heads.iter().map(|head| head.number).collect::<Vec<_>>()
    };
    assert_eq!(listed(1, 4, true).await, numbers[2..=4]);
    assert_eq!(listed(4, 1, false).await, [numbers[3], numbers[2], numbers[1]]);
    assert_eq!(listed(4, 1, true).await, []);
    assert_eq!(listed(2, 2, false).await, []);
}

/// Heads and beginnings of journals come in the order asked for; of what is not there, nothing.
pub async fn heads_and_first_entries_are_looked_up(store: &dyn Store) {
    let mut owner = Owner::new(store).await;
    let (shard, long) = owner.create(owner.instance_in(ShardId(1), 1)).await;
    let (_, empty) = owner.create(owner.instance_in(ShardId(0), 2)).await;
    let entries = (0..5).map(|seq| append(long, seq, None)).collect();
    owner.apply(shard, entries).await;
    let nobody = InstanceNumber(404);
    let asked = vec![
        (ShardId(0), empty),
        (ShardId(0), nobody),
        (ShardId(0), long),
        (shard, long),
    ];
    let heads = store.heads(asked.clone()).await.unwrap();
    let found: Vec<_> = heads.iter().map(|head| head.number).collect();
    assert_eq!(found, [empty, long]);
    let first = store.first_entries(asked.clone(), 3).await.unwrap();
    let journal = store.load(shard, long).await.unwrap().unwrap().journal;
    let journal: Vec<_> = journal.into_iter().map(|row| row.entry).collect();
    assert_eq!(first, [vec![], vec![], vec![], journal[..3].to_vec()]);
    assert_eq!(store.first_entries(asked, 99).await.unwrap()[3], journal);
}

/// Of those with numbers in a span, both ends included.
pub async fn counts_know_spans_of_numbers(store: &dyn Store) {
    let mut owner = Owner::new(store).await;
    for nth in 0..12_u64 {
        let new = owner.instance_in(ShardId((nth % 2) as u32), nth);
        let (shard, number) = owner.create(new).await;
        if nth.is_multiple_of(3) {
            owner.apply(shard, vec![phase(number, Phase::Errored, 900)]).await;
        }
    }
    let workflow = WorkflowId(1);
    let mut all = store.list(Listing::all(workflow)).await.unwrap();
    all.reverse();
    let number = |index: usize| all[index].number;
    let after_all = InstanceNumber(number(11).0 + 1);
    for (first, last) in [
        (number(3), number(8)),
        (InstanceNumber(0), number(3)),
        (number(11), InstanceNumber(u64::MAX)),
        (after_all, InstanceNumber(u64::MAX)),
        (number(5), number(4)),
    ] {
        let span = Span { first, last };
        let within = |head: &&InstanceHead| span.contains(head.number);
        let count = |phase| {
            all.iter()
                .filter(within)
                .filter(|head| head.phase == phase)
                .count() as u64
        };
        let counts = [Phase::Runnable, Phase::Errored].map(|phase| (phase, count(phase)));
        let counts: Vec<_> = counts.into_iter().filter(|(_, count)| *count > 0).collect();
        assert_eq!(store.counts(workflow, span).await.unwrap(), counts, "{span:?}");
    }
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
    assert_eq!(store.counts(WorkflowId(3), Span::ALL).await.unwrap(), []);
}

/// A name that was freed gets another number; the old number keeps its instances and is never given again.
pub async fn a_forgotten_workflow_frees_its_name(store: &dyn Store) {
    let mut owner = Owner::new(store).await;
    assert_eq!(store.forget_workflow("orders").await.unwrap(), None);
    let old = store.workflow("orders").await.unwrap();
    let mut new = owner.instance_in(ShardId(0), 1);
    new.workflow = old;
    owner.create(new).await;
    assert_eq!(store.forget_workflow("orders").await.unwrap(), Some(old));
    assert_eq!(store.workflows().await.unwrap(), []);
    let again = store.workflow("orders").await.unwrap();
    assert_ne!(again, old);
    assert_eq!(store.workflows().await.unwrap(), [(again, "orders".to_owned())]);
    assert_eq!(store.forgotten_workflows().await.unwrap(), [old]);
    assert_eq!(store.list(Listing::all(old)).await.unwrap().len(), 1);
    assert_eq!(store.list(Listing::all(again)).await.unwrap(), []);
}

/// What has to be done with a Workflow is one note, which can be replaced and taken back.
pub async fn jobs_are_kept_until_they_are_done(store: &dyn Store) {
    let orders = store.workflow("orders").await.unwrap();
    let bills = store.workflow("bills").await.unwrap();
    assert_eq!(store.jobs().await.unwrap(), []);
    store.set_job(orders, Some("first".to_owned())).await.unwrap();
    store.set_job(bills, Some("other".to_owned())).await.unwrap();
    store.set_job(orders, Some("second".to_owned())).await.unwrap();
    let mut all = vec![(orders, "second".to_owned()), (bills, "other".to_owned())];
    all.sort();
    assert_eq!(store.jobs().await.unwrap(), all);
    store.set_job(bills, None).await.unwrap();
    store.set_job(bills, None).await.unwrap();
    assert_eq!(store.jobs().await.unwrap(), [(orders, "second".to_owned())]);
}

/// A name has one number, until it is forgotten.
pub async fn workflows_keep_their_numbers(store: &dyn Store) {
    let orders = store.workflow("orders").await.unwrap();
    let bills = store.workflow("bills").await.unwrap();
    assert_ne!(orders, bills);
    assert_eq!(store.workflow("orders").await.unwrap(), orders);
    let all = store.workflows().await.unwrap();
    assert_eq!(all, [(bills, "bills".to_owned()), (orders, "orders".to_owned())]);
}
