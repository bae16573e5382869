//! Timers, in the order in which they are due.

use crate::fault::Fault;
use rusqlite::Connection;
use stepwell_core::ids::{InstanceNumber, ShardId};
use stepwell_store::TimerKey;

pub(crate) const TABLE: &str = "CREATE TABLE timer (
    shard INTEGER NOT NULL,
    due_ms INTEGER NOT NULL,
    inst INTEGER NOT NULL,
    key INTEGER NOT NULL,
    PRIMARY KEY (shard, due_ms, inst, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX timer_instance ON timer (inst);";

/// Adds a timer; one that is there already stays.
pub(crate) fn insert(connection: &Connection, shard: ShardId, timer: &TimerKey) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT INTO timer (shard, due_ms, inst, key) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        )?
        .execute((shard.0, timer.due_ms, timer.instance.0 as i64, timer.key))?;
    Ok(())
}

/// Removes a timer if it is there.
pub(crate) fn delete(connection: &Connection, shard: ShardId, timer: &TimerKey) -> Result<(), Fault> {
    connection
        .prepare_cached("DELETE FROM timer WHERE shard = ?1 AND due_ms = ?2 AND inst = ?3 AND key = ?4")?
        .execute((shard.0, timer.due_ms, timer.instance.0 as i64, timer.key))?;
    Ok(())
}

/// Removes all timers of an instance.
pub(crate) fn delete_all(connection: &Connection, number: InstanceNumber) -> Result<(), Fault> {
    connection
        .prepare_cached("DELETE FROM timer WHERE inst = ?1")?
        .execute([number.0 as i64])?;
    Ok(())
}

/// Timers after the cursor and due at or before `until_ms`.
pub(crate) fn page(
    connection: &Connection,
    shard: ShardId,
    after: Option<TimerKey>,
    until_ms: i64,
    limit: i64,
) -> Result<Vec<TimerKey>, Fault> {
    let (due_ms, inst, key) = after.map_or((i64::MIN, -1, -1), |timer| {
        let inst = i64::try_from(timer.instance.0).unwrap_or(i64::MAX);
        (timer.due_ms, inst, i64::from(timer.key))
    });
    let mut statement = connection.prepare_cached(
        "SELECT due_ms, inst, key FROM timer WHERE shard = ?1 AND (due_ms, inst, key) > (?2, ?3, ?4) \
         AND due_ms <= ?5 ORDER BY due_ms, inst, key LIMIT ?6",
    )?;
    let rows = statement.query_map((shard.0, due_ms, inst, key, until_ms, limit), |row| {
        Ok(TimerKey {
            due_ms: row.get(0)?,
            instance: InstanceNumber(row.get(1)?),
            key: row.get(2)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
