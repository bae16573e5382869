//! Heads of instances, with their params.

use crate::checksum::Checksum;
use crate::fault::Fault;
use crate::prepare::Extra;
use crate::stored_value;
use crate::tables;
use rusqlite::{Connection, Row};
use stepwell_core::ids::{InstanceNumber, ShardId, WorkflowId};
use stepwell_core::value::Value;
use stepwell_store::{ConflictKind, InstanceHead, Listing, NewInstance, Phase, Runnable, Span, Trigger};

/// An index ends with the row id, here the number: `instance_phase` is (workflow, phase, inst), and so on.
pub(crate) const TABLE: &str = "CREATE TABLE instance (
    inst INTEGER PRIMARY KEY,
    shard INTEGER NOT NULL,
    workflow INTEGER NOT NULL,
    phase INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL,
    state_crc INTEGER NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    trigger INTEGER NOT NULL,
    options TEXT NOT NULL,
    head_crc INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    value_crc INTEGER NOT NULL,
    value ANY NOT NULL
) STRICT;
CREATE UNIQUE INDEX instance_name ON instance (workflow, id);
CREATE INDEX instance_phase ON instance (workflow, phase);
CREATE INDEX instance_runnable ON instance (shard) WHERE phase = 0;";

/// Columns of a head, in the order that `head` reads.
macro_rules! select_head {
    ($rest:literal) => {
        concat!(
            "SELECT inst, shard, workflow, phase, updated_ms, state_crc, id, version, created_ms, trigger, \
             options, head_crc, value_crc FROM instance ",
            $rest
        )
    };
}

/// What the writer must know of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) shard: ShardId,
    pub(crate) workflow: WorkflowId,
    pub(crate) phase: Phase,
    /// The journal's next sequence number.
    pub(crate) next_seq: u32,
}

/// Adds an instance.
///
/// # Errors
/// Conflict if its id or its number is taken.
pub(crate) fn insert(
    connection: &Connection,
    shard: ShardId,
    new: &NewInstance,
    extra: &Extra,
) -> Result<(), Fault> {
    let inst = new.number.0 as i64;
    let params = stored_value::put(connection, Some(&new.params), extra.value_crc, [inst])?;
    let head_crc = head_crc(inst, shard, new, &extra.text, params.crc);
    let added = connection
        .prepare_cached(
            "INSERT INTO instance (inst, shard, workflow, phase, updated_ms, state_crc, id, version, created_ms, \
             trigger, options, head_crc, bytes, value_crc, value) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) ON CONFLICT DO NOTHING",
        )?
        .execute((
            inst,
            shard.0,
            new.workflow.0,
            Phase::Runnable as u8,
            new.created_ms,
            state_crc(inst, Phase::Runnable, new.created_ms),
            &*new.id,
            new.version,
            new.created_ms,
            new.trigger as u8,
            &extra.text,
            head_crc,
            params.bytes,
            params.crc,
            params.value,
        ))?;
    if added == 0 {
        return Err(Fault::Conflict(ConflictKind::InstanceExists));
    }
    Ok(())
}

/// Changes the phase.
pub(crate) fn set_phase(
    connection: &Connection,
    number: InstanceNumber,
    phase: Phase,
    at_ms: i64,
) -> Result<(), Fault> {
    let inst = number.0 as i64;
    connection
        .prepare_cached("UPDATE instance SET phase = ?2, updated_ms = ?3, state_crc = ?4 WHERE inst = ?1")?
        .execute((inst, phase as u8, at_ms, state_crc(inst, phase, at_ms)))?;
    Ok(())
}

/// Changes the version. Rare: its checksum is made anew from the whole head.
pub(crate) fn set_version(
    connection: &Connection,
    shard: ShardId,
    number: InstanceNumber,
    version: u32,
) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached(select_head!("WHERE inst = ?1 AND shard = ?2"))?;
    let mut rows = statement.query((number.0 as i64, shard.0))?;
    let Some(row) = rows.next()? else {
        return Err(Fault::Conflict(ConflictKind::NoInstance));
    };
    let mut read = read(row)?;
    read.new.version = version;
    let corrupt = |_| Fault::Corrupt(format!("the head of instance {}", number.0));
    let options = row.get_ref(10)?.as_str().map_err(corrupt)?;
    let head_crc = head_crc(number.0 as i64, shard, &read.new, options, read.params_crc);
    drop(rows);
    connection
        .prepare_cached("UPDATE instance SET version = ?2, head_crc = ?3 WHERE inst = ?1")?
        .execute((number.0 as i64, version, head_crc))?;
    Ok(())
}

/// What the writer must know of the instance; `None` if there is none.
pub(crate) fn known(connection: &Connection, number: InstanceNumber) -> Result<Option<Known>, Fault> {
    let inst = number.0 as i64;
    let mut statement = connection.prepare_cached(
        "SELECT shard, workflow, phase, (SELECT max(seq) + 1 FROM journal WHERE journal.inst = ?1) \
         FROM instance WHERE inst = ?1",
    )?;
    let mut rows = statement.query([inst])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    Ok(Some(Known {
        shard: ShardId(row.get(0)?),
        workflow: WorkflowId(row.get(1)?),
        phase: phase(row.get(2)?, inst)?,
        next_seq: row.get::<_, Option<u32>>(3)?.unwrap_or(0),
    }))
}

/// Removes the row and, if it is one, the blob of its params.
pub(crate) fn delete(connection: &Connection, number: InstanceNumber) -> Result<(), Fault> {
    let inst = number.0 as i64;
    connection
        .prepare_cached(
            "DELETE FROM blob WHERE id IN \
             (SELECT value FROM instance WHERE inst = ?1 AND typeof(value) = 'integer')",
        )?
        .execute([inst])?;
    connection
        .prepare_cached("DELETE FROM instance WHERE inst = ?1")?
        .execute([inst])?;
    Ok(())
}

/// Whether the instance is in this shard.
pub(crate) fn is_in(connection: &Connection, shard: ShardId, number: InstanceNumber) -> Result<bool, Fault> {
    let found = connection
        .prepare_cached("SELECT 1 FROM instance WHERE inst = ?1 AND shard = ?2")?
        .exists((number.0 as i64, shard.0))?;
    Ok(found)
}

/// The head of an instance of this shard.
pub(crate) fn get(
    connection: &Connection,
    shard: ShardId,
    number: InstanceNumber,
) -> Result<Option<InstanceHead>, Fault> {
    let mut statement = connection.prepare_cached(select_head!("WHERE inst = ?1 AND shard = ?2"))?;
    let mut rows = statement.query((number.0 as i64, shard.0))?;
    rows.next()?.map(head).transpose()
}

/// The instance with this id.
pub(crate) fn find(
    connection: &Connection,
    workflow: WorkflowId,
    id: &str,
) -> Result<Option<InstanceHead>, Fault> {
    let mut statement = connection.prepare_cached(select_head!("WHERE workflow = ?1 AND id = ?2"))?;
    let mut rows = statement.query((workflow.0, id))?;
    rows.next()?.map(head).transpose()
}

/// The params of an instance of this shard.
pub(crate) fn params(
    connection: &Connection,
    shard: ShardId,
    number: InstanceNumber,
) -> Result<Option<Value>, Fault> {
    let inst = number.0 as i64;
    let mut statement =
        connection.prepare_cached("SELECT value, value_crc FROM instance WHERE inst = ?1 AND shard = ?2")?;
    let mut rows = statement.query((inst, shard.0))?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    stored_value::get(connection, row, (0, 1), [inst], || {
        format!("the params of instance {inst}")
    })
}

/// Runnable instances of the shard with a number above `after`.
pub(crate) fn runnable(
    connection: &Connection,
    shard: ShardId,
    after: i64,
    limit: i64,
) -> Result<Vec<Runnable>, Fault> {
    let mut statement = connection.prepare_cached(select_head!(
        "WHERE shard = ?1 AND phase = 0 AND inst > ?2 ORDER BY inst LIMIT ?3"
    ))?;
    let mut begun = connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM journal WHERE inst = ?1)")?;
    heads(statement.query((shard.0, after, limit))?)?
        .into_iter()
        .map(|head| {
            let begun = begun.query_row([head.number.0 as i64], |row| row.get(0))?;
            Ok(Runnable { head, begun })
        })
        .collect()
}

/// A page of a list. The index by phase tells the numbers, one range for each phase, merged in order; only the rows of the
/// page are read. So there is no index over all phases, which every new instance would have to be added to.
pub(crate) fn list(connection: &Connection, listing: &Listing) -> Result<Vec<InstanceHead>, Fault> {
    if listing.phases.is_empty() {
        return Ok(Vec::new());
    }
    // What does not fit is beyond every stored number.
    let bound =
        |number: Option<InstanceNumber>| number.map(|number| i64::try_from(number.0).unwrap_or(i64::MAX));
    let (after, until) = (bound(listing.after), bound(listing.until));
    let (after, until, range, order) = if listing.ascending {
        let (after, until) = (after.unwrap_or(i64::MIN), until.unwrap_or(i64::MAX));
        (after, until, "inst > ?2 AND inst <= ?3", "ASC")
    } else {
        let (after, until) = (after.unwrap_or(i64::MAX), until.unwrap_or(i64::MIN));
        (after, until, "inst < ?2 AND inst >= ?3", "DESC")
    };
    let ranges = listing.phases.iter().map(|phase| {
        let phase = *phase as u8;
        format!("SELECT inst FROM instance WHERE workflow = ?1 AND phase = {phase} AND {range}")
    });
    let ranges: Vec<String> = ranges.collect();
    let merged = format!("{} ORDER BY inst {order} LIMIT ?4", ranges.join(" UNION ALL "));
    let mut statement = connection.prepare_cached(&merged)?;
    let mut rows = statement.query((listing.workflow.0, after, until, tables::limit(listing.limit)))?;
    let mut by_number = connection.prepare_cached(select_head!("WHERE inst = ?1"))?;
    let mut heads = Vec::new();
    while let Some(row) = rows.next()? {
        heads.push(by_number.query_row([row.get::<_, i64>(0)?], |row| Ok(head(row)))??);
    }
    Ok(heads)
}

/// How many instances of a Workflow with these numbers are in each phase: what the index by phase has of them is counted.
pub(crate) fn count(
    connection: &Connection,
    workflow: WorkflowId,
    span: Span,
) -> Result<Vec<(Phase, u64)>, Fault> {
    let bound = |number: InstanceNumber| i64::try_from(number.0).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(
        "SELECT count(*) FROM instance WHERE workflow = ?1 AND phase = ?2 AND inst BETWEEN ?3 AND ?4",
    )?;
    let mut counts = Vec::new();
    for phase in Phase::ALL {
        let asked = (workflow.0, phase as u8, bound(span.first), bound(span.last));
        let count: u64 = statement.query_row(asked, |row| row.get(0))?;
        if count > 0 {
            counts.push((phase, count));
        }
    }
    Ok(counts)
}

fn heads(mut rows: rusqlite::Rows<'_>) -> Result<Vec<InstanceHead>, Fault> {
    let mut heads = Vec::new();
    while let Some(row) = rows.next()? {
        heads.push(head(row)?);
    }
    Ok(heads)
}

fn head(row: &Row<'_>) -> Result<InstanceHead, Fault> {
    let Read {
        shard,
        phase,
        updated_ms,
        new,
        ..
    } = read(row)?;
    Ok(InstanceHead {
        shard,
        number: new.number,
        workflow: new.workflow,
        id: new.id,
        version: new.version,
        phase,
        created_ms: new.created_ms,
        updated_ms,
        trigger: new.trigger,
        options: new.options,
    })
}

/// A row, with its checksums compared.
struct Read {
    shard: ShardId,
    phase: Phase,
    updated_ms: i64,
    new: NewInstance,
    params_crc: Option<i64>,
}

fn read(row: &Row<'_>) -> Result<Read, Fault> {
    let inst: i64 = row.get(0)?;
    let corrupt = || Fault::Corrupt(format!("the head of instance {inst}"));
    let shard = ShardId(row.get(1)?);
    let phase = phase(row.get(3)?, inst)?;
    let updated_ms = row.get(4)?;
    let text = row.get_ref(10)?.as_str().map_err(|_| corrupt())?;
    let new = NewInstance {
        number: InstanceNumber(inst as u64),
        workflow: WorkflowId(row.get(2)?),
        id: row.get_ref(6)?.as_str().map_err(|_| corrupt())?.into(),
        version: row.get(7)?,
        created_ms: row.get(8)?,
        trigger: Trigger::from_number(row.get(9)?).ok_or_else(corrupt)?,
        options: serde_json::from_str(text).map_err(|_| corrupt())?,
        params: Value::from_bytes(bytes::Bytes::new()),
    };
    let sums = (
        row.get::<_, i64>(5)?,
        row.get::<_, i64>(11)?,
        row.get::<_, Option<i64>>(12)?,
    );
    if sums.0 != state_crc(inst, phase, updated_ms) || sums.1 != head_crc(inst, shard, &new, text, sums.2) {
        return Err(corrupt());
    }
    Ok(Read {
        shard,
        phase,
        updated_ms,
        new,
        params_crc: sums.2,
    })
}

fn phase(number: u8, inst: i64) -> Result<Phase, Fault> {
    Phase::from_number(number).ok_or_else(|| Fault::Corrupt(format!("the phase of instance {inst}")))
}

/// Sum over what changes with the version at most.
fn head_crc(inst: i64, shard: ShardId, new: &NewInstance, options: &str, params_crc: Option<i64>) -> i64 {
    Checksum::new()
        .numbers([
            inst,
            i64::from(shard.0),
            i64::from(new.workflow.0),
            i64::from(new.version),
            new.created_ms,
            i64::from(new.trigger as u8),
            params_crc.unwrap_or(-1),
        ])
        .bytes(new.id.as_bytes())
        .bytes(options.as_bytes())
        .finish()
}

/// Sum over what changes with the phase.
fn state_crc(inst: i64, phase: Phase, updated_ms: i64) -> i64 {
    Checksum::new()
        .numbers([inst, i64::from(phase as u8), updated_ms])
        .finish()
}
