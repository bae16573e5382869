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
    /// Neither the directory nor one above it has a configuration.
    #[error(
        "no wrangler configuration in {}: looked for wrangler.json, wrangler.jsonc and wrangler.toml there and in the directories above\nhint: `stepwell init` makes a small project here; one that exists is named by its directory (`stepwell dev DIR`, `stepwell deploy DIR`) or by its file with -c; `stepwell dev src/index.ts` runs a script that has none",
        dir.display()
    )]
    NoConfig {
        /// The directory where the search began.
        dir: PathBuf,
    },
    /// The script that was named instead of a directory does not exist.
    #[error("The entry-point file at \"{}\" was not found", path.display())]
    NoScript {
        /// The script.
        path: PathBuf,
    },
    /// A variable of the process that says how variables are read has a value that it may not have.
    #[error("Expected {name} to be \"true\" or \"false\", but got {value:?}")]
    Variable {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
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
