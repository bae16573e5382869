//! Group commit: the accepted batches of a call in one transaction.

use super::{State, Writer};
use crate::fault::Fault;
use crate::prepare::PreparedBatch;
use crate::tables::counter::Changes;
use crate::tables::shard_lease::{self, LeaseRow};
use rusqlite::Connection;
use std::sync::atomic::Ordering;
use stepwell_store::{BatchOutcome, ConflictKind, Op, StoreError};

/// A batch that turned out not to fit: it is left out and the others are applied again.
struct Misfit {
    batch: usize,
    outcome: BatchOutcome,
}

impl Writer {
    /// Applies the batches: each whole or not at all, whatever becomes of the others. One fsync.
    ///
    /// Ops are checked while they are applied. A conflict is rare, so it may cost a second pass over the other batches;
    /// a savepoint per batch would cost every commit a copy of each page that two batches share.
    pub(crate) fn commit(&mut self, batches: &[PreparedBatch]) -> Result<Vec<BatchOutcome>, StoreError> {
        let mut refused: Vec<Option<BatchOutcome>> = vec![None; batches.len()];
        // Most calls that write nothing are seen here, without a transaction.
        let leases = &self.state.leases;
        let verdicts = batches.iter().map(|batch| judge(leases, batch));
        if let Some(outcomes) = verdicts.collect::<Option<Vec<_>>>() {
            return Ok(outcomes);
        }
        loop {
            let mut misfit = None;
            let attempt = self.try_transaction(|connection, state| {
                apply_all(connection, state, batches, &refused, &mut misfit)
            });
            let fault = match attempt {
                Ok((outcomes, entries)) => {
                    self.health.entries.fetch_add(entries, Ordering::Relaxed);
                    return Ok(outcomes);
                }
                Err(fault) => fault,
            };
            let Some(misfit) = misfit else {
                return Err(self.failed(fault));
            };
            if let Err(message) = self.roll_back() {
                return Err(self.failed(Fault::Corrupt(message)));
            }
            refused[misfit.batch] = Some(misfit.outcome);
        }
    }
}

/// What becomes of a batch without a look at its ops; `None` if it is to be applied.
fn judge(leases: &[LeaseRow], prepared: &PreparedBatch) -> Option<BatchOutcome> {
    let batch = &prepared.batch;
    let lease = leases.get(batch.shard.0 as usize)?;
    // Epoch 0 is nobody's: a shard that was never acquired takes no batch.
    if batch.epoch != lease.epoch || batch.epoch == 0 {
        return Some(BatchOutcome::Fenced { current: lease.epoch });
    }
    if batch.expected == lease.seq {
        return None;
    }
    // The last batch, sent again because its sender did not learn what became of it.
    if batch.expected + 1 == lease.seq && prepared.hash == lease.last_hash {
        return Some(BatchOutcome::Committed(lease.seq));
    }
    Some(BatchOutcome::Conflict {
        op: 0,
        what: ConflictKind::BatchSequence,
    })
}

/// Applies all batches that are not refused. Returns the outcomes and how many journal entries they added, and whether
/// anything was written.
type Applied = ((Vec<BatchOutcome>, u64), bool);

fn apply_all(
    connection: &Connection,
    state: &mut State,
    batches: &[PreparedBatch],
    refused: &[Option<BatchOutcome>],
    misfit: &mut Option<Misfit>,
) -> Result<Applied, Fault> {
    let mut counts = Changes::default();
    let mut outcomes = Vec::with_capacity(batches.len());
    let (mut entries, mut wrote) = (0, false);
    for (index, prepared) in batches.iter().enumerate() {
        let known = refused.get(index).cloned().flatten();
        if let Some(outcome) = known.or_else(|| judge(&state.leases, prepared)) {
            outcomes.push(outcome);
            continue;
        }
        let batch = &prepared.batch;
        for (op, extra) in prepared.extras.iter().enumerate() {
            if let Err(fault) = state.apply(connection, batch.shard, &batch.ops[op], extra, &mut counts) {
                if let Fault::Conflict(what) = fault {
                    *misfit = Some(Misfit {
                        batch: index,
                        outcome: BatchOutcome::Conflict { op, what },
                    });
                }
                return Err(fault);
            }
        }
        let appended = |op: &&Op| matches!(op, Op::AppendJournal { .. });
        entries += batch.ops.iter().filter(appended).count() as u64;
        let lease = &mut state.leases[batch.shard.0 as usize];
        lease.seq += 1;
        lease.last_hash = prepared.hash;
        shard_lease::set(connection, batch.shard.0, *lease)?;
        outcomes.push(BatchOutcome::Committed(lease.seq));
        wrote = true;
    }
    counts.write(connection)?;
    Ok(((outcomes, entries), wrote))
}
