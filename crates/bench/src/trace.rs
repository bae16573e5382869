//! Counts the fsyncs of a process tree from outside, with strace where it is installed. It slows the traced program
//! down, so nothing else is measured meanwhile.

use crate::machine;
use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};

/// A running count.
pub(crate) struct Trace {
    strace: Child,
    report: PathBuf,
}

impl Trace {
    /// Attaches to `root` and everything below it; `None` if strace is not installed.
    pub(crate) async fn start(root: u32, report: PathBuf) -> Result<Option<Self>> {
        let mut command = Command::new("strace");
        command
            .args([
                "-f",
                "-c",
                "-e",
                "trace=fsync,fdatasync,sync_file_range,msync",
                "-o",
            ])
            .arg(&report)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        for pid in std::iter::once(root).chain(machine::descendants(root)) {
            command.args(["-p", &pid.to_string()]);
        }
        let Ok(mut strace) = command.spawn() else {
            return Ok(None);
        };
        tokio::time::sleep(Duration::from_millis(500)).await;
        // It ends at once where tracing is not allowed.
        Ok(strace.try_wait()?.is_none().then_some(Self { strace, report }))
    }

    /// Detaches and returns how many calls there were.
    pub(crate) async fn stop(mut self) -> Result<u64> {
        let pid = self.strace.id().and_then(|pid| Pid::from_raw(pid as i32));
        kill_process(pid.context("strace ended by itself")?, Signal::INT)?;
        tokio::time::timeout(Duration::from_secs(10), self.strace.wait()).await??;
        let text = std::fs::read_to_string(&self.report)?;
        ensure!(text.contains("calls"), "strace counted nothing");
        Ok(calls(&text))
    }
}

/// The calls of strace's summary: `% time  seconds  usecs/call  calls  errors  syscall`.
fn calls(summary: &str) -> u64 {
    summary
        .lines()
        .filter(|line| line.ends_with("sync") || line.ends_with("sync_file_range"))
        .filter_map(|line| line.split_whitespace().nth(3)?.parse::<u64>().ok())
        .sum()
}

#[cfg(test)]
mod tests {
    #[test]
    fn reads_the_summary() {
        let text = "% time     seconds  usecs/call     calls    errors syscall\n------ --- ---\n\
                    99.20    0.124000         124      1000           fdatasync\n\
                     0.80    0.001000         100        10           fsync\n100.00 0.1 1010 total\n";
        assert_eq!(super::calls(text), 1010);
    }
}
