//! The write-ahead log: it is moved into the file while commits go on, and the file shrinks when it may.

mod common;

use common::Fixture;
use stepwell_core::ids::ShardId;
use stepwell_store::conformance::owner::{Owner, append, noise};
use stepwell_store::{Op, Store};
use stepwell_store_sqlite::Options;

const SHARD: ShardId = ShardId(0);

fn length(fixture: &Fixture, name: &str) -> u64 {
    std::fs::metadata(fixture.path().join(name)).map_or(0, |file| file.len())
}

#[tokio::test]
async fn the_log_stays_short_under_load() {
    let fixture = Fixture::new(&Options {
        checkpoint_bytes: 1 << 20,
        ..Options::default()
    });
    let mut owner = Owner::new(&*fixture).await;
    let (_, number) = owner.create(owner.instance_in(SHARD, 1)).await;
    let mut longest = 0;
    for seq in 0..600 {
        let value = noise(100_000, seq.into());
        owner.apply(SHARD, vec![append(number, seq, Some(value))]).await;
        longest = longest.max(length(&fixture, "stepwell.db-wal"));
    }
    assert!(length(&fixture, "stepwell.db") > 40 << 20, "it was moved");
    // 16 times as long, and the writer would have moved it alone.
    assert!(longest < 20 << 20, "{longest} bytes of log");
}

#[tokio::test]
async fn maintenance_gives_space_back() {
    let fixture = Fixture::new(&Options {
        checkpoint_bytes: 1 << 20,
        ..Options::default()
    });
    let mut owner = Owner::new(&*fixture).await;
    let (_, number) = owner.create(owner.instance_in(SHARD, 1)).await;
    for seq in 0..40 {
        owner
            .apply(SHARD, vec![append(number, seq, Some(noise(1 << 20, 1)))])
            .await;
    }
    owner.apply(SHARD, vec![Op::DeleteInstance { number }]).await;
    fixture.maintain(std::time::Duration::from_mins(1)).await.unwrap();
    let directory = fixture.close();
    let file = std::fs::metadata(directory.path().join("stepwell.db")).unwrap();
    assert!(file.len() < 12 << 20, "{} bytes", file.len());
}
