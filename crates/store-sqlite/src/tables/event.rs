//! Events that were accepted and that no wait has taken.

use crate::checksum::Checksum;
use crate::fault::Fault;
use crate::prepare::Extra;
use crate::stored_value;
use rusqlite::Connection;
use stepwell_core::ids::InstanceNumber;
use stepwell_core::value::Value;
use stepwell_store::{BufferedEvent, ConflictKind};

pub(crate) const TABLE: &str = "CREATE TABLE event (
    inst INTEGER NOT NULL,
    id INTEGER NOT NULL,
    type TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    crc INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    value_crc INTEGER NOT NULL,
    value ANY NOT NULL,
    PRIMARY KEY (inst, id)
) STRICT, WITHOUT ROWID;";

/// Adds an event.
///
/// # Errors
/// Conflict if its id is taken.
pub(crate) fn insert(
    connection: &Connection,
    number: InstanceNumber,
    event: &BufferedEvent,
    value: &Value,
    extra: &Extra,
) -> Result<(), Fault> {
    let key = [number.0 as i64, event.id as i64];
    let value = stored_value::put(connection, Some(value), extra.value_crc, key)?;
    let added = connection
        .prepare_cached(
            "INSERT INTO event (inst, id, type, at_ms, crc, bytes, value_crc, value) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
        )?
        .execute((
            key[0],
            key[1],
            &*event.event_type,
            event.at_ms,
            crc(key, event.at_ms, &event.event_type),
            value.bytes,
            value.crc,
            value.value,
        ))?;
    if added == 0 {
        return Err(Fault::Conflict(ConflictKind::EventExists));
    }
    Ok(())
}

/// Removes an event if it is there, with its blob.
pub(crate) fn delete(connection: &Connection, number: InstanceNumber, id: u64) -> Result<(), Fault> {
    let key = (number.0 as i64, id as i64);
    connection
        .prepare_cached(
            "DELETE FROM blob WHERE id IN \
             (SELECT value FROM event WHERE inst = ?1 AND id = ?2 AND typeof(value) = 'integer')",
        )?
        .execute(key)?;
    connection
        .prepare_cached("DELETE FROM event WHERE inst = ?1 AND id = ?2")?
        .execute(key)?;
    Ok(())
}

/// Removes all events of an instance, with their blobs.
pub(crate) fn delete_all(connection: &Connection, number: InstanceNumber) -> Result<(), Fault> {
    let inst = number.0 as i64;
    connection
        .prepare_cached(
            "DELETE FROM blob WHERE id IN \
             (SELECT value FROM event WHERE inst = ?1 AND typeof(value) = 'integer')",
        )?
        .execute([inst])?;
    connection
        .prepare_cached("DELETE FROM event WHERE inst = ?1")?
        .execute([inst])?;
    Ok(())
}

/// All events of an instance, oldest first.
pub(crate) fn all(connection: &Connection, number: InstanceNumber) -> Result<Vec<BufferedEvent>, Fault> {
    let inst = number.0 as i64;
    let mut statement =
        connection.prepare_cached("SELECT id, type, at_ms, crc FROM event WHERE inst = ?1 ORDER BY id")?;
    let mut rows = statement.query([inst])?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, at_ms): (i64, i64) = (row.get(0)?, row.get(2)?);
        let corrupt = || Fault::Corrupt(name(id, inst));
        let event_type = row.get_ref(1)?.as_str().map_err(|_| corrupt())?;
        if crc([inst, id], at_ms, event_type) != row.get::<_, i64>(3)? {
            return Err(corrupt());
        }
        events.push(BufferedEvent {
            id: id as u64,
            event_type: event_type.into(),
            at_ms,
        });
    }
    Ok(events)
}

/// The payload of an event.
pub(crate) fn value(
    connection: &Connection,
    number: InstanceNumber,
    id: u64,
) -> Result<Option<Value>, Fault> {
    let Ok(id) = i64::try_from(id) else {
        return Ok(None);
    };
    let key = [number.0 as i64, id];
    let mut statement =
        connection.prepare_cached("SELECT value, value_crc FROM event WHERE inst = ?1 AND id = ?2")?;
    let mut rows = statement.query(key)?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    stored_value::get(connection, row, (0, 1), key, || name(id, key[0]))
}

fn crc(key: [i64; 2], at_ms: i64, event_type: &str) -> i64 {
    Checksum::new()
        .numbers(key)
        .numbers([at_ms])
        .bytes(event_type.as_bytes())
        .finish()
}

fn name(id: i64, inst: i64) -> String {
    format!("event {id} of instance {inst}")
}
