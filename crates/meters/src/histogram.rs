//! How often values fell below given bounds.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Bounds for times, in seconds: from half a millisecond, an fsync, to what nobody waits for.
pub const SECONDS: &[f64] = &[
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];
/// Bounds for numbers of things.
pub const SIZES: &[f64] = &[
    1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 5000.0,
];

/// Millionths: what the sum is kept in.
const PARTS: f64 = 1e6;

/// Counts values by size.
#[derive(Debug)]
pub struct Histogram {
    bounds: &'static [f64],
    /// One more than there are bounds.
    counts: Box<[AtomicU64]>,
    sum: AtomicU64,
}

impl Histogram {
    /// With these bounds, from the lowest up.
    pub fn new(bounds: &'static [f64]) -> Self {
        Self {
            bounds,
            counts: (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect(),
            sum: AtomicU64::new(0),
        }
    }

    /// Counts a value; it is not negative.
    pub fn observe(&self, value: f64) {
        let place = self.bounds.partition_point(|bound| *bound < value);
        self.counts[place].fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add((value * PARTS) as u64, Ordering::Relaxed);
    }

    /// Counts a time, in seconds.
    pub fn took(&self, time: Duration) {
        self.observe(time.as_secs_f64());
    }

    /// Each bound with how many values were not above it.
    pub(crate) fn below(&self) -> impl Iterator<Item = (f64, u64)> {
        let counts = self.counts.iter().map(|count| count.load(Ordering::Relaxed));
        let bounds = self.bounds.iter().copied().chain([f64::INFINITY]);
        bounds.zip(counts.scan(0, |sum, count| {
            *sum += count;
            Some(*sum)
        }))
    }

    pub(crate) fn sum(&self) -> f64 {
        self.sum.load(Ordering::Relaxed) as f64 / PARTS
    }
}

/// Of times.
impl Default for Histogram {
    fn default() -> Self {
        Self::new(SECONDS)
    }
}
