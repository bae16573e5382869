//! The suite that every catalogue passes, and what survives being closed.

mod common;

use bytes::Bytes;
use common::Fixture;
use std::ops::Deref;
use stepwell_catalogue::{Catalogue, Change, Document, StoreError};
use stepwell_store_sqlite::{Options, SqliteCatalogue, SqliteStore};

struct Beside {
    catalogue: SqliteCatalogue,
    _store: Fixture,
}

impl Beside {
    fn new() -> Self {
        let store = Fixture::new(&Options::default());
        Self {
            catalogue: SqliteCatalogue::open(&store).expect("a catalogue"),
            _store: store,
        }
    }
}

impl Deref for Beside {
    type Target = SqliteCatalogue;

    fn deref(&self) -> &SqliteCatalogue {
        &self.catalogue
    }
}

stepwell_catalogue::conformance_suite!(Beside::new());

fn change() -> Change {
    Change::Put(Document {
        kind: "script".into(),
        key: "default/orders".into(),
        body: Bytes::from_static(b"{}"),
    })
}

#[tokio::test]
async fn everything_is_there_after_it_was_opened_again() {
    let store = Fixture::new(&Options::default());
    let catalogue = SqliteCatalogue::open(&store).unwrap();
    catalogue.apply(vec![change()]).await.unwrap();
    // Enough for the log to be moved into the file in between.
    let mut digests = Vec::new();
    for n in 0..3 {
        digests.push(catalogue.put_blob(Bytes::from(vec![n; 3 << 20])).await.unwrap());
    }
    drop(catalogue);
    let directory = store.close();
    let store = SqliteStore::open(directory.path(), &Options::default()).unwrap();
    let catalogue = SqliteCatalogue::open(&store).unwrap();
    let documents = catalogue.documents().await.unwrap();
    assert_eq!(
        documents.into_iter().map(Change::Put).collect::<Vec<_>>(),
        [change()]
    );
    for (n, digest) in digests.into_iter().enumerate() {
        let blob = catalogue.blob(digest).await.unwrap().unwrap();
        assert_eq!(blob, vec![n as u8; 3 << 20]);
    }
}

#[tokio::test]
async fn it_keeps_the_lock_of_the_directory() {
    let store = Fixture::new(&Options::default());
    let catalogue = SqliteCatalogue::open(&store).unwrap();
    let directory = store.close();
    let again = SqliteStore::open(directory.path(), &Options::default());
    assert!(matches!(again, Err(StoreError::InUse { .. })));
    drop(catalogue);
    SqliteStore::open(directory.path(), &Options::default()).unwrap();
}

#[tokio::test]
async fn damage_and_newer_formats_are_found() {
    let store = Fixture::new(&Options::default());
    let catalogue = SqliteCatalogue::open(&store).unwrap();
    catalogue.apply(vec![change()]).await.unwrap();
    let digest = catalogue.put_blob(Bytes::from_static(b"abc")).await.unwrap();
    drop(catalogue);
    let tamper = |sql: &str| {
        let file = rusqlite::Connection::open(store.path().join("catalogue.sqlite")).unwrap();
        file.execute_batch(sql).unwrap();
    };
    tamper("UPDATE document SET key = 'other'; UPDATE blob SET body = x'00'");
    let catalogue = SqliteCatalogue::open(&store).unwrap();
    assert!(matches!(
        catalogue.documents().await,
        Err(StoreError::Corrupt { .. })
    ));
    assert!(matches!(
        catalogue.blob(digest).await,
        Err(StoreError::Corrupt { .. })
    ));
    drop(catalogue);
    tamper("PRAGMA user_version = 99");
    let newer = SqliteCatalogue::open(&store);
    assert!(matches!(newer, Err(StoreError::NewerFormat { found: 99, .. })));
    tamper("PRAGMA application_id = 1");
    assert!(matches!(
        SqliteCatalogue::open(&store),
        Err(StoreError::Directory { .. })
    ));
}
