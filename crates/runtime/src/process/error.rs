//! Why a process, or a version of a Worker, could not be started.

use std::path::PathBuf;
use std::time::Duration;

/// Why a version could not be started. Nothing of it runs.
#[derive(thiserror::Error, Debug)]
pub enum StartError {
    /// User code: it threw, or could not be compiled, while the Worker was starting.
    #[error("the Worker \"{worker}\" failed to start: {message}{}", .stack.as_ref().map(|s| format!("\n{s}")).unwrap_or_default())]
    UserCode {
        /// The Worker's name.
        worker: String,
        /// Class and message, as `Error: boom`.
        message: String,
        /// Stack lines with positions in the bundle (`  at index.js:1:2 in f`), if there are any.
        stack: Option<String>,
    },
    /// User code: the top level of the module did not end.
    #[error(
        "the Worker \"{worker}\" did not start within {} seconds of CPU time: is there an endless loop at the top level of the \
         module?", .within.as_secs()
    )]
    EndlessStart {
        /// The Worker's name.
        worker: String,
        /// The bound on its CPU time.
        within: Duration,
    },
    /// User code: the top level of the module used more memory than there is.
    #[error(
        "the Worker \"{worker}\" failed to start: it used more memory than it may (the JavaScript heap limit is {limit_mb} MB)"
    )]
    Memory {
        /// The Worker's name.
        worker: String,
        /// The limit of its heap.
        limit_mb: u32,
    },
    /// User code or its configuration: classes that the configuration names are not what the bundle exports.
    #[error("the Worker \"{worker}\" cannot be used as configured:\n{}", .problems.iter().map(|p| format!("  {p}")).collect::<Vec<_>>().join("\n"))]
    Exports {
        /// The Worker's name.
        worker: String,
        /// Each with its remedy.
        problems: Vec<crate::validate::ExportProblem>,
    },
    /// The configuration: workerd does not accept it (an unknown compatibility flag or date, and the like).
    #[error("workerd refuses the configuration of the Worker \"{worker}\": {message}")]
    Refused {
        /// The Worker's name.
        worker: String,
        /// workerd's own text.
        message: String,
    },
    /// The installation: workerd cannot be executed.
    #[error("cannot run workerd at {}: {source}", .path.display())]
    CannotRun {
        /// The binary.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The system: a file, directory or socket could not be made. A retry may help.
    #[error("cannot prepare {what}: {source}")]
    Io {
        /// What was being prepared.
        what: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The data directory of the Durable Objects is in use by another process.
    #[error(
        "the Durable Object data in {} is in use by another process{}; stop that process, or use another directory",
        .directory.display(), .holder.as_ref().map(|h| format!(" ({h})")).unwrap_or_default()
    )]
    ObjectsInUse {
        /// The directory.
        directory: PathBuf,
        /// What its lock file says of the holder.
        holder: Option<String>,
    },
    /// workerd ended while starting and said nothing that explains it. A retry may help.
    #[error("workerd ended while starting the Worker \"{worker}\": {reason}")]
    Died {
        /// The Worker's name.
        worker: String,
        /// How it ended and its last words.
        reason: String,
    },
}

/// Whose fault an error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The Worker's code or configuration.
    User,
    /// The machine or the installation.
    System,
    /// workerd, or the way Stepwell drives it.
    Runtime,
}

impl StartError {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::UserCode { .. }
            | Self::EndlessStart { .. }
            | Self::Memory { .. }
            | Self::Exports { .. }
            | Self::Refused { .. } => Fault::User,
            Self::CannotRun { .. } | Self::Io { .. } | Self::ObjectsInUse { .. } => Fault::System,
            Self::Died { .. } => Fault::Runtime,
        }
    }

    /// Whether the same start may work if it is tried again.
    pub fn retry_helps(&self) -> bool {
        matches!(self, Self::Io { .. } | Self::Died { .. })
    }

    pub(crate) fn io(what: impl Into<String>, source: std::io::Error) -> Self {
        Self::Io {
            what: what.into(),
            source,
        }
    }
}
