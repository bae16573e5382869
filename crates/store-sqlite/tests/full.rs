//! A full disk: nothing is applied, reads go on, and so do writes once there is room.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

mod common;

use common::Fixture;
use std::path::Path;
use std::process::Command;
use stepwell_core::ids::{InstanceNumber, ShardId, WorkflowId};
use stepwell_store::conformance::owner::{NODE, Owner, append, noise};
use stepwell_store::conformance::snapshot;
use stepwell_store::{Op, Store, StoreError};
use stepwell_store_sqlite::{Options, SqliteStore};

const SHARD: ShardId = ShardId(0);

/// Writes 100 KB at a time until the store is full. Returns how many times.
async fn fill(owner: &mut Owner<'_>, number: InstanceNumber) -> u32 {
    for seq in 0..10_000 {
        let batch = owner.batch(SHARD, vec![append(number, seq, Some(noise(100_000, seq.into())))]);
        match owner.store.commit(vec![batch]).await {
            Ok(_) => owner.leases.get_mut(&SHARD).unwrap().seq += 1,
            Err(StoreError::Full) => return seq,
            Err(error) => panic!("after {seq} entries: {error}"),
        }
    }
    panic!("it never became full");
}

#[tokio::test]
async fn a_store_at_its_limit_refuses_writes_and_answers_reads() {
    let fixture = Fixture::new(&Options {
        max_bytes: Some(4 << 20),
        ..Options::default()
    });
    let mut owner = Owner::new(&*fixture).await;
    let (_, number) = owner.create(owner.instance_in(SHARD, 1)).await;
    let written = fill(&mut owner, number).await;
    assert!(written > 20, "{written}");
    let before = snapshot::take(&*fixture, &[WorkflowId(1)]).await;
    assert_eq!(before.instances[0].values.len(), written as usize);
    // Two shards in one call: neither is applied.
    let large = vec![append(number, written, Some(noise(100_000, 1)))];
    let call = vec![owner.batch(ShardId(1), vec![]), owner.batch(SHARD, large.clone())];
    for _ in 0..3 {
        let refused = fixture.commit(call.clone()).await;
        assert!(matches!(refused, Err(StoreError::Full)), "{refused:?}");
    }
    assert_eq!(snapshot::take(&*fixture, &[WorkflowId(1)]).await, before);
    // An entry of which nothing was kept takes the same place later.
    owner.apply(SHARD, vec![Op::ClearInstance { number }]).await;
    fixture.probe().await.unwrap();
    for seq in 0..written {
        owner
            .apply(SHARD, vec![append(number, seq, Some(noise(100_000, 7)))])
            .await;
    }
}

/// A file system of a few megabytes that goes away with this value.
struct Small<'a>(&'a Path);

impl<'a> Small<'a> {
    fn mount(at: &'a Path) -> Option<Self> {
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=12m", "tmpfs"])
            .arg(at)
            .output();
        match mount {
            Ok(output) if output.status.success() => Some(Self(at)),
            Ok(output) => {
                println!(
                    "skipped: cannot mount: {}",
                    String::from_utf8_lossy(&output.stderr)
                );
                None
            }
            Err(error) => {
                println!("skipped: cannot run mount: {error}");
                None
            }
        }
    }
}

impl Drop for Small<'_> {
    fn drop(&mut self) {
        // Lazily: a failed test may still have files open.
        drop(Command::new("umount").arg("-l").arg(self.0).status());
    }
}

#[tokio::test]
async fn a_full_disk_refuses_writes_until_there_is_room() {
    let directory = tempfile::tempdir().unwrap();
    let Some(small) = Small::mount(directory.path()) else {
        return;
    };
    let ballast = directory.path().join("ballast");
    std::fs::write(&ballast, vec![1; 2 << 20]).unwrap();
    let options = Options {
        checkpoint_bytes: 1 << 20,
        ..Options::default()
    };
    let store = SqliteStore::open(&directory.path().join("data"), &options).unwrap();
    let mut owner = Owner::new(&store).await;
    let (_, number) = owner.create(owner.instance_in(SHARD, 1)).await;
    let written = fill(&mut owner, number).await;
    let before = snapshot::take(&store, &[WorkflowId(1)]).await;
    assert_eq!(before.instances[0].values.len(), written as usize);
    std::fs::remove_file(&ballast).unwrap();
    store.probe().await.unwrap();
    let seq = written;
    owner
        .apply(SHARD, vec![append(number, seq, Some(noise(100_000, 7)))])
        .await;
    let held: Vec<_> = owner.leases.values().copied().collect();
    store.release(NODE, &held).await.unwrap();
    drop(store);
    let store = SqliteStore::open(&directory.path().join("data"), &options).unwrap();
    let after = snapshot::take(&store, &[WorkflowId(1)]).await;
    assert_eq!(after.instances[0].values.len(), written as usize + 1);
    drop(store);
    drop(small);
}
