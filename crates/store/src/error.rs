//! What can go wrong in a store, told apart by what the caller may do next.

use std::time::Duration;

/// An error of any store operation.
#[derive(thiserror::Error, Debug)]
pub enum StoreError {
    /// Nothing was applied; the same call may be repeated after the wait.
    #[error("the store is unavailable for the moment: {message}")]
    Unavailable {
        /// How long to wait.
        retry_after: Duration,
        /// What happened.
        message: String,
    },
    /// The batch was applied or not. Sending the identical batch again applies it exactly once.
    #[error("the outcome of the commit is unknown: {message}")]
    Unknown {
        /// What happened.
        message: String,
    },
    /// Nothing was applied; reads still work, writes work again when there is room.
    #[error("the disk is full")]
    Full,
    /// A write or fsync failed: the process must stop and recover at its next start, never retry.
    #[error("the storage failed, this process must stop: {message}")]
    Poisoned {
        /// What happened.
        message: String,
    },
    /// A record's checksum does not match, or the file is damaged.
    #[error("the store is damaged at {at}")]
    Corrupt {
        /// Which record.
        at: String,
    },
    /// The data was written by a newer Stepwell.
    #[error("the data directory has format {found}, this Stepwell knows up to {known}; use a newer Stepwell")]
    NewerFormat {
        /// Format in the data directory.
        found: u32,
        /// Newest format this build knows.
        known: u32,
    },
    /// Another process has the data directory.
    #[error(
        "the data directory {directory} is in use by {holder}; stop that process or use another directory"
    )]
    InUse {
        /// The directory.
        directory: String,
        /// The holder, as its lock file names it.
        holder: String,
    },
    /// The data directory or its files cannot be used.
    #[error("cannot use the data directory {directory}: {message}")]
    Directory {
        /// The directory.
        directory: String,
        /// What happened, with the remedy.
        message: String,
    },
    /// A bug of the caller.
    #[error("invalid store call: {0}")]
    Invalid(String),
}
