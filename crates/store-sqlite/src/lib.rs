//! The embedded store: one SQLite file in a directory that one process holds.
//!
//! One thread owns the write connection; a call of `commit` is one transaction and one fsync. A checkpointer thread
//! moves the log into the file, a few reader threads serve reads from snapshots. Why SQLite, and the settings:
//! spec/storage.md 1.5.
//!
//! An fsync that failed is never repeated, because the kernel may have dropped the pages and report success the second
//! time: the store is `Poisoned` then, touches no file any more, and the process must stop.

mod backup;
mod catalogue;
mod checksum;
mod connection;
mod directory;
mod fault;
mod health;
mod options;
mod prepare;
mod readers;
mod recovery;
mod schema;
mod store;
mod stored_value;
mod tables;
mod writer;

pub use backup::copy_database;
pub use catalogue::SqliteCatalogue;
pub use options::Options;
pub use store::SqliteStore;
