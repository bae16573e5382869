//! Drives the instance state machine over a store and a runtime: shards, group commit, timers, admission,
//! quarantine.

pub mod operations;
pub mod runtime;
