//! One op.

use super::State;
use crate::fault::Fault;
use crate::prepare::Extra;
use crate::tables::counter::Changes;
use crate::tables::instance::Known;
use crate::tables::{event, inbox, instance, journal, timer};
use rusqlite::Connection;
use std::sync::Arc;
use stepwell_core::ids::{InstanceNumber, ShardId};
use stepwell_store::{BufferedEvent, ConflictKind, Op, Phase};

impl State {
    /// Applies an op within the open transaction.
    ///
    /// # Errors
    /// A conflict leaves what was applied before it: the caller rolls back.
    pub(super) fn apply(
        &mut self,
        connection: &Connection,
        shard: ShardId,
        op: &Op,
        extra: &Extra,
        counts: &mut Changes,
    ) -> Result<(), Fault> {
        match op {
            Op::CreateInstance(new) => {
                instance::insert(connection, shard, new, extra)?;
                counts.add(new.workflow, Phase::Runnable, 1);
                let known = Known {
                    shard,
                    workflow: new.workflow,
                    phase: Phase::Runnable,
                    next_seq: 0,
                };
                self.instances.insert(new.number, known);
                Ok(())
            }
            Op::SetPhase { number, phase, at_ms } => {
                let known = self.instances.get(connection, shard, *number)?;
                counts.add(known.workflow, known.phase, -1);
                counts.add(known.workflow, *phase, 1);
                known.phase = *phase;
                instance::set_phase(connection, *number, *phase, *at_ms)
            }
            Op::SetVersion { number, version } => {
                self.instances.get(connection, shard, *number)?;
                instance::set_version(connection, shard, *number, *version)
            }
            Op::AppendJournal {
                number, seq, value, ..
            } => {
                let known = self.instances.get(connection, shard, *number)?;
                if *seq != known.next_seq {
                    return Err(Fault::Conflict(ConflictKind::JournalSequence));
                }
                known.next_seq += 1;
                journal::insert(connection, shard, *number, *seq, value.as_ref(), extra)
            }
            Op::ClearInstance { number } => {
                self.instances.get(connection, shard, *number)?.next_seq = 0;
                clear(connection, *number)
            }
            Op::PutTimer(key) => {
                self.instances.get(connection, shard, key.instance)?;
                timer::insert(connection, shard, key)
            }
            Op::DeleteTimer(key) => timer::delete(connection, shard, key),
            Op::BufferEvent {
                number,
                id,
                event_type,
                at_ms,
                value,
            } => {
                self.instances.get(connection, shard, *number)?;
                let event = BufferedEvent {
                    id: *id,
                    event_type: Arc::clone(event_type),
                    at_ms: *at_ms,
                };
                event::insert(connection, *number, &event, value, extra)
            }
            Op::TakeEvent { number, id } => match self.instances.get(connection, shard, *number) {
                Ok(_) => event::delete(connection, *number, *id),
                Err(Fault::Conflict(_)) => Ok(()),
                Err(fault) => Err(fault),
            },
            Op::InboxTaken { ids } => ids
                .iter()
                .try_for_each(|id| inbox::delete(connection, shard, *id)),
            Op::DeleteInstance { number } => {
                let known = self.instances.get(connection, shard, *number)?;
                counts.add(known.workflow, known.phase, -1);
                self.instances.remove(*number);
                clear(connection, *number)?;
                instance::delete(connection, *number)
            }
        }
    }
}

/// Removes what belongs to an instance, except itself.
fn clear(connection: &Connection, number: InstanceNumber) -> Result<(), Fault> {
    journal::delete(connection, number)?;
    event::delete_all(connection, number)?;
    timer::delete_all(connection, number)
}
