//! The engine over the reference store, with scripts for user code, in simulated time.

mod basics;
mod deletes;
mod faults;
mod inspection;
mod limits;
mod pauses;
mod processes;
mod rest;
mod scripts;
mod sleepers;
mod waits;

use serde_json::json;
use stepwell_core::step_config::StepConfig;

/// `limit` retries after a constant delay.
fn retries(limit: u32, delay_ms: u64) -> StepConfig {
    let raw = json!({ "retries": { "limit": limit, "delay": delay_ms, "backoff": "constant" } });
    StepConfig::parse("step", &raw).expect("a valid config")
}
