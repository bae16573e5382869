//! A store in a directory of its own.

use std::ops::Deref;
use std::path::Path;
use stepwell_store_sqlite::{Options, SqliteStore};
use tempfile::TempDir;

/// A store and the directory that goes away with it.
pub(crate) struct Fixture {
    store: SqliteStore,
    directory: TempDir,
}

impl Fixture {
    /// A new store.
    pub(crate) fn new(options: &Options) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(directory.path(), options).unwrap();
        Self { store, directory }
    }

    /// Its directory.
    #[allow(dead_code)]
    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }
}

impl Deref for Fixture {
    type Target = SqliteStore;

    fn deref(&self) -> &SqliteStore {
        &self.store
    }
}
