//! A copy of the store while it runs.

use crate::SqliteStore;
use crate::connection;
use crate::fault::Fault;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use stepwell_store::StoreError;

impl SqliteStore {
    /// Writes a copy of the store, as of now, into the new file `to`. Put it as `stepwell.db` into an empty directory to
    /// use it. The write-ahead log grows while this runs.
    ///
    /// # Errors
    /// `Directory` if `to` exists or cannot be written; `Full`; `Corrupt`; `Poisoned`.
    pub async fn backup(&self, to: &Path) -> Result<(), StoreError> {
        self.check()?;
        let (from, to) = (self.file().to_owned(), to.to_owned());
        let copied = tokio::task::spawn_blocking(move || copy_database(&from, &to)).await;
        copied.map_err(|error| StoreError::Unavailable {
            retry_after: std::time::Duration::from_secs(1),
            message: format!("the backup was interrupted: {error}"),
        })?
    }
}

/// Writes a copy of any SQLite database, as of now, into the new file `to`, whoever uses it meanwhile.
///
/// # Errors
/// `Directory` if `to` exists or cannot be written; `Unavailable` if somebody keeps the database to himself; `Full`;
/// `Corrupt`.
pub fn copy_database(from: &Path, to: &Path) -> Result<(), StoreError> {
    let refuse = |message: String| StoreError::Directory {
        directory: to.display().to_string(),
        message,
    };
    // Creates it, so that a file of somebody else is never overwritten.
    if let Err(error) = std::fs::File::create_new(to) {
        return Err(refuse(format!(
            "the backup cannot be written there ({error}); name a file that does not exist, in a directory that does"
        )));
    }
    let copied = copy_pages(from, to);
    if let Err(fault) = copied {
        // Half a copy must not be taken for one. That it failed is the news, not that it could not be removed.
        drop(std::fs::remove_file(to));
        return Err(match fault.on_write() {
            StoreError::Poisoned { message } => refuse(message),
            error => error,
        });
    }
    Ok(())
}

fn copy_pages(from: &Path, to: &Path) -> Result<(), Fault> {
    let source = connection::open_reader(from)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut target = Connection::open_with_flags(to, flags)?;
    let backup = Backup::new(&source, &mut target)?;
    // In one step, so in one snapshot: between steps a commit would make it start again.
    match backup.step(-1)? {
        StepResult::Done => Ok(()),
        StepResult::Busy | StepResult::Locked => Err(Fault::Sql(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY),
            None,
        ))),
        other => Err(Fault::Corrupt(format!("the backup ({other:?})"))),
    }
}
