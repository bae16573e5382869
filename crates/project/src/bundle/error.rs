//! Why a project could not be bundled.

use std::path::PathBuf;

use crate::diagnostic::{Diagnostic, print_all};

/// From this date on, the runtime has every module of Node that there are polyfills for.
const NATIVE_DATE: &str = "2026-03-17";

/// Why a project could not be bundled.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The code has errors; at least one.
    #[error("{}", print_all(.0))]
    Failed(Vec<Diagnostic>),
    /// esbuild could not be started.
    #[error("cannot start esbuild ({}): {source}; `stepwell doctor` shows where it comes from", esbuild.display())]
    Start {
        /// The program.
        esbuild: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// esbuild failed without naming an error.
    #[error("esbuild failed ({status}): {log}")]
    Crashed {
        /// How it ended.
        status: String,
        /// What it printed.
        log: String,
    },
    /// The directory for temporary files cannot be used.
    #[error("cannot use the directory for temporary files (TMPDIR): {0}")]
    Scratch(std::io::Error),
    /// A file of the project cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The code needs polyfills of Node's modules, and they cannot be had.
    #[error(
        "{modules}: the runtime has this part of Node.js from a later compatibility date on; until then it takes a polyfill. {source}, or set \"compatibility_date\" to {NATIVE_DATE} or later"
    )]
    Polyfills {
        /// The modules with the files that import them.
        modules: String,
        /// Why not.
        source: Box<crate::toolchain::Error>,
    },
    /// The project's own build command failed.
    #[error(
        "Running custom build `{command}` failed ({reason}). There are likely more logs from your build command above."
    )]
    CustomBuild {
        /// `build.command`.
        command: String,
        /// How it ended.
        reason: String,
    },
    /// esbuild's own report could not be read.
    #[error(
        "cannot read what esbuild wrote ({what}): {source}; is it the version that Stepwell was built for?"
    )]
    Output {
        /// Which file.
        what: &'static str,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

impl Error {
    /// The single findings, with their places; empty when esbuild itself did not work.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        match self {
            Self::Failed(found) => found,
            _ => &[],
        }
    }
}
