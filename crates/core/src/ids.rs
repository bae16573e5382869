//! The numbers that name things inside the engine and the store.

use serde::{Deserialize, Serialize};

/// A virtual shard. An instance's shard never changes (spec/storage.md 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ShardId(pub u32);

/// A Workflow as the store knows it; its name is unique in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct WorkflowId(pub u32);

/// An instance as the store knows it: 41 bits of milliseconds, 10 bits of node, 12 bits of counter, so that it
/// sorts by creation time (spec/storage.md 3.1, rule 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InstanceNumber(pub u64);

/// One execution of `run()`. A new number for every time that an instance is brought into memory; messages of an
/// older run are ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RunNumber(pub u64);

/// The number that the shim gave a `step.*` call of a run; it names the call on the run channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CallId(pub u32);

impl InstanceNumber {
    /// Milliseconds of Stepwell's own epoch, 2020-01-01 UTC, so that 41 bits last until 2089.
    pub const EPOCH_MS: i64 = 1_577_836_800_000;

    /// Builds the number for an instance created at `now_ms` (Unix time) by `node`, as the `counter`-th of that
    /// millisecond.
    pub fn new(now_ms: i64, node: u16, counter: u16) -> Self {
        let ms = (now_ms - Self::EPOCH_MS).max(0) as u64 & ((1 << 41) - 1);
        Self((ms << 22) | (u64::from(node & 0x3ff) << 12) | u64::from(counter & 0xfff))
    }

    /// Unix time in milliseconds at which the number was made.
    pub fn created_ms(self) -> i64 {
        (self.0 >> 22) as i64 + Self::EPOCH_MS
    }
}

impl ShardId {
    /// The shard of the instance `id` of the Workflow `workflow`, of `shards` in all. Part of the on-disk format.
    pub fn of(workflow: WorkflowId, id: &str, shards: u32) -> Self {
        // FNV-1a: stable across versions and platforms, unlike std's hasher.
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in workflow.0.to_le_bytes().iter().chain(id.as_bytes()) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        Self(((hash ^ (hash >> 32)) % u64::from(shards.max(1))) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_sort_by_creation_time() {
        let early = InstanceNumber::new(1_795_000_000_000, 1023, 4095);
        let late = InstanceNumber::new(1_795_000_000_001, 0, 0);
        assert!(early < late);
        assert_eq!(early.created_ms(), 1_795_000_000_000);
        assert!(early.0 < 1 << 63);
    }

    #[test]
    fn the_shard_of_an_instance_is_part_of_the_format() {
        assert_eq!(
            ShardId::of(WorkflowId(1), "order-1", 16),
            ShardId::of(WorkflowId(1), "order-1", 16)
        );
        let spread: std::collections::BTreeSet<_> = (0..1000)
            .map(|i| ShardId::of(WorkflowId(1), &format!("order-{i}"), 16).0)
            .collect();
        assert_eq!(spread.len(), 16);
    }
}
