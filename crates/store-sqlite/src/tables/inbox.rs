//! Messages for owners of shards.

use crate::checksum::Checksum;
use crate::fault::Fault;
use crate::stored_value;
use rusqlite::Connection;
use stepwell_core::ids::ShardId;
use stepwell_store::InboxMessage;

pub(crate) const TABLE: &str = "CREATE TABLE inbox (
    shard INTEGER NOT NULL,
    id INTEGER NOT NULL,
    source INTEGER NOT NULL,
    source_id INTEGER NOT NULL,
    crc INTEGER NOT NULL,
    bytes INTEGER,
    value_crc INTEGER,
    body TEXT NOT NULL,
    value ANY,
    PRIMARY KEY (shard, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX inbox_source ON inbox (shard, source, source_id);";

/// Adds a message, unless its (source, source_id) is there. Returns whether it was added.
///
/// # Errors
/// `Invalid` if the id belongs to another message.
pub(crate) fn insert(connection: &Connection, message: &InboxMessage) -> Result<bool, Fault> {
    let key = [i64::from(message.shard.0), message.id as i64];
    let source = [message.source as i64, message.source_id as i64];
    let sent_before = connection
        .prepare_cached("SELECT 1 FROM inbox WHERE shard = ?1 AND source = ?2 AND source_id = ?3")?
        .exists((key[0], source[0], source[1]))?;
    if sent_before {
        return Ok(false);
    }
    let body = serde_json::to_string(&message.body)
        .map_err(|error| Fault::Invalid(format!("an inbox message has no JSON form: {error}")))?;
    let crc_of_value = message
        .value
        .as_ref()
        .map_or(0, |value| crc32c::crc32c(value.bytes()));
    let value = stored_value::put(connection, message.value.as_ref(), crc_of_value, key)?;
    let added = connection
        .prepare_cached(
            "INSERT INTO inbox (shard, id, source, source_id, crc, bytes, value_crc, body, value) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING",
        )?
        .execute((
            key[0],
            key[1],
            source[0],
            source[1],
            crc(key, source, &body),
            value.bytes,
            value.crc,
            &body,
            value.value,
        ))?;
    if added == 0 {
        return Err(Fault::Invalid(format!(
            "the inbox id {} is taken by another message",
            message.id
        )));
    }
    Ok(true)
}

/// Removes a message if it is there, with its blob.
pub(crate) fn delete(connection: &Connection, shard: ShardId, id: u64) -> Result<(), Fault> {
    let key = (shard.0, id as i64);
    connection
        .prepare_cached(
            "DELETE FROM blob WHERE id IN \
             (SELECT value FROM inbox WHERE shard = ?1 AND id = ?2 AND typeof(value) = 'integer')",
        )?
        .execute(key)?;
    connection
        .prepare_cached("DELETE FROM inbox WHERE shard = ?1 AND id = ?2")?
        .execute(key)?;
    Ok(())
}

/// Messages of a shard, oldest id first.
pub(crate) fn page(connection: &Connection, shard: ShardId, limit: i64) -> Result<Vec<InboxMessage>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT id, source, source_id, crc, value_crc, body, value FROM inbox WHERE shard = ?1 ORDER BY id LIMIT ?2",
    )?;
    let mut rows = statement.query((shard.0, limit))?;
    let mut messages = Vec::new();
    while let Some(row) = rows.next()? {
        let key = [i64::from(shard.0), row.get(0)?];
        let source: [i64; 2] = [row.get(1)?, row.get(2)?];
        let name = || format!("inbox message {} of shard {}", key[1], shard.0);
        let corrupt = || Fault::Corrupt(name());
        let body = row.get_ref(5)?.as_str().map_err(|_| corrupt())?;
        if crc(key, source, body) != row.get::<_, i64>(3)? {
            return Err(corrupt());
        }
        messages.push(InboxMessage {
            id: key[1] as u64,
            shard,
            source: source[0] as u64,
            source_id: source[1] as u64,
            body: serde_json::from_str(body).map_err(|_| corrupt())?,
            value: stored_value::get(connection, row, (6, 4), key, name)?,
        });
    }
    Ok(messages)
}

fn crc(key: [i64; 2], source: [i64; 2], body: &str) -> i64 {
    Checksum::new()
        .numbers(key)
        .numbers(source)
        .bytes(body.as_bytes())
        .finish()
}
