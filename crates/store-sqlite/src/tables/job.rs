//! What has to be done with Workflows.

use crate::fault::Fault;
use rusqlite::Connection;
use stepwell_core::ids::WorkflowId;

/// Made in older files too: a Stepwell that does not know it loses nothing but the job.
pub(crate) const TABLE: &str = "CREATE TABLE IF NOT EXISTS job (
    workflow INTEGER PRIMARY KEY,
    body TEXT NOT NULL
) STRICT;";

/// Sets or, with `None`, removes the note of a Workflow.
pub(crate) fn set(connection: &Connection, workflow: WorkflowId, body: Option<&str>) -> Result<(), Fault> {
    match body {
        Some(body) => connection
            .prepare_cached("INSERT OR REPLACE INTO job (workflow, body) VALUES (?1, ?2)")?
            .execute((workflow.0, body))?,
        None => connection
            .prepare_cached("DELETE FROM job WHERE workflow = ?1")?
            .execute([workflow.0])?,
    };
    Ok(())
}

/// All notes, by Workflow.
pub(crate) fn all(connection: &Connection) -> Result<Vec<(WorkflowId, String)>, Fault> {
    let mut statement = connection.prepare_cached("SELECT workflow, body FROM job ORDER BY workflow")?;
    let rows = statement.query_map([], |row| Ok((WorkflowId(row.get(0)?), row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
