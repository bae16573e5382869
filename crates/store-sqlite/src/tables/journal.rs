//! Journal entries. A row id table with an index: entries of all running instances go to the end of the table, and a
//! commit touches few pages (spec/storage.md 1.3 measured 140k against 99k appends/s for a clustered table).

use crate::checksum::Checksum;
use crate::fault::Fault;
use crate::prepare::Extra;
use crate::stored_value;
use rusqlite::Connection;
use stepwell_core::ids::{InstanceNumber, ShardId};
use stepwell_core::value::Value;
use stepwell_store::JournalRow;

pub(crate) const TABLE: &str = "CREATE TABLE journal (
    id INTEGER PRIMARY KEY,
    inst INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    crc INTEGER NOT NULL,
    bytes INTEGER,
    value_crc INTEGER,
    head TEXT NOT NULL,
    value ANY
) STRICT;
CREATE UNIQUE INDEX journal_entry ON journal (inst, seq);";

/// Adds an entry.
pub(crate) fn insert(
    connection: &Connection,
    shard: ShardId,
    number: InstanceNumber,
    seq: u32,
    value: Option<&Value>,
    extra: &Extra,
) -> Result<(), Fault> {
    let key = key(shard, number, seq);
    let value = stored_value::put(connection, value, extra.value_crc, key)?;
    connection
        .prepare_cached(
            "INSERT INTO journal (inst, seq, crc, bytes, value_crc, head, value) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute((
            key[1],
            seq,
            crc(key, value.bytes, value.crc, &extra.text),
            value.bytes,
            value.crc,
            &extra.text,
            value.value,
        ))?;
    Ok(())
}

/// Removes all entries of an instance, with their blobs.
pub(crate) fn delete(connection: &Connection, number: InstanceNumber) -> Result<(), Fault> {
    let inst = number.0 as i64;
    connection
        .prepare_cached(
            "DELETE FROM blob WHERE id IN \
             (SELECT value FROM journal WHERE inst = ?1 AND typeof(value) = 'integer')",
        )?
        .execute([inst])?;
    connection
        .prepare_cached("DELETE FROM journal WHERE inst = ?1")?
        .execute([inst])?;
    Ok(())
}

/// All entries of an instance of this shard, in order, without values.
pub(crate) fn all(
    connection: &Connection,
    shard: ShardId,
    number: InstanceNumber,
) -> Result<Vec<JournalRow>, Fault> {
    first(connection, shard, number, -1)
}

/// The first entries of an instance of this shard, at most `limit` (less than 0: all), without values.
pub(crate) fn first(
    connection: &Connection,
    shard: ShardId,
    number: InstanceNumber,
    limit: i64,
) -> Result<Vec<JournalRow>, Fault> {
    let inst = number.0 as i64;
    let mut statement = connection.prepare_cached(
        "SELECT seq, crc, bytes, value_crc, head FROM journal WHERE inst = ?1 ORDER BY seq LIMIT ?2",
    )?;
    let mut rows = statement.query((inst, limit))?;
    let mut journal: Vec<JournalRow> = Vec::new();
    while let Some(row) = rows.next()? {
        let seq: u32 = row.get(0)?;
        let corrupt = || Fault::Corrupt(name(seq, inst));
        let (bytes, value_crc): (Option<i64>, Option<i64>) = (row.get(2)?, row.get(3)?);
        let head = row.get_ref(4)?.as_str().map_err(|_| corrupt())?;
        let sum = crc(key(shard, number, seq), bytes, value_crc, head);
        if sum != row.get::<_, i64>(1)? {
            return Err(corrupt());
        }
        if seq as usize != journal.len() {
            return Err(Fault::Corrupt(name(journal.len() as u32, inst)));
        }
        journal.push(JournalRow {
            seq,
            entry: serde_json::from_str(head).map_err(|_| corrupt())?,
            value_bytes: bytes.map(|bytes| bytes as u64),
        });
    }
    Ok(journal)
}

/// Values of an instance of this shard from `from` on: as many as fit into `max_bytes`, but at least one.
pub(crate) fn values(
    connection: &Connection,
    shard: ShardId,
    number: InstanceNumber,
    from: u32,
    max_bytes: u64,
) -> Result<Vec<(u32, Value)>, Fault> {
    let inst = number.0 as i64;
    let mut statement = connection.prepare_cached(
        "SELECT seq, bytes, value_crc, value FROM journal \
         WHERE inst = ?1 AND seq >= ?2 AND bytes IS NOT NULL ORDER BY seq",
    )?;
    let mut rows = statement.query((inst, from))?;
    let mut values = Vec::new();
    let mut total = 0_u64;
    while let Some(row) = rows.next()? {
        let (seq, bytes): (u32, u64) = (row.get(0)?, row.get(1)?);
        total = total.saturating_add(bytes);
        if total > max_bytes && !values.is_empty() {
            break;
        }
        let corrupt = || name(seq, inst);
        let value = stored_value::get(connection, row, (3, 2), key(shard, number, seq), corrupt)?;
        values.push((seq, value.ok_or_else(|| Fault::Corrupt(corrupt()))?));
    }
    Ok(values)
}

fn key(shard: ShardId, number: InstanceNumber, seq: u32) -> [i64; 3] {
    [i64::from(shard.0), number.0 as i64, i64::from(seq)]
}

fn crc(key: [i64; 3], bytes: Option<i64>, value_crc: Option<i64>, head: &str) -> i64 {
    Checksum::new()
        .numbers(key)
        .numbers([bytes.unwrap_or(-1), value_crc.unwrap_or(-1)])
        .bytes(head.as_bytes())
        .finish()
}

fn name(seq: u32, inst: i64) -> String {
    format!("journal entry {seq} of instance {inst}")
}
