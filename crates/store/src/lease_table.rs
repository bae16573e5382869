//! Who holds which shard, for the stores that live in one process. Safety never depends on it: what fences an old
//! owner is the epoch in every batch.

use crate::Lease;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::time::Duration;
use stepwell_core::ids::ShardId;
// Not std's: it stands still when a test pauses the clock.
use tokio::time::Instant;

/// Holders and expiry of the leases of a store's shards.
#[derive(Debug, Default)]
pub struct LeaseTable {
    holders: Mutex<BTreeMap<ShardId, Holder>>,
}

#[derive(Debug, Clone, Copy)]
struct Holder {
    node: u64,
    epoch: u64,
    expires: Instant,
}

impl LeaseTable {
    /// Up to `max` shards of `0..shards` that nobody holds now.
    pub fn free(&self, shards: u32, max: usize) -> Vec<ShardId> {
        let now = Instant::now();
        let holders = self.holders.lock();
        (0..shards)
            .map(ShardId)
            .filter(|shard| holders.get(shard).is_none_or(|holder| holder.expires <= now))
            .take(max)
            .collect()
    }

    /// Records that `node` holds these leases from now on, for `ttl`.
    pub fn grant(&self, node: u64, leases: &[Lease], ttl: Duration) {
        let expires = expiry(ttl);
        let mut holders = self.holders.lock();
        for lease in leases {
            let holder = Holder {
                node,
                epoch: lease.epoch,
                expires,
            };
            holders.insert(lease.shard, holder);
        }
    }

    /// Prolongs the leases that `node` still has, expired or not: an expired one that nobody took is still its own.
    /// Returns their shards.
    pub fn renew(&self, node: u64, held: &[Lease], ttl: Duration) -> Vec<ShardId> {
        let expires = expiry(ttl);
        let mut holders = self.holders.lock();
        let mut renewed = Vec::with_capacity(held.len());
        for lease in held {
            if let Some(holder) = holders.get_mut(&lease.shard)
                && holder.node == node
                && holder.epoch == lease.epoch
            {
                holder.expires = expires;
                renewed.push(lease.shard);
            }
        }
        renewed
    }

    /// Forgets the leases that `node` has.
    pub fn release(&self, node: u64, held: &[Lease]) {
        let mut holders = self.holders.lock();
        for lease in held {
            if holders
                .get(&lease.shard)
                .is_some_and(|holder| holder.node == node && holder.epoch == lease.epoch)
            {
                holders.remove(&lease.shard);
            }
        }
    }

    /// Forgets all, as the end of the process does.
    pub fn forget(&self) {
        self.holders.lock().clear();
    }
}

/// A `ttl` beyond what the clock can express is a year, which no process outlives.
fn expiry(ttl: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(ttl)
        .unwrap_or_else(|| now + Duration::from_hours(24 * 365))
}
