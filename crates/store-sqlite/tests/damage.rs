//! Rows that are gone and rows that are not what was written.
#![allow(clippy::unwrap_used)]

mod common;

use common::Fixture;
use rusqlite::Connection;
use stepwell_core::ids::{InstanceNumber, ShardId};
use stepwell_store::conformance::owner::{Owner, append, event, noise, phase, timer, value};
use stepwell_store::{InboxMessage, Op, Phase, Store, StoreError};
use stepwell_store_sqlite::{Options, SqliteStore};

const SHARD: ShardId = ShardId(1);

/// A store with an instance that has a bit of everything.
async fn filled() -> (Fixture, InstanceNumber) {
    let fixture = Fixture::new(&Options::default());
    let mut owner = Owner::new(&*fixture).await;
    let mut new = owner.instance_in(SHARD, 1);
    new.params = noise(9_000, 1);
    let (_, number) = owner.create(new).await;
    let ops = vec![
        append(number, 0, Some(value(b"\"small\""))),
        append(number, 1, Some(noise(9_000, 2))),
        event(number, 1, noise(9_000, 3)),
        event(number, 2, value(b"\"paid\"")),
        Op::PutTimer(timer(10, number, 1)),
        phase(number, Phase::Waiting, 5),
    ];
    owner.apply(SHARD, ops).await;
    let message = InboxMessage {
        id: 1,
        shard: SHARD,
        source: 1,
        source_id: 1,
        body: serde_json::json!({"kind": "poke"}),
        value: Some(noise(9_000, 4)),
    };
    fixture.enqueue(vec![message]).await.unwrap();
    (fixture, number)
}

#[tokio::test]
async fn a_deleted_instance_leaves_no_row_in_any_table() {
    let (fixture, number) = filled().await;
    fixture.workflow("orders").await.unwrap();
    let mut owner = Owner {
        store: &*fixture,
        leases: std::collections::BTreeMap::new(),
    };
    let lease = stepwell_store::Lease {
        shard: SHARD,
        epoch: 1,
        seq: 2,
    };
    owner.leases.insert(SHARD, lease);
    let ops = vec![Op::DeleteInstance { number }, Op::InboxTaken { ids: vec![1] }];
    owner.apply(SHARD, ops).await;
    let file = Connection::open(fixture.path().join("stepwell.db")).unwrap();
    let count = |table: &str| -> i64 {
        let query = format!("SELECT count(*) FROM {table}");
        file.query_row(&query, [], |row| row.get(0)).unwrap()
    };
    for table in ["instance", "journal", "blob", "timer", "event", "inbox"] {
        assert_eq!(count(table), 0, "rows in {table}");
    }
    // What is left belongs to the store.
    assert_eq!(
        (count("store"), count("shard_lease"), count("workflow")),
        (1, 16, 1)
    );
    assert_eq!(count("counter WHERE n <> 0"), 0);
}

/// Every column that a read gives back, changed in the file by something else.
#[tokio::test]
async fn a_changed_row_is_reported_and_never_returned() {
    let changes = [
        (
            "UPDATE journal SET head = replace(head, '2000', '2001') WHERE seq = 0",
            "journal entry 0",
        ),
        ("UPDATE journal SET seq = 2 WHERE seq = 1", "journal entry 2"),
        ("UPDATE journal SET bytes = 8 WHERE seq = 0", "journal entry 0"),
        (
            "UPDATE journal SET value = CAST('\"smell\"' AS BLOB) WHERE seq = 0",
            "journal entry 0",
        ),
        ("DELETE FROM journal WHERE seq = 0", "journal entry 0"),
        ("UPDATE blob SET value = zeroblob(9000)", "journal entry 1"),
        (
            "UPDATE journal SET value = value + 1 WHERE seq = 1",
            "journal entry 1",
        ),
        ("DELETE FROM blob", "journal entry 1"),
        ("UPDATE instance SET phase = 3", "the head"),
        ("UPDATE instance SET updated_ms = 6", "the head"),
        ("UPDATE instance SET created_ms = 6", "the head"),
        ("UPDATE instance SET id = 'other'", "the head"),
        ("UPDATE instance SET options = '{}'", "the head"),
        ("UPDATE instance SET phase = 77", "the phase"),
        ("UPDATE event SET type = 'other' WHERE id = 2", "event 2"),
        ("UPDATE event SET value = x'00' WHERE id = 2", "event 2"),
        ("UPDATE inbox SET body = '{}'", "inbox message 1"),
        ("UPDATE inbox SET value = x'00'", "inbox message 1"),
    ];
    let (fixture, number) = filled().await;
    let directory = fixture.close();
    for (change, what) in changes {
        let copy = tempfile::tempdir().unwrap();
        let file = copy.path().join("stepwell.db");
        std::fs::copy(directory.path().join("stepwell.db"), &file).unwrap();
        let other = Connection::open(&file).unwrap();
        other.execute(change, []).unwrap();
        drop(other);
        let store = SqliteStore::open(copy.path(), &Options::default()).unwrap();
        let at = first_damage(&store, number).await;
        assert!(at.starts_with(what), "{change}: {at}");
        assert!(at.contains("inbox") || at.contains(&number.0.to_string()), "{at}");
    }
}

/// Reads everything of the instance and the inbox, and gives the first damage.
async fn first_damage(store: &SqliteStore, number: InstanceNumber) -> String {
    let results = [
        store.load(SHARD, number).await.map(drop),
        store.values(SHARD, number, 0, u64::MAX).await.map(drop),
        store.event_value(SHARD, number, 1).await.map(drop),
        store.event_value(SHARD, number, 2).await.map(drop),
        store.params(SHARD, number).await.map(drop),
        store.inbox(SHARD, 10).await.map(drop),
    ];
    match results.into_iter().find_map(Result::err) {
        Some(StoreError::Corrupt { at }) => at,
        other => panic!("not reported: {other:?}"),
    }
}
