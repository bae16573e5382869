//! Signals.

use crate::processes::Process;
use rustix::process::{Pid, Signal, kill_process};

/// Sends a signal to a process, if it is still the same one.
pub(crate) fn send(process: Process, signal: Signal) {
    if process.lives()
        && let Some(pid) = Pid::from_raw(process.pid as i32)
    {
        // It may end in between; then there is nothing left to do.
        let _ = kill_process(pid, signal);
    }
}

/// Kills the process with this number, from another thread than the one that waits for it.
pub fn kill_9(pid: u32) {
    if let Some(process) = Process::of(pid) {
        send(process, Signal::KILL);
    }
}
