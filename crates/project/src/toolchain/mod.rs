//! Finds the two programs that Stepwell runs, workerd and esbuild, and fetches the pinned builds when they
//! are nowhere on the machine; the same for the packages with polyfills of Node's modules.
//!
//! The order is: the path that was given, `node_modules` upward from the project, `PATH`, Stepwell's cache,
//! and then `npm pack` into that cache. What is found by itself must have exactly the pinned version, because
//! the shim and the bundler's arguments are tested against that one.

mod cache;
mod error;
mod fetch;
mod libc;
mod npm;
mod pins;
mod platform;
mod polyfills;
mod progress;
mod search;
mod version;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

pub use cache::{cache_dir, cached_path};
pub use error::Error;
pub use pins::{ESBUILD_VERSION, WORKERD_COMPATIBILITY_DATE, WORKERD_VERSION};
pub use polyfills::polyfills;
pub use version::check_runs;

/// A program that Stepwell needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tool {
    /// The JavaScript runtime.
    Workerd,
    /// The bundler.
    Esbuild,
}

impl Tool {
    /// The program's name, which is also its file name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Workerd => "workerd",
            Self::Esbuild => "esbuild",
        }
    }

    /// The version that Stepwell is built for.
    pub const fn version(self) -> &'static str {
        match self {
            Self::Workerd => WORKERD_VERSION,
            Self::Esbuild => ESBUILD_VERSION,
        }
    }

    /// The command line option that names the program.
    pub const fn option(self) -> &'static str {
        match self {
            Self::Workerd => "--workerd",
            Self::Esbuild => "--esbuild",
        }
    }

    /// The environment variable that names the program.
    pub const fn variable(self) -> &'static str {
        match self {
            Self::Workerd => "STEPWELL_WORKERD",
            Self::Esbuild => "STEPWELL_ESBUILD",
        }
    }
}

/// Where and how to look.
#[derive(Debug, Clone)]
pub struct Locate {
    /// The path from the command line or the environment; it is used whatever its version is.
    pub explicit: Option<PathBuf>,
    /// Where the search through `node_modules` starts.
    pub project_dir: PathBuf,
    /// Stepwell's cache, see [`cache_dir`].
    pub cache_dir: PathBuf,
    /// Show a progress bar on stderr while fetching (only if stderr is a terminal).
    pub progress: bool,
    /// Do not go to the network: npm may use its own cache only.
    pub offline: bool,
    /// Directories to search for programs, in the form of `PATH`; `PATH` itself when `None`.
    pub search_path: Option<OsString>,
}

impl Locate {
    /// Looks from `project_dir`, with progress, on the network if needed.
    pub fn new(project_dir: impl Into<PathBuf>, cache_dir: impl Into<PathBuf>) -> Self {
        Self {
            explicit: None,
            project_dir: project_dir.into(),
            cache_dir: cache_dir.into(),
            progress: true,
            offline: false,
            search_path: None,
        }
    }

    fn path_variable(&self) -> OsString {
        self.search_path
            .clone()
            .or_else(|| std::env::var_os("PATH"))
            .unwrap_or_default()
    }
}

/// Where a program came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The command line or the environment named it.
    Explicit,
    /// A package in the project's `node_modules`.
    NodeModules,
    /// A directory of `PATH`.
    Path,
    /// Stepwell's cache, from an earlier start.
    Cache,
    /// It was fetched just now.
    Fetched,
}

impl std::fmt::Display for Source {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Explicit => "given explicitly",
            Self::NodeModules => "from node_modules",
            Self::Path => "from PATH",
            Self::Cache => "from Stepwell's cache",
            Self::Fetched => "fetched now",
        })
    }
}

/// A program that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The program file.
    pub path: PathBuf,
    /// Its version in the form of its npm package; for an explicit workerd, what `--version` printed.
    pub version: String,
    /// Where it came from.
    pub source: Source,
}

/// Finds `tool`, fetching the pinned build if it is nowhere.
///
/// # Errors
///
/// Says what is missing and what to do: an explicit path that is no program, no npm, no network, a package
/// that fails its integrity check, a platform or C library that the builds do not support.
pub fn locate(tool: Tool, request: &Locate) -> Result<Found, Error> {
    if let Some(path) = &request.explicit {
        return explicit(tool, path);
    }
    let platform = platform::current()?;
    if let Some(path) = search::node_modules(tool, platform, &request.project_dir) {
        return Ok(pinned(tool, path, Source::NodeModules));
    }
    if let Some(path) = search::path(tool, &request.path_variable()) {
        return Ok(pinned(tool, path, Source::Path));
    }
    let cached = cached_path(&request.cache_dir, tool);
    // The file got its name by a rename after its integrity check, so that it is there is enough.
    if cached.is_file() {
        return Ok(pinned(tool, cached, Source::Cache));
    }
    fetch::fetch(tool, platform, request, &cached)?;
    Ok(pinned(tool, cached, Source::Fetched))
}

fn pinned(tool: Tool, path: PathBuf, source: Source) -> Found {
    Found {
        path,
        version: tool.version().to_owned(),
        source,
    }
}

fn explicit(tool: Tool, path: &Path) -> Result<Found, Error> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    if !path.is_file() {
        return Err(Error::ExplicitMissing {
            tool: tool.name(),
            path,
            option: tool.option(),
            variable: tool.variable(),
        });
    }
    let printed = version::check_runs(tool, &path)?;
    let version = if version::is_pinned(tool, &printed) {
        tool.version().to_owned()
    } else {
        printed
    };
    Ok(Found {
        path,
        version,
        source: Source::Explicit,
    })
}
