//! Whether store and catalogue are of the same server and the same time: each of them alone is worth little, and a server
//! that goes on with one of them replaced loses what was in the other, unnoticed.

use crate::SqliteStore;
use crate::connection;
use crate::directory::Directory;
use crate::fault::Fault;
use rusqlite::{Connection, OptionalExtension};
use std::path::{Path, PathBuf};
use stepwell_store::StoreError;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS pair (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  store INTEGER NOT NULL
) STRICT;";

/// No store has this identity.
const NONE: i64 = -1;

/// Refuses a catalogue and a store that do not belong together, unless the store accepts that; from now on they do.
///
/// # Errors
/// `Directory`, with what to do.
pub(super) fn check(connection: &Connection, store: &SqliteStore, is_new: bool) -> Result<(), StoreError> {
    let accept = store.accepts_loss();
    let known = known(connection).map_err(Fault::on_write)?;
    let belongs = match known {
        Some(known) => known == store.identity(),
        // Of a first start that was cut off, or of a version that made no note.
        None if is_new => !has_instances(store).map_err(Fault::on_read)?,
        None => !store.is_new() || is_empty(connection).map_err(Fault::on_read)?,
    };
    let pair = if belongs || accept { store.identity() } else { NONE };
    if known.is_none() || accept {
        connection
            .execute("INSERT OR REPLACE INTO pair (id, store) VALUES (1, ?1)", [pair])
            .map_err(|error| Fault::from(error).on_write())?;
    }
    if belongs || accept {
        return Ok(());
    }
    Err(refused(&store.directory()))
}

/// Refuses a store that is gone, before anything is opened: what is left of it in its log would be gone then, too.
///
/// # Errors
/// `Directory`, with what to do.
pub(crate) fn check_store(directory: &Directory) -> Result<(), StoreError> {
    let database = directory.database();
    if bytes(&database) == 0 && (bytes(&log(&database)) > 0 || bytes(&directory.catalogue()) > 0) {
        return Err(refused(directory));
    }
    Ok(())
}

/// The same of a catalogue. One that is not there at all is that of a first start that was cut off, or is missed later.
///
/// # Errors
/// `Directory`, with what to do.
pub(super) fn check_catalogue(directory: &Directory) -> Result<(), StoreError> {
    let catalogue = directory.catalogue();
    if bytes(&catalogue) == 0 && bytes(&log(&catalogue)) > 0 {
        return Err(refused(directory));
    }
    Ok(())
}

fn bytes(file: &Path) -> u64 {
    std::fs::metadata(file).map_or(0, |file| file.len())
}

/// The write-ahead log of a database.
fn log(database: &Path) -> PathBuf {
    let mut log = database.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}

fn refused(directory: &Directory) -> StoreError {
    StoreError::Directory {
        directory: directory.path().display().to_string(),
        message: format!(
            "{} (instances) and {} (accounts, Workers) do not belong together: one of them was lost, is new, or is of \
             another time, and what it had would be missing unnoticed\nhint: put the right file back (with its -wal), or \
             restore both from one backup; to go on with what there is: stepwell serve --accept-data-loss",
            directory.database().display(),
            directory.catalogue().display()
        ),
    }
}

fn known(connection: &Connection) -> Result<Option<i64>, Fault> {
    connection.execute_batch(TABLE)?;
    let known = connection.query_row("SELECT store FROM pair", [], |row| row.get(0));
    Ok(known.optional()?)
}

fn is_empty(connection: &Connection) -> Result<bool, Fault> {
    let mut statement = connection.prepare("SELECT 1 FROM document LIMIT 1")?;
    Ok(!statement.exists([])?)
}

fn has_instances(store: &SqliteStore) -> Result<bool, Fault> {
    let reader = connection::open_reader(store.file())?;
    let mut statement = reader.prepare("SELECT 1 FROM instance LIMIT 1")?;
    Ok(statement.exists([])?)
}
