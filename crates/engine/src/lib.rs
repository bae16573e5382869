//! Drives the instance state machine over a store and a runtime: shards, group commit, timers, admission,
//! quarantine.
//!
//! An [`Engine`] has one task per shard ([`shard`]), which owns the shard's instances in memory and is the only writer of
//! its rows; and one committer for all of them ([`committer`]), which makes whatever was decided during the last commit
//! durable with the next one and only then lets messages and answers out.

mod admission;
pub mod check;
mod clock;
mod committer;
mod engine;
pub mod inspect;
pub mod management;
mod meters;
mod operate;
pub mod operations;
mod options;
mod publish;
mod rates;
mod registry;
pub mod runtime;
mod shard;

pub use clock::{Clock, SystemClock};
pub use engine::{Engine, StartError};
pub use inspect::Inspection;
pub use management::{Job, Made, Management};
pub use operations::{Create, InstanceStatus, OperationError, Operations, Status};
pub use options::Options;
pub use publish::{Deployment, Migrated, PrepareError};
pub use registry::{Definition, Published, Share, Version};
