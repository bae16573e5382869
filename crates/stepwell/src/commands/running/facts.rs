//! What metrics tell about this program, its engine and what it keeps.

use rustix::param::{clock_ticks_per_second, page_size};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use stepwell_engine::Engine;
use stepwell_meters::Page;
use stepwell_runtime::ProcessMeters;

/// What `dev` and `serve` have in common.
pub(crate) struct Common {
    pub(crate) engine: Engine,
    /// The directory of the store.
    pub(crate) data: PathBuf,
    pub(crate) processes: Arc<ProcessMeters>,
    /// When the program was started, as a Unix time.
    since: f64,
}

impl Common {
    pub(crate) fn new(engine: Engine, data: &Path, processes: Arc<ProcessMeters>) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            engine,
            data: data.to_owned(),
            processes,
            since: since.as_secs_f64(),
        }
    }

    /// Writes everything.
    pub(crate) async fn measure(&self, page: &mut Page) {
        page.gauge(
            "stepwell_build_info",
            "1; the labels say what runs.",
            &format!("version=\"{}\"", env!("CARGO_PKG_VERSION")),
            1,
        );
        self.measure_program(page);
        self.measure_storage(page);
        self.engine.measure(page).await;
        self.processes.measure(page);
    }

    /// The names are those that Prometheus' own clients use.
    fn measure_program(&self, page: &mut Page) {
        let start = "When this process was started, as a Unix time.";
        page.gauge("process_start_time_seconds", start, "", self.since);
        let own = fs::read_to_string("/proc/self/stat").unwrap_or_default();
        // The name, in parentheses, may hold anything.
        let fields: Vec<u64> = own
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .map(|field| field.parse().unwrap_or_default())
            .collect();
        if let (Some(user), Some(system), Some(pages)) = (fields.get(11), fields.get(12), fields.get(21)) {
            let used = (user + system) as f64 / clock_ticks_per_second() as f64;
            let help = "Processor time of this process, without those of workerd.";
            page.counter("process_cpu_seconds_total", help, "", used);
            let help = "Memory of this process, without those of workerd.";
            let bytes = pages * page_size() as u64;
            page.gauge("process_resident_memory_bytes", help, "", bytes);
        }
        if let Ok(files) = fs::read_dir("/proc/self/fd") {
            let help = "Files and sockets that this process has open.";
            page.gauge("process_open_fds", help, "", files.count());
        }
        let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
        if let Some(limit) = limit.current {
            let help = "Files and sockets that this process may have open.";
            page.gauge("process_max_fds", help, "", limit);
        }
    }

    fn measure_storage(&self, page: &mut Page) {
        for name in [
            "stepwell.db",
            "stepwell.db-wal",
            "catalogue.sqlite",
            "catalogue.sqlite-wal",
        ] {
            if let Ok(file) = fs::metadata(self.data.join(name)) {
                let help = "Size of the files of the store and the catalogue.";
                let labels = format!("file=\"{name}\"");
                page.gauge("stepwell_storage_bytes", help, &labels, file.len());
            }
        }
        if let Ok(disk) = rustix::fs::statvfs(&self.data) {
            let help = "Room on the disk of the data directory.";
            let free = disk.f_bavail * disk.f_frsize;
            page.gauge("stepwell_storage_free_bytes", help, "", free);
        }
    }
}
