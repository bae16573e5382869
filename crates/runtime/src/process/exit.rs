//! How a process ended.

use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

/// How a process ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exit {
    /// The engine ended it, for this reason.
    Killed(String),
    /// Its JavaScript heap was exhausted; the limit in MiB.
    HeapExhausted(u32),
    /// It ended by a signal that Stepwell did not send.
    Signal(i32),
    /// It ended by itself; exit code and last words.
    Ended {
        /// The exit code.
        code: i32,
        /// The last line it wrote, if any.
        last_line: Option<String>,
    },
}

impl Exit {
    /// Judges by exit status, by what the engine wanted and by what the process wrote before it ended.
    pub(super) fn judge(
        status: Option<ExitStatus>,
        wanted: Option<String>,
        heap_exhausted: bool,
        heap_mb: u32,
        last_line: Option<String>,
    ) -> Self {
        if let Some(reason) = wanted {
            return Self::Killed(reason);
        }
        if heap_exhausted {
            return Self::HeapExhausted(heap_mb);
        }
        match status.map(|status| (status.signal(), status.code())) {
            Some((Some(signal), _)) => Self::Signal(signal),
            Some((None, code)) => Self::Ended {
                code: code.unwrap_or(-1),
                last_line,
            },
            None => Self::Ended { code: -1, last_line },
        }
    }
}

/// How the reason begins for which a process is ended that used too much CPU time.
pub(crate) const CPU_LIMIT: &str = "the CPU time limit of";
/// The same for memory.
pub(crate) const MEMORY_LIMIT: &str = "the memory limit of";

impl Exit {
    /// The outcome of what ran in it, in the words of a tail.
    pub(crate) fn outcome(&self) -> &'static str {
        match self {
            Self::HeapExhausted(_) => "exceededMemory",
            Self::Killed(reason) if reason.starts_with(MEMORY_LIMIT) => "exceededMemory",
            Self::Killed(reason) if reason.starts_with(CPU_LIMIT) => "exceededCpu",
            _ => "unknown",
        }
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Killed(reason) => f.write_str(reason),
            Self::HeapExhausted(mb) => write!(f, "the JavaScript heap limit of {mb} MB was reached"),
            Self::Signal(signal) => write!(f, "the process was ended by signal {signal}"),
            Self::Ended { code, last_line } => {
                write!(f, "the process ended with code {code}")?;
                match last_line {
                    Some(line) => write!(f, ": {line}"),
                    None => Ok(()),
                }
            }
        }
    }
}
