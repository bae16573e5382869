//! Counters and histograms that cost next to nothing where they count, and the text in which Prometheus reads them.
//!
//! Whoever counts has its own struct of these; [`Page`] is filled when somebody asks.

mod histogram;
mod page;

pub use histogram::{Histogram, SECONDS, SIZES};
pub use page::{Page, escaped};

use std::sync::atomic::{AtomicU64, Ordering};

/// A number that grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// One more.
    pub fn increase(&self) {
        self.add(1);
    }

    /// So many more.
    pub fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    /// How many there were.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
