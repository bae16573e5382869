//! What the store was created with: one row.

use crate::fault::Fault;
use rusqlite::Connection;

pub(crate) const TABLE: &str = "CREATE TABLE store (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    format INTEGER NOT NULL,
    shards INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    probes INTEGER NOT NULL
) STRICT;";

/// A small write that changes nothing of meaning.
pub(crate) fn probe(connection: &Connection) -> Result<(), Fault> {
    connection
        .prepare_cached("UPDATE store SET probes = probes + 1")?
        .execute([])?;
    Ok(())
}
