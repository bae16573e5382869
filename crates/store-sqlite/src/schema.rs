//! The format of the database file.

use crate::directory::Directory;
use crate::fault::Fault;
use crate::tables;
use rusqlite::{Connection, OptionalExtension};
use std::time::{SystemTime, UNIX_EPOCH};
use stepwell_store::StoreError;

/// Newest format that this build knows, and the one it writes.
pub(crate) const FORMAT: u32 = 1;
/// Marks the file as Stepwell's ("Step") for `file(1)` and against other programs' databases.
const APPLICATION_ID: i32 = 0x5374_6570;

/// What a store was created with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts {
    pub(crate) format: u32,
    pub(crate) shards: u32,
    /// When it was made: no two stores were at the same millisecond.
    pub(crate) created_ms: i64,
    /// Whether that was now.
    pub(crate) is_new: bool,
}

/// Reads the format of the file, or makes the tables if it is new.
///
/// # Errors
/// `NewerFormat` for a newer file, `Directory` for another program's.
pub(crate) fn prepare(
    connection: &Connection,
    directory: &Directory,
    shards: u32,
) -> Result<Facts, StoreError> {
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(|error| Fault::from(error).on_write())?;
    if tables == 0 {
        create(connection, shards).map_err(Fault::on_write)?;
        directory.sync()?;
    }
    let facts = check(connection, directory)?;
    connection
        .execute_batch(tables::job::TABLE)
        .map_err(|error| Fault::from(error).on_write())?;
    Ok(Facts {
        is_new: tables == 0,
        ..facts
    })
}

fn create(connection: &Connection, shards: u32) -> Result<(), Fault> {
    let shards = shards.clamp(1, 4096);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    // All in one transaction: a crash leaves an empty file or a whole one.
    let transaction = connection.unchecked_transaction()?;
    for statements in tables::ALL {
        transaction.execute_batch(statements)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.execute(
        "INSERT INTO store (id, format, shards, created_ms, probes) VALUES (1, ?1, ?2, ?3, 0)",
        (FORMAT, shards, now.as_millis() as i64),
    )?;
    for shard in 0..shards {
        transaction.execute(
            "INSERT INTO shard_lease (shard, epoch, seq, last_hash) VALUES (?1, 0, 0, 0)",
            [shard],
        )?;
    }
    transaction.commit()?;
    Ok(())
}

fn check(connection: &Connection, directory: &Directory) -> Result<Facts, StoreError> {
    let fault = |error: rusqlite::Error| Fault::from(error).on_read();
    let id: i32 = connection
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(fault)?;
    if id != APPLICATION_ID {
        return Err(StoreError::Directory {
            directory: directory.database().display().to_string(),
            message: "it is not a Stepwell database; use another directory".to_owned(),
        });
    }
    // Only the format is certain to be there: a newer Stepwell may have changed the rest.
    let found: Option<u32> = connection
        .query_row("SELECT format FROM store", [], |row| row.get(0))
        .optional()
        .map_err(fault)?;
    let found = found.ok_or_else(|| StoreError::Corrupt {
        at: "the format number".to_owned(),
    })?;
    if found > FORMAT {
        return Err(StoreError::NewerFormat { found, known: FORMAT });
    }
    let facts = |row: &rusqlite::Row<'_>| {
        Ok(Facts {
            format: found,
            shards: row.get(0)?,
            created_ms: row.get(1)?,
            is_new: false,
        })
    };
    connection
        .query_row("SELECT shards, created_ms FROM store", [], facts)
        .map_err(fault)
}
