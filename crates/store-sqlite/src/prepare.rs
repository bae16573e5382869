//! What can be done to a batch before it reaches the writer thread, so that the writer only writes.

use stepwell_core::value::Value;
use stepwell_store::{Op, ShardBatch, StoreError, fingerprint};

/// A batch ready to be written.
#[derive(Debug)]
pub(crate) struct PreparedBatch {
    pub(crate) batch: ShardBatch,
    /// By op: its JSON, and the CRC-32C of its value.
    pub(crate) extras: Vec<Extra>,
    /// Recognises the batch when it is sent again.
    pub(crate) hash: i64,
}

/// What belongs to an op.
#[derive(Debug, Default)]
pub(crate) struct Extra {
    pub(crate) text: String,
    pub(crate) value_crc: u32,
}

impl PreparedBatch {
    /// Serialises and sums up.
    ///
    /// # Errors
    /// `Invalid` if an op has no JSON form.
    pub(crate) fn new(batch: ShardBatch) -> Result<Self, StoreError> {
        let texts = batch.ops.iter().map(fingerprint::text);
        let texts = texts.collect::<Result<Vec<_>, _>>()?;
        let hash = fingerprint::batch(&batch, &texts) as i64;
        let extras = batch.ops.iter().zip(texts).map(|(op, text)| Extra {
            text: text.unwrap_or_default(),
            value_crc: value(op).map_or(0, |value| crc32c::crc32c(value.bytes())),
        });
        let extras = extras.collect();
        Ok(Self { batch, extras, hash })
    }
}

fn value(op: &Op) -> Option<&Value> {
    match op {
        Op::CreateInstance(new) => Some(&new.params),
        Op::AppendJournal { value, .. } => value.as_ref(),
        Op::BufferEvent { value, .. } => Some(value),
        _ => None,
    }
}
