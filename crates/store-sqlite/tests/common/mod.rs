//! A store in a directory of its own.

use std::ops::Deref;
use std::path::Path;
use stepwell_store::Store;
use stepwell_store::conformance::driver::Subject;
use stepwell_store_sqlite::{Options, SqliteStore};
use tempfile::TempDir;

/// A store and the directory that goes away with it.
pub(crate) struct Fixture {
    store: SqliteStore,
    directory: TempDir,
    options: Options,
}

#[allow(dead_code)] // Not every test file uses all of it.
impl Fixture {
    /// A new store.
    pub(crate) fn new(options: &Options) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let options = options.clone();
        let store = SqliteStore::open(directory.path(), &options).expect("a store");
        Self {
            store,
            directory,
            options,
        }
    }

    /// Its directory.
    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Closes the store and keeps the directory.
    pub(crate) fn close(self) -> TempDir {
        self.directory
    }
}

impl Deref for Fixture {
    type Target = SqliteStore;

    fn deref(&self) -> &SqliteStore {
        &self.store
    }
}

impl Subject for Fixture {
    fn store(&self) -> &dyn Store {
        &self.store
    }

    fn reopen(self) -> Self {
        let Self {
            store,
            directory,
            options,
        } = self;
        drop(store);
        let store = SqliteStore::open(directory.path(), &options).expect("the same store");
        Self {
            store,
            directory,
            options,
        }
    }
}
