//! The catalogue: a second file in the directory of the store, so that a large upload never stands in the way of the
//! group commit.

pub(crate) mod pair;
mod schema;
mod tables;

use crate::connection;
use crate::directory::Directory;
use crate::fault::Fault;
use crate::recovery;
use crate::{Options, SqliteStore};
use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;
use rusqlite::Connection;
use std::sync::Arc;
use stepwell_catalogue::{Catalogue, Change, Digest, Document, StoreError};

/// Written bytes after which the write-ahead log is moved into the file.
const CHECKPOINT_BYTES: u64 = 4 << 20;

/// The catalogue of the directory that a [`SqliteStore`] holds.
pub struct SqliteCatalogue {
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    /// `Err` with the cause after a failed write: no file is touched again then, not even to close it.
    connection: Result<Connection, String>,
    /// Bytes written since the log was last moved.
    logged: u64,
    /// Keeps the lock as long as the file is open.
    _directory: Arc<Directory>,
}

impl SqliteCatalogue {
    /// Opens the catalogue beside `store`, or makes a new one there.
    ///
    /// # Errors
    /// `Directory` if the file cannot be used, or if the two do not belong together (unless
    /// [`Options::accept_loss`](crate::Options) says so); `NewerFormat`; `Corrupt`; `Full`.
    pub fn open(store: &SqliteStore) -> Result<Self, StoreError> {
        let directory = store.directory();
        let file = directory.catalogue();
        if !store.accepts_loss() {
            pair::check_catalogue(&directory)?;
        }
        recovery::forget_cached_pages(&file);
        let options = Options {
            cache_bytes: 2 << 20,
            ..Options::default()
        };
        let connection = connection::open_writer(&file, &options).map_err(Fault::on_write)?;
        let is_new = schema::prepare(&connection, &directory)?;
        pair::check(&connection, store, is_new)?;
        let inner = Inner {
            connection: Ok(connection),
            logged: 0,
            _directory: directory,
        };
        Ok(Self {
            inner: Arc::new(Mutex::new(inner)),
        })
    }

    /// Does something with the file on a thread that may block.
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Inner) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let inner = Arc::clone(&self.inner);
        let done = tokio::task::spawn_blocking(move || work(&mut inner.lock())).await;
        done.map_err(|error| StoreError::Unknown {
            message: format!("the catalogue's thread ended: {error}"),
        })?
    }
}

impl Inner {
    fn connection(&self) -> Result<&Connection, StoreError> {
        self.connection.as_ref().map_err(|cause| StoreError::Poisoned {
            message: cause.clone(),
        })
    }

    fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, StoreError> {
        work(self.connection()?).map_err(Fault::on_read)
    }

    /// One durable transaction. `bytes` is about how much it writes.
    fn write(
        &mut self,
        bytes: u64,
        work: impl FnOnce(&Connection) -> Result<(), Fault>,
    ) -> Result<(), StoreError> {
        let connection = self.connection()?;
        let committed = connection
            .execute_batch("BEGIN IMMEDIATE")
            .map_err(Fault::from)
            .and_then(|()| work(connection))
            .and_then(|()| Ok(connection.execute_batch("COMMIT")?));
        if let Err(fault) = committed {
            return Err(self.failed(fault));
        }
        self.logged += bytes;
        if self.logged < CHECKPOINT_BYTES {
            return Ok(());
        }
        self.logged = 0;
        let moved = self
            .connection()?
            .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        match moved.map_err(|error| Fault::from(error).on_write()) {
            // The transaction is durable all the same: the next one meets the poison.
            Err(StoreError::Poisoned { message }) => self.give_up(message),
            Err(error) => tracing::warn!(%error, "the catalogue's log could not be moved into its file"),
            Ok(()) => {}
        }
        Ok(())
    }

    fn failed(&mut self, fault: Fault) -> StoreError {
        let error = fault.on_write();
        if let StoreError::Poisoned { message } = &error {
            self.give_up(message.clone());
            return error;
        }
        let undone = match &self.connection {
            Ok(connection) if !connection.is_autocommit() => connection.execute_batch("ROLLBACK"),
            _ => Ok(()),
        };
        if let Err(undo) = undone {
            self.give_up(format!("a rollback failed: {undo}"));
        }
        error
    }

    fn give_up(&mut self, cause: String) {
        tracing::error!(cause, "the catalogue's storage failed; this process must stop");
        if let Ok(connection) = std::mem::replace(&mut self.connection, Err(cause)) {
            std::mem::forget(connection);
        }
    }
}

#[async_trait]
impl Catalogue for SqliteCatalogue {
    async fn documents(&self) -> Result<Vec<Document>, StoreError> {
        self.with(|inner| inner.read(tables::documents)).await
    }

    async fn apply(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        let bytes = changes.iter().map(|change| match change {
            Change::Put(document) => document.body.len() as u64,
            Change::Delete { .. } => 0,
        });
        let bytes = bytes.sum::<u64>() + connection::PAGE_BYTES * changes.len() as u64;
        self.with(move |inner| inner.write(bytes, |connection| tables::apply(connection, &changes)))
            .await
    }

    async fn put_blob(&self, bytes: Bytes) -> Result<Digest, StoreError> {
        self.with(move |inner| {
            let digest = Digest::of(&bytes);
            if !inner.read(|connection| tables::has_blob(connection, digest))? {
                inner.write(bytes.len() as u64, |connection| {
                    tables::put_blob(connection, digest, &bytes)
                })?;
            }
            Ok(digest)
        })
        .await
    }

    async fn blob(&self, digest: Digest) -> Result<Option<Bytes>, StoreError> {
        self.with(move |inner| inner.read(|connection| tables::blob(connection, digest)))
            .await
    }

    async fn blobs(&self) -> Result<Vec<Digest>, StoreError> {
        self.with(|inner| inner.read(tables::blobs)).await
    }

    async fn delete_blobs(&self, digests: Vec<Digest>) -> Result<(), StoreError> {
        let bytes = connection::PAGE_BYTES * digests.len() as u64;
        self.with(move |inner| inner.write(bytes, |connection| tables::delete_blobs(connection, &digests)))
            .await
    }
}
