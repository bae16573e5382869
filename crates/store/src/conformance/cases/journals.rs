//! The journal and its values.

use crate::conformance::owner::{Owner, append, noise, value};
use crate::{BatchOutcome, ConflictKind, Op, Store};
use stepwell_core::failure::Failure;
use stepwell_core::ids::ShardId;
use stepwell_core::journal::Entry;
use stepwell_core::step::{StepKey, StepKind};
use stepwell_core::step_config::{Backoff, Delay, StepConfig};
use stepwell_core::value::Value;

const SHARD: ShardId = ShardId(0);

/// A sequence number that is not the next one is refused, and what is stored stays.
pub async fn gaps_and_repeats_are_refused(store: &dyn Store) {
    let mut owner = Owner::new(store).await;
    let (_, number) = owner.create(owner.instance_in(SHARD, 1)).await;
    let what = ConflictKind::JournalSequence;
    let gap = owner.commit(SHARD, vec![append(number, 1, None)]).await;
    assert_eq!(gap, BatchOutcome::Conflict { op: 0, what });
    owner
        .apply(SHARD, vec![append(number, 0, Some(value(b"first")))])
        .await;
    for seq in [0, 2, u32::MAX] {
        let outcome = owner
            .commit(SHARD, vec![append(number, seq, Some(value(b"other")))])
            .await;
        assert_eq!(outcome, BatchOutcome::Conflict { op: 0, what });
        let twice = vec![append(number, 1, None), append(number, 1, None)];
        let outcome = owner.commit(SHARD, twice).await;
        assert_eq!(outcome, BatchOutcome::Conflict { op: 1, what });
    }
    let stored = store.values(SHARD, number, 0, 99).await.unwrap();
    assert_eq!(stored, [(0, value(b"first"))]);
    assert_eq!(store.load(SHARD, number).await.unwrap().unwrap().journal.len(), 1);
}

/// From nothing to a megabyte, text and binary, in journal, params, events and inbox.
pub async fn values_come_back_byte_equal(store: &dyn Store) {
    let mut owner = Owner::new(store).await;
    let (_, number) = owner.create(owner.instance_in(SHARD, 1)).await;
    let mut all: Vec<Value> = vec![value(b""), value(b"\x01\x00\xff\xfe"), value(b"{\"a\":[1,2]}")];
    let lengths = [1, 1 << 10, 2047, 2048, 2049, 4096, 8191, 100 << 10, 1 << 20];
    all.extend(lengths.map(|length| noise(length, length as u64)));
    for (nth, value) in (0..).zip(&all) {
        let mut other = owner.instance_in(SHARD, 10 + u64::from(nth));
        other.params = value.clone();
        let ops = vec![
            append(number, nth, Some(value.clone())),
            crate::conformance::owner::event(number, u64::from(nth) + 1, value.clone()),
            Op::CreateInstance(Box::new(other.clone())),
        ];
        owner.apply(SHARD, ops).await;
        let message = crate::InboxMessage {
            id: u64::from(nth),
            shard: SHARD,
            source: 1,
            source_id: u64::from(nth),
            body: serde_json::json!(null),
            value: Some(value.clone()),
        };
        store.enqueue(vec![message]).await.unwrap();
        let params = store.params(SHARD, other.number).await.unwrap();
        assert_eq!(params.as_ref(), Some(value));
        let event = store
            .event_value(SHARD, number, u64::from(nth) + 1)
            .await
            .unwrap();
        assert_eq!(event.as_ref(), Some(value));
    }
    let stored = store.values(SHARD, number, 0, u64::MAX).await.unwrap();
    assert_eq!(stored, (0..).zip(all.clone()).collect::<Vec<_>>());
    let inbox = store.inbox(SHARD, 99).await.unwrap();
    let sent: Vec<_> = inbox.into_iter().filter_map(|message| message.value).collect();
    assert_eq!(sent, all);
}

/// As many as fit, at least one, entries without a value left out.
pub async fn values_are_paged_by_size(store: &dyn Store) {
    let mut owner = Owner::new(store).await;
    let (_, number) = owner.create(owner.instance_in(SHARD, 1)).await;
    let lengths = [Some(10), None, Some(20), Some(5_000), None, Some(0), Some(30)];
    let ops = (0..)
        .zip(lengths)
        .map(|(seq, length)| append(number, seq, length.map(|length| noise(length, seq.into()))));
    owner.apply(SHARD, ops.collect()).await;
    let pages = [
        (0, u64::MAX, vec![0, 2, 3, 5, 6]),
        (0, 30, vec![0, 2]),
        (0, 29, vec![0]),
        (0, 0, vec![0]),
        (1, 20, vec![2]),
        (3, 1, vec![3]),
        (3, 5_000, vec![3, 5]),
        (4, 30, vec![5, 6]),
        (5, 0, vec![5]),
        (7, 100, vec![]),
    ];
    for (from, max_bytes, seqs) in pages {
        let page = store.values(SHARD, number, from, max_bytes).await.unwrap();
        let got: Vec<u32> = page.iter().map(|(seq, _)| *seq).collect();
        assert_eq!(got, seqs, "from {from}, {max_bytes} bytes");
    }
}

/// Entries are stored without loss, numbers in configs to the last bit.
pub async fn every_kind_of_entry_comes_back(store: &dyn Store) {
    let mut owner = Owner::new(store).await;
    let (_, number) = owner.create(owner.instance_in(SHARD, 1)).await;
    let step = StepKey::new(StepKind::Do, "charge \"card\" \u{0} \u{1F4B3}", 2);
    let config = StepConfig {
        retry_limit: u32::MAX,
        delay: Delay::Dynamic,
        backoff: Backoff::Exponential,
        timeout_ms: u64::MAX,
        sensitive: true,
        shown: serde_json::json!({"x": 0.1, "y": 1.797_693_134_862_315_7e308, "z": 5.0e-324, "n": -9_007_199_254_740_993_i64}),
    };
    let failure = Failure {
        stack: Some("Error: no\n    at run (worker.js:1:2)".to_owned()),
        ..Failure::new("NonRetryableError", "no\u{2028}money")
    };
    let entries = [
        Entry::AttemptStarted {
            step: step.clone(),
            attempt: 1,
            at_ms: i64::MIN,
            config: Some(config.clone()),
        },
        Entry::AttemptFailed {
            step: step.clone(),
            attempt: 1,
            started_ms: 1,
            at_ms: 2,
            config: Some(config),
            failure: failure.clone(),
            retry_at_ms: Some(i64::MAX),
        },
        Entry::WaitStarted {
            step: step.clone(),
            event_type: String::new(),
            at_ms: 3,
            until_ms: 4,
        },
        Entry::Restarted {
            at_ms: 5,
            from: Some(step),
        },
        Entry::Errored {
            at_ms: 6,
            started_ms: Some(5),
            failure,
        },
    ];
    let op = |(seq, entry): (u32, &Entry)| Op::AppendJournal {
        number,
        seq,
        entry: entry.clone().into(),
        value: None,
    };
    owner.apply(SHARD, (0..).zip(&entries).map(op).collect()).await;
    let loaded = store.load(SHARD, number).await.unwrap().unwrap();
    let stored: Vec<_> = loaded.journal.into_iter().map(|row| row.entry).collect();
    assert_eq!(stored, entries);
}
