//! The store: where instances live. One trait, an in-memory reference store, and the conformance suite that every
//! store passes (spec/storage.md 3.2).

pub mod batch;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod error;
mod failpoint;
pub mod fingerprint;
pub mod lease_table;
mod listing;
pub mod memory;
pub mod rows;
mod store;
pub mod validate;

pub use batch::{BatchOutcome, ConflictKind, Lease, NewInstance, Op, ShardBatch};
pub use error::StoreError;
pub use failpoint::failpoint;
pub use listing::{Listing, Span};
pub use rows::{
    BufferedEvent, InboxMessage, InstanceHead, JournalRow, Loaded, Phase, Runnable, TimerKey, Trigger,
};
pub use store::{Store, StoreInfo};
