//! A hash of a batch that is the same in every process and version: how a store recognises a batch that is sent
//! again after an unknown outcome (spec/storage.md 3.2).

use crate::{Op, ShardBatch, StoreError, TimerKey};
use stepwell_core::value::Value;

/// The JSON that a store keeps for an op: the journal entry, the options of a new instance. `None` for other ops.
///
/// # Errors
/// `Invalid` if there is no JSON for it.
pub fn text(op: &Op) -> Result<Option<String>, StoreError> {
    let text = match op {
        Op::CreateInstance(new) => serde_json::to_string(&new.options),
        Op::AppendJournal { entry, .. } => serde_json::to_string(&**entry),
        _ => return Ok(None),
    };
    text.map(Some)
        .map_err(|error| StoreError::Invalid(format!("an op has no JSON form: {error}")))
}

/// The hash of a batch, given the [`text`] of each of its ops (so that it is made once for hash and row).
pub fn batch(batch: &ShardBatch, texts: &[Option<String>]) -> u64 {
    let mut hash = Hash(0xcbf2_9ce4_8422_2325);
    hash.number(u64::from(batch.shard.0));
    hash.number(batch.epoch);
    hash.number(batch.expected);
    for (index, op) in batch.ops.iter().enumerate() {
        hash.op(op);
        hash.optional(texts.get(index).and_then(Option::as_ref).map(String::as_bytes));
    }
    hash.0
}

/// FNV-1a over whole words. Byte strings come in as length and CRC-32C, which the processor computes: a byte-wise
/// hash of a result of 1 MiB would cost as much as writing it.
struct Hash(u64);

impl Hash {
    fn number(&mut self, number: u64) {
        let mixed = (self.0 ^ number).wrapping_mul(0x0000_0100_0000_01b3);
        self.0 = mixed ^ (mixed >> 29);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.number(u64::from(crc32c::crc32c(bytes)));
    }

    fn optional(&mut self, bytes: Option<&[u8]>) {
        self.number(u64::from(bytes.is_some()));
        if let Some(bytes) = bytes {
            self.bytes(bytes);
        }
    }

    fn timer(&mut self, timer: &TimerKey) {
        self.number(timer.due_ms as u64);
        self.number(timer.instance.0);
        self.number(u64::from(timer.key));
    }

    /// The first number names the kind of op; it is on disk in the last batch's hash, so it must not change.
    fn op(&mut self, op: &Op) {
        match op {
            Op::CreateInstance(new) => {
                self.number(1);
                self.number(new.number.0);
                self.number(u64::from(new.workflow.0));
                self.bytes(new.id.as_bytes());
                self.number(u64::from(new.version));
                self.number(new.created_ms as u64);
                self.number(new.trigger as u64);
                self.bytes(new.params.bytes());
            }
            Op::SetPhase { number, phase, at_ms } => {
                self.number(2);
                self.number(number.0);
                self.number(*phase as u64);
                self.number(*at_ms as u64);
            }
            Op::AppendJournal {
                number, seq, value, ..
            } => {
                self.number(3);
                self.number(number.0);
                self.number(u64::from(*seq));
                self.optional(value.as_ref().map(Value::bytes).map(|bytes| &bytes[..]));
            }
            Op::ClearInstance { number } => {
                self.number(4);
                self.number(number.0);
            }
            Op::PutTimer(timer) => {
                self.number(5);
                self.timer(timer);
            }
            Op::DeleteTimer(timer) => {
                self.number(6);
                self.timer(timer);
            }
            Op::BufferEvent {
                number,
                id,
                event_type,
                at_ms,
                value,
            } => {
                self.number(7);
                self.number(number.0);
                self.number(*id);
                self.bytes(event_type.as_bytes());
                self.number(*at_ms as u64);
                self.bytes(value.bytes());
            }
            Op::TakeEvent { number, id } => {
                self.number(8);
                self.number(number.0);
                self.number(*id);
            }
            Op::InboxTaken { ids } => {
                self.number(9);
                self.number(ids.len() as u64);
                for id in ids {
                    self.number(*id);
                }
            }
            Op::DeleteInstance { number } => {
                self.number(10);
                self.number(number.0);
            }
            Op::SetVersion { number, version } => {
                self.number(11);
                self.number(number.0);
                self.number(u64::from(*version));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stepwell_core::ids::{InstanceNumber, ShardId};
    use stepwell_core::journal::Entry;

    fn hash_of(shard: u32, value: &'static [u8]) -> u64 {
        let made = ShardBatch {
            shard: ShardId(shard),
            epoch: 3,
            expected: 9,
            ops: vec![Op::AppendJournal {
                number: InstanceNumber(77),
                seq: 0,
                entry: Entry::Completed {
                    at_ms: 5,
                    started_ms: None,
                }
                .into(),
                value: Some(Value::from_bytes(bytes::Bytes::from_static(value))),
            }],
        };
        let texts: Vec<_> = made.ops.iter().map(|op| text(op).unwrap()).collect();
        batch(&made, &texts)
    }

    #[test]
    fn it_is_part_of_the_format() {
        assert_eq!(hash_of(1, b"null"), 9_990_852_100_888_109_038);
    }

    #[test]
    fn it_tells_batches_apart() {
        assert_ne!(hash_of(1, b"null"), hash_of(2, b"null"));
        assert_ne!(hash_of(1, b"null"), hash_of(1, b"true"));
    }
}
