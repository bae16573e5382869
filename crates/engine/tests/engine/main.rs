//! The engine over the reference store, with scripts for user code, in simulated time.

mod basics;
mod checks;
mod deletes;
mod faults;
mod inspection;
mod limits;
mod management;
mod pauses;
mod processes;
mod rest;
mod scripts;
mod sleepers;
mod versions;
mod waits;
mod why;

use serde_json::json;
use std::time::Duration;
use stepwell_core::step_config::StepConfig;
use stepwell_store::{ShardBatch, Store as _};
use stepwell_testkit::World;

/// `limit` retries after a constant delay.
fn retries(limit: u32, delay_ms: u64) -> StepConfig {
    let raw = json!({ "retries": { "limit": limit, "delay": delay_ms, "backoff": "constant" } });
    StepConfig::parse("step", &raw).expect("a valid config")
}

/// An empty batch for each of the world's `shards`, in their order, as an engine that was there before would have one.
async fn batches(world: &World, shards: u32) -> Vec<ShardBatch> {
    let leases = world
        .memory
        .acquire(9, shards as usize, Duration::from_mins(1))
        .await;
    let leases = leases.expect("the shards are free");
    let empty = leases.iter().map(|lease| ShardBatch {
        shard: lease.shard,
        epoch: lease.epoch,
        expected: lease.seq,
        ops: Vec::new(),
    });
    empty.collect()
}
