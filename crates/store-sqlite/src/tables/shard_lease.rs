//! Epoch and sequence of each shard: the fence of every batch.

use crate::fault::Fault;
use rusqlite::Connection;

pub(crate) const TABLE: &str = "CREATE TABLE shard_lease (
    shard INTEGER PRIMARY KEY,
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    last_hash INTEGER NOT NULL
) STRICT;";

/// A shard's row. The writer keeps all of them in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LeaseRow {
    pub(crate) epoch: u64,
    /// Batches applied so far.
    pub(crate) seq: u64,
    /// Hash of the last of them.
    pub(crate) last_hash: i64,
}

/// All rows, by shard.
pub(crate) fn all(connection: &Connection, shards: u32) -> Result<Vec<LeaseRow>, Fault> {
    let mut statement =
        connection.prepare_cached("SELECT shard, epoch, seq, last_hash FROM shard_lease ORDER BY shard")?;
    let mut rows = statement.query([])?;
    let mut leases = Vec::with_capacity(shards as usize);
    while let Some(row) = rows.next()? {
        if row.get::<_, usize>(0)? != leases.len() {
            break;
        }
        leases.push(LeaseRow {
            epoch: row.get(1)?,
            seq: row.get(2)?,
            last_hash: row.get(3)?,
        });
    }
    if leases.len() == shards as usize {
        return Ok(leases);
    }
    Err(Fault::Corrupt(format!("the lease of shard {}", leases.len())))
}

/// Writes a row.
pub(crate) fn set(connection: &Connection, shard: u32, lease: LeaseRow) -> Result<(), Fault> {
    connection
        .prepare_cached("UPDATE shard_lease SET epoch = ?2, seq = ?3, last_hash = ?4 WHERE shard = ?1")?
        .execute((shard, lease.epoch, lease.seq, lease.last_hash))?;
    Ok(())
}
