//! A wall clock that goes with the runtime's (simulated) time and can be set.

use std::sync::atomic::{AtomicI64, Ordering};
use stepwell_engine::Clock;
use tokio::time::Instant;

/// Wall clock of a simulation.
#[derive(Debug)]
pub struct SimClock {
    started: Instant,
    offset_ms: AtomicI64,
}

impl SimClock {
    /// A clock that shows `start_ms` (Unix milliseconds) now.
    pub fn new(start_ms: i64) -> Self {
        Self {
            started: Instant::now(),
            offset_ms: AtomicI64::new(start_ms),
        }
    }

    /// Sets the clock forward, or back with a negative number; timers of the process do not notice.
    pub fn jump(&self, ms: i64) {
        self.offset_ms.fetch_add(ms, Ordering::Relaxed);
    }
}

impl Clock for SimClock {
    fn now_ms(&self) -> i64 {
        self.started.elapsed().as_millis() as i64 + self.offset_ms.load(Ordering::Relaxed)
    }
}
