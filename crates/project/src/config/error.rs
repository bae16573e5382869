//! Why a configuration could not be loaded.

use std::path::PathBuf;

use crate::diagnostic::{Diagnostic, print_all};

/// Why a configuration, or `.dev.vars`, could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The project directory does not exist, or is a file.
    #[error("{} {problem}; give the directory of a wrangler project", dir.display())]
    NoDirectory {
        /// The directory that was given.
        dir: PathBuf,
        /// What is the matter with it.
        problem: &'static str,
    },
    /// The directory has no configuration.
    #[error("no wrangler configuration in {}: looked for wrangler.json, wrangler.jsonc and wrangler.toml; {hint}", dir.display())]
    NoConfig {
        /// The directory that was searched.
        dir: PathBuf,
        /// What to do.
        hint: String,
    },
    /// The file that was named does not exist.
    #[error("there is no configuration file {}; check the path given with -c", path.display())]
    NoFile {
        /// The file.
        path: PathBuf,
    },
    /// The file that was named is of an unknown kind.
    #[error("{} is not a wrangler configuration: its name must end in .json, .jsonc or .toml", path.display())]
    UnknownKind {
        /// The file.
        path: PathBuf,
    },
    /// The file could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file says something that cannot be run: all that was found, in the order of the file.
    #[error("{}", print_all(.0))]
    Invalid(Vec<Diagnostic>),
}

impl Error {
    /// The single findings, with their places; empty for the errors that are not about a place in a file.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        match self {
            Self::Invalid(found) => found,
            _ => &[],
        }
    }
}
