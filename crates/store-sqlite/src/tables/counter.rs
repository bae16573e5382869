//! How many instances each Workflow has in each phase. Not by shard, as a shared store would have it against
//! contention: there is one writer here, and fewer rows are fewer writes.

use crate::fault::Fault;
use rusqlite::Connection;
use std::collections::BTreeMap;
use stepwell_core::ids::WorkflowId;
use stepwell_store::Phase;

pub(crate) const TABLE: &str = "CREATE TABLE counter (
    workflow INTEGER NOT NULL,
    phase INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (workflow, phase)
) STRICT, WITHOUT ROWID;";

/// Changes of counters within a transaction, summed up before they are written.
#[derive(Debug, Default)]
pub(crate) struct Changes(BTreeMap<(WorkflowId, Phase), i64>);

impl Changes {
    /// One more or less.
    pub(crate) fn add(&mut self, workflow: WorkflowId, phase: Phase, change: i64) {
        *self.0.entry((workflow, phase)).or_default() += change;
    }

    /// Writes them.
    pub(crate) fn write(self, connection: &Connection) -> Result<(), Fault> {
        let mut statement = connection.prepare_cached(
            "INSERT INTO counter (workflow, phase, n) VALUES (?1, ?2, ?3) \
             ON CONFLICT DO UPDATE SET n = n + excluded.n",
        )?;
        for ((workflow, phase), change) in self.0.into_iter().filter(|(_, change)| *change != 0) {
            statement.execute((workflow.0, phase as u8, change))?;
        }
        Ok(())
    }
}

/// Counts of a Workflow, by phase, without those that are zero.
pub(crate) fn get(connection: &Connection, workflow: WorkflowId) -> Result<Vec<(Phase, u64)>, Fault> {
    let mut statement = connection
        .prepare_cached("SELECT phase, n FROM counter WHERE workflow = ?1 AND n <> 0 ORDER BY phase")?;
    let mut rows = statement.query([workflow.0])?;
    let mut counts = Vec::new();
    while let Some(row) = rows.next()? {
        let corrupt = || Fault::Corrupt(format!("the counters of Workflow {}", workflow.0));
        let phase = Phase::from_number(row.get(0)?).ok_or_else(corrupt)?;
        let count = u64::try_from(row.get::<_, i64>(1)?).map_err(|_| corrupt())?;
        counts.push((phase, count));
    }
    Ok(counts)
}
