//! What an fsync costs on the disk that the engines write to.

use crate::statistics::quantile;
use anyhow::Result;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

/// Microseconds for an append of 512 bytes and `fdatasync`.
#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct SyncLatency {
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    pub(crate) count: usize,
}

/// Measures in `directory`.
pub(crate) fn sync_latency(directory: &Path) -> Result<SyncLatency> {
    const COUNT: usize = 500;
    let path = directory.join("sync-latency");
    let mut file = File::create(&path)?;
    // Written before, so that the appends do not change the file's length: as in a journal that is reused.
    file.write_all(&vec![0; 512 * COUNT])?;
    file.sync_all()?;
    std::io::Seek::rewind(&mut file)?;
    let mut times = Vec::with_capacity(COUNT);
    for _ in 0..COUNT {
        let start = Instant::now();
        file.write_all(&[1; 512])?;
        file.sync_data()?;
        times.push(start.elapsed().as_secs_f64() * 1e6);
    }
    std::fs::remove_file(path)?;
    Ok(SyncLatency {
        p50_us: quantile(&times, 0.5),
        p99_us: quantile(&times, 0.99),
        count: COUNT,
    })
}
