//! Opening: what is refused, and how it is said.

mod common;

use common::Fixture;
use rusqlite::Connection;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use stepwell_core::ids::ShardId;
use stepwell_store::conformance::owner::Owner;
use stepwell_store::{Store, StoreError};
use stepwell_store_sqlite::{Options, SqliteStore};

fn refusal(directory: &Path) -> StoreError {
    match SqliteStore::open(directory, &Options::default()) {
        Ok(_) => panic!("it must be refused"),
        Err(error) => error,
    }
}

#[test]
fn a_missing_directory_is_made_for_this_user_only() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("a/b");
    drop(SqliteStore::open(&directory, &Options::default()).unwrap());
    let mode = std::fs::metadata(&directory).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn a_second_store_is_refused_and_told_who_has_the_directory() {
    let fixture = Fixture::new(&Options::default());
    let message = refusal(fixture.path()).to_string();
    let pid = format!("is in use by process {} (", std::process::id());
    assert!(
        message.contains(&pid) && message.contains("which runs since 2"),
        "{message}"
    );
    let directory = fixture.close();
    SqliteStore::open(directory.path(), &Options::default()).unwrap();
}

#[test]
fn a_newer_format_is_refused() {
    let directory = Fixture::new(&Options::default()).close();
    let file = Connection::open(directory.path().join("stepwell.db")).unwrap();
    file.execute("UPDATE store SET format = 9", []).unwrap();
    drop(file);
    let error = refusal(directory.path());
    assert!(
        matches!(error, StoreError::NewerFormat { found: 9, known: 1 }),
        "{error}"
    );
}

#[test]
fn another_programs_database_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let file = Connection::open(directory.path().join("stepwell.db")).unwrap();
    file.execute("CREATE TABLE theirs (a)", []).unwrap();
    drop(file);
    let message = refusal(directory.path()).to_string();
    assert!(message.contains("not a Stepwell database"), "{message}");
}

#[test]
fn a_file_that_is_no_database_is_damage() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("stepwell.db"), [7; 10_000]).unwrap();
    assert!(matches!(refusal(directory.path()), StoreError::Corrupt { .. }));
}

#[tokio::test]
async fn the_number_of_shards_is_kept() {
    let options = |shards| Options {
        shards,
        ..Options::default()
    };
    let directory = Fixture::new(&options(3)).close();
    let store = SqliteStore::open(directory.path(), &options(8)).unwrap();
    assert_eq!(store.info().shards, 3);
}

#[tokio::test]
async fn epochs_and_sequences_outlive_the_process() {
    let fixture = Fixture::new(&Options::default());
    let mut owner = Owner::new(&*fixture).await;
    owner.apply(ShardId(3), vec![]).await;
    let before = owner.leases[&ShardId(3)];
    let directory = fixture.close();
    let store = SqliteStore::open(directory.path(), &Options::default()).unwrap();
    let after = Owner::new(&store).await.leases[&ShardId(3)];
    assert_eq!((after.epoch, after.seq), (before.epoch + 1, 1));
}

#[tokio::test]
async fn a_store_that_is_closed_leaves_one_file() {
    let fixture = Fixture::new(&Options::default());
    Owner::new(&*fixture).await.apply(ShardId(0), vec![]).await;
    let directory = fixture.close();
    let names = std::fs::read_dir(directory.path()).unwrap();
    let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["LOCK", "stepwell.db"]);
}

#[tokio::test]
async fn a_backup_is_a_store() {
    let fixture = Fixture::new(&Options::default());
    let mut owner = Owner::new(&*fixture).await;
    let (shard, number) = owner.create(owner.instance_in(ShardId(2), 1)).await;
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join("stepwell.db");
    fixture.backup(&copy).await.unwrap();
    let again = fixture.backup(&copy).await;
    assert!(matches!(again, Err(StoreError::Directory { .. })), "{again:?}");
    let restored = SqliteStore::open(elsewhere.path(), &Options::default()).unwrap();
    assert_eq!(
        restored.load(shard, number).await.unwrap(),
        fixture.load(shard, number).await.unwrap()
    );
}
