//! Large values. The row that a value belongs to has the id of its blob, so there is no other index; the value's
//! checksum covers the key of that row and finds a wrong reference.

use crate::fault::Fault;
use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension};

pub(crate) const TABLE: &str = "CREATE TABLE blob (
    id INTEGER PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;";

/// Adds a blob and returns its id.
pub(crate) fn insert(connection: &Connection, bytes: &[u8]) -> Result<i64, Fault> {
    connection
        .prepare_cached("INSERT INTO blob (value) VALUES (?1)")?
        .execute([bytes])?;
    stepwell_store::failpoint("blob");
    Ok(connection.last_insert_rowid())
}

/// Reads a blob.
pub(crate) fn get(connection: &Connection, id: i64) -> Result<Option<Bytes>, Fault> {
    let value: Option<Vec<u8>> = connection
        .prepare_cached("SELECT value FROM blob WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    Ok(value.map(Bytes::from))
}
