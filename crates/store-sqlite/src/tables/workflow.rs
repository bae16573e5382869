//! Names of Workflows.

use crate::fault::Fault;
use rusqlite::{Connection, OptionalExtension};
use stepwell_core::ids::WorkflowId;

pub(crate) const TABLE: &str = "CREATE TABLE workflow (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;";

/// What the name of a Workflow begins with whose own was freed; no other has it.
const FORGOTTEN: char = '\u{1}';

/// The Workflow with this name.
pub(crate) fn find(connection: &Connection, name: &str) -> Result<Option<WorkflowId>, Fault> {
    let found = connection
        .prepare_cached("SELECT id FROM workflow WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?;
    Ok(found.map(WorkflowId))
}

/// Adds a Workflow. Rows are never removed, so numbers are never reused.
pub(crate) fn insert(connection: &Connection, name: &str) -> Result<WorkflowId, Fault> {
    connection
        .prepare_cached("INSERT INTO workflow (name) VALUES (?1)")?
        .execute([name])?;
    let id = u32::try_from(connection.last_insert_rowid());
    id.map(WorkflowId)
        .map_err(|_| Fault::Invalid("there are too many Workflows".to_owned()))
}

/// Frees the name of a Workflow. Its row stays, or its number would be given again.
pub(crate) fn forget(connection: &Connection, id: WorkflowId) -> Result<(), Fault> {
    connection
        .prepare_cached("UPDATE workflow SET name = ?2 WHERE id = ?1")?
        .execute((id.0, format!("{FORGOTTEN}{}", id.0)))?;
    Ok(())
}

/// Those whose names were freed.
pub(crate) fn forgotten(connection: &Connection) -> Result<Vec<WorkflowId>, Fault> {
    let all = rows(connection)?.into_iter();
    let forgotten = all.filter(|(_, name)| name.starts_with(FORGOTTEN));
    Ok(forgotten.map(|(id, _)| id).collect())
}

/// All that have a name, by name.
pub(crate) fn all(connection: &Connection) -> Result<Vec<(WorkflowId, String)>, Fault> {
    let mut all = rows(connection)?;
    all.retain(|(_, name)| !name.starts_with(FORGOTTEN));
    Ok(all)
}

fn rows(connection: &Connection) -> Result<Vec<(WorkflowId, String)>, Fault> {
    let mut statement = connection.prepare_cached("SELECT id, name FROM workflow ORDER BY name")?;
    let rows = statement.query_map([], |row| Ok((WorkflowId(row.get(0)?), row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
