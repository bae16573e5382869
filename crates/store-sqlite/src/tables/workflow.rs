//! Names of Workflows.

use crate::fault::Fault;
use rusqlite::{Connection, OptionalExtension};
use stepwell_core::ids::WorkflowId;

pub(crate) const TABLE: &str = "CREATE TABLE workflow (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;";

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

/// All, by name.
pub(crate) fn all(connection: &Connection) -> Result<Vec<(WorkflowId, String)>, Fault> {
    let mut statement = connection.prepare_cached("SELECT id, name FROM workflow ORDER BY name")?;
    let rows = statement.query_map([], |row| Ok((WorkflowId(row.get(0)?), row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
