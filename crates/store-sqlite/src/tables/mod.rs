//! One module per table: its definition and its statements.
//!
//! An instance's number is unique in the whole store and is the row id of `instance`; other tables name the instance
//! by it alone. New rows so go to the end of every tree, whatever the shard.

pub(crate) mod blob;
pub(crate) mod counter;
pub(crate) mod event;
pub(crate) mod inbox;
pub(crate) mod instance;
pub(crate) mod job;
pub(crate) mod journal;
pub(crate) mod shard_lease;
pub(crate) mod store;
pub(crate) mod timer;
pub(crate) mod workflow;

/// Definitions of all tables of format 1.
pub(crate) const ALL: [&str; 11] = [
    store::TABLE,
    shard_lease::TABLE,
    workflow::TABLE,
    instance::TABLE,
    journal::TABLE,
    blob::TABLE,
    timer::TABLE,
    event::TABLE,
    inbox::TABLE,
    counter::TABLE,
    job::TABLE,
];

/// A page size as SQLite takes it.
pub(crate) fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
