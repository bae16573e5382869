//! How busy the machine is with things other than the benchmark.

use super::processes::{self, TICKS};
use std::fs;
use std::time::Instant;

/// Measures from its creation on.
pub(crate) struct Load {
    since: Instant,
    busy: u64,
    own: u64,
}

impl Load {
    /// Starts to measure.
    pub(crate) fn start() -> Self {
        Self {
            since: Instant::now(),
            busy: busy(),
            own: processes::ticks(std::process::id()),
        }
    }

    /// Cores that were busy since the start with anything but this process and those below it.
    pub(crate) fn others(&self) -> f64 {
        let busy = busy().saturating_sub(self.busy);
        let own = processes::ticks(std::process::id()).saturating_sub(self.own);
        let seconds = self.since.elapsed().as_secs_f64().max(0.01);
        busy.saturating_sub(own) as f64 / TICKS / seconds
    }
}

/// Ticks in which a core did something, or another guest of the host had it.
fn busy() -> u64 {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let fields: Vec<u64> = stat
        .lines()
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(1)
        .filter_map(|field| field.parse().ok())
        .collect();
    // user nice system idle iowait irq softirq steal
    [0, 1, 2, 5, 6, 7]
        .iter()
        .filter_map(|index| fields.get(*index))
        .sum()
}
