//! What every store refuses before it looks at its data: bugs of the caller.

use crate::{InboxMessage, Op, ShardBatch, StoreError};
use stepwell_core::ids::{InstanceNumber, ShardId};

/// Checks what can be checked without the data: shards exist, numbers fit into the 63 bits that every database has,
/// an instance is created in the shard that its id belongs to ([`ShardId::of`]; `find` relies on it).
///
/// # Errors
/// `Invalid`, naming the first thing that is wrong.
pub fn batches(batches: &[ShardBatch], shards: u32) -> Result<(), StoreError> {
    for batch in batches {
        shard(batch.shard, shards)?;
        fits("epoch", batch.epoch)?;
        fits("sequence number", batch.expected)?;
        for op in &batch.ops {
            check(op, batch.shard, shards)?;
        }
    }
    Ok(())
}

/// Checks that the shard exists.
///
/// # Errors
/// `Invalid` if not.
pub fn shard(shard: ShardId, shards: u32) -> Result<(), StoreError> {
    if shard.0 < shards {
        return Ok(());
    }
    Err(StoreError::Invalid(format!(
        "there is no shard {}, only 0 to {}",
        shard.0,
        shards.saturating_sub(1)
    )))
}

/// Checks messages for the inbox.
///
/// # Errors
/// `Invalid` if a shard does not exist or a number does not fit.
pub fn messages(messages: &[InboxMessage], shards: u32) -> Result<(), StoreError> {
    for message in messages {
        shard(message.shard, shards)?;
        fits("inbox id", message.id)?;
        fits("source", message.source)?;
        fits("source id", message.source_id)?;
    }
    Ok(())
}

fn check(op: &Op, shard: ShardId, shards: u32) -> Result<(), StoreError> {
    match op {
        Op::CreateInstance(new) => {
            instance(new.number)?;
            let home = ShardId::of(new.workflow, &new.id, shards);
            if home == shard {
                return Ok(());
            }
            Err(StoreError::Invalid(format!(
                "instance {:?} belongs to shard {}, not to {}",
                new.id, home.0, shard.0
            )))
        }
        Op::SetPhase { number, .. }
        | Op::SetVersion { number, .. }
        | Op::AppendJournal { number, .. }
        | Op::ClearInstance { number }
        | Op::DeleteInstance { number } => instance(*number),
        Op::PutTimer(timer) | Op::DeleteTimer(timer) => instance(timer.instance),
        Op::BufferEvent { number, id, .. } | Op::TakeEvent { number, id } => {
            instance(*number)?;
            fits("event id", *id)
        }
        Op::InboxTaken { ids } => ids.iter().try_for_each(|id| fits("inbox id", *id)),
    }
}

fn instance(number: InstanceNumber) -> Result<(), StoreError> {
    fits("instance number", number.0)
}

fn fits(what: &str, number: u64) -> Result<(), StoreError> {
    if i64::try_from(number).is_ok() {
        return Ok(());
    }
    Err(StoreError::Invalid(format!(
        "the {what} {number} does not fit into 63 bits"
    )))
}
