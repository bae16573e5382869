//! Where a project's state lives.

use crate::arguments::ProjectArguments;
use std::path::{Path, PathBuf};

/// The directories of a project's state.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    /// All of it.
    pub(crate) state: PathBuf,
    /// The store.
    pub(crate) data: PathBuf,
    /// Durable Objects.
    pub(crate) objects: PathBuf,
}

impl Places {
    /// `--persist-to`, or `.stepwell` in the project.
    pub(crate) fn of(arguments: &ProjectArguments, project_dir: &Path) -> Self {
        let state = arguments
            .persist_to
            .clone()
            .unwrap_or_else(|| project_dir.join(".stepwell"));
        Self {
            data: state.join("data"),
            objects: state.join("objects"),
            state,
        }
    }

    /// Keeps the state out of the project's version control, as wrangler does with its own.
    pub(crate) fn ignore_in_git(&self) {
        let file = self.state.join(".gitignore");
        if self.state.is_dir() && !file.exists() {
            // Nothing depends on it.
            let _ = std::fs::write(file, "*\n");
        }
    }
}
