//! A process of the binary, and those that it starts.

use crate::log::Log;
use crate::processes::Process;
use crate::signals;
use crate::wait::{DEADLINE, eventually, within};
use rustix::process::Signal;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

/// A run of the binary. Checks when it is dropped that none of its processes is left.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    process: Process,
    log: Log,
    /// Everything that it has started.
    seen: Vec<Process>,
}

impl Running {
    /// Starts it. Returns what it writes to standard output, too.
    #[track_caller]
    pub(crate) fn spawn(command: &mut Command) -> (Self, Log) {
        let mut child = command.spawn().expect("the binary can be run");
        let stdout = Log::of(child.stdout.take().expect("it is piped"));
        let log = Log::of(child.stderr.take().expect("it is piped"));
        let process = Process::of(child.id()).expect("a child that was not reaped is there");
        let running = Self {
            child,
            process,
            log,
            seen: Vec::new(),
        };
        (running, stdout)
    }

    /// Waits for a line of standard output that begins like this, and returns the rest of it.
    #[track_caller]
    pub(crate) fn told(&self, stdout: &Log, beginning: &str) -> String {
        let told = stdout.search(|line| line.strip_prefix(beginning).map(str::to_owned));
        told.unwrap_or_else(|| {
            panic!(
                "it did not say {beginning:?}:\n{}\n{}",
                stdout.text(),
                self.log.text()
            );
        })
    }

    /// What it logs.
    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    /// Its number.
    pub(crate) fn pid(&self) -> u32 {
        self.process.pid
    }

    /// Whether it is still there.
    pub(crate) fn lives(&mut self) -> bool {
        self.look();
        self.process.lives()
    }

    /// Kills it, and nothing else, with SIGKILL; its workerd processes must end by themselves.
    #[track_caller]
    pub(crate) fn kill_9(&mut self) {
        self.look();
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.gone();
    }

    /// Kills every workerd of a role and returns how many.
    pub(crate) fn kill_workerd(&mut self, role: char) -> usize {
        self.look();
        let is = |process: &&Process| process.sockets().iter().any(|name| name.starts_with(role));
        let doomed: Vec<Process> = self.process.descendants().iter().filter(is).copied().collect();
        for process in &doomed {
            signals::send(*process, Signal::KILL);
        }
        doomed.len()
    }

    /// How many workerd processes it has.
    pub(crate) fn workerd_count(&self) -> usize {
        self.process.descendants().len()
    }

    /// Sends a signal and waits for the end. Returns the exit code and how long it took.
    #[track_caller]
    pub(crate) fn end(&mut self, signal: Signal) -> (Option<i32>, Duration) {
        self.look();
        let since = Instant::now();
        signals::send(self.process, signal);
        let code = self.ended().code();
        let took = since.elapsed();
        self.gone();
        (code, took)
    }

    /// Waits until it ends by itself.
    #[track_caller]
    pub(crate) fn ended(&mut self) -> ExitStatus {
        self.look();
        let child = &mut self.child;
        eventually("the end of the server", || {
            child.try_wait().expect("a child can be asked")
        })
    }

    /// Remembers the processes there are.
    fn look(&mut self) {
        self.seen.extend(self.process.descendants());
    }

    #[track_caller]
    fn gone(&mut self) {
        let left = || -> Vec<Process> {
            self.seen
                .iter()
                .copied()
                .filter(|process| process.lives())
                .collect()
        };
        if within(DEADLINE, || left().is_empty().then_some(())).is_none() {
            let left = left();
            for process in &left {
                signals::send(*process, Signal::KILL);
            }
            assert!(std::thread::panicking(), "processes are left: {left:?}");
        }
        self.seen.clear();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.process.lives() {
            self.kill_9();
        }
        // Of runs that ended by themselves.
        self.gone();
    }
}
