//! What all threads of a store share: whether it may still be used, and the counters.

use parking_lot::RwLock;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use stepwell_store::StoreError;

/// State shared by writer, checkpointer, readers and callers.
#[derive(Debug, Default)]
pub(crate) struct Health {
    poisoned: AtomicBool,
    cause: RwLock<String>,
    /// Transactions made durable since the store was opened.
    pub(crate) commits: AtomicU64,
    /// Journal entries made durable since then.
    pub(crate) entries: AtomicU64,
    /// Pages in the write-ahead log after the last commit.
    pub(crate) log_pages: AtomicU32,
}

impl Health {
    /// Marks the store as unusable for ever. The first cause is kept.
    pub(crate) fn poison(&self, message: &str) {
        let mut cause = self.cause.write();
        if !self.poisoned.load(Ordering::Relaxed) {
            message.clone_into(&mut cause);
            self.poisoned.store(true, Ordering::Release);
            tracing::error!(cause = message, "the storage failed; this process must stop");
        }
    }

    /// Whether the store is unusable.
    pub(crate) fn is_poisoned(&self) -> bool {
        self.poisoned.load(Ordering::Acquire)
    }

    /// `Poisoned` if the store is unusable.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        if !self.is_poisoned() {
            return Ok(());
        }
        Err(StoreError::Poisoned {
            message: self.cause.read().clone(),
        })
    }
}
