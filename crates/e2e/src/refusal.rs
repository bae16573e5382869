//! A run of the binary that must end by itself.

use crate::log::Log;
use crate::processes::Process;
use crate::wait::eventually;
use std::process::Command;

/// What a run that ended by itself has left.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// Its exit code.
    pub code: Option<i32>,
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
}

impl Refusal {
    #[track_caller]
    pub(crate) fn of(mut command: Command) -> Self {
        let mut child = command.spawn().expect("the binary can be run");
        let stdout = Log::of(child.stdout.take().expect("it is piped"));
        let stderr = Log::of(child.stderr.take().expect("it is piped"));
        let process = Process::of(child.id());
        let status = eventually("the end of a run that must be refused", || {
            if stdout.lines().iter().any(|line| line.starts_with("Ready")) {
                let _ = child.kill();
                let _ = child.wait();
                panic!("it was not refused:\n{}", stderr.text());
            }
            child.try_wait().expect("a child can be asked")
        });
        stdout.wait_for_end();
        stderr.wait_for_end();
        let left = process.map(Process::descendants).unwrap_or_default();
        assert!(left.is_empty(), "processes are left: {left:?}");
        Self {
            code: status.code(),
            stdout: stdout.text(),
            stderr: stderr.text(),
        }
    }

    /// Checks that it failed with one message that has all of these.
    #[track_caller]
    pub fn says(&self, parts: &[&str]) {
        assert_eq!(self.code, Some(1), "{self:?}");
        for part in parts {
            assert!(self.stderr.contains(part), "no {part:?} in:\n{}", self.stderr);
        }
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
    }
}
