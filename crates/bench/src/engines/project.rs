//! The bench project, written out afresh for each server, and the directory of its data.

use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const FILES: [(&str, &str); 4] = [
    (
        "wrangler.json",
        include_str!("../../../../bench/worker/wrangler.json"),
    ),
    (
        "src/index.ts",
        include_str!("../../../../bench/worker/src/index.ts"),
    ),
    (
        "src/requests.ts",
        include_str!("../../../../bench/worker/src/requests.ts"),
    ),
    (
        "src/workflow.ts",
        include_str!("../../../../bench/worker/src/workflow.ts"),
    ),
];

/// A project and what an engine keeps of it. Removed when it is dropped.
pub(crate) struct Place {
    directory: TempDir,
}

impl Place {
    /// A fresh one, in `base` or where temporary files go.
    pub(crate) fn new(base: Option<&Path>) -> Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix("workflows-bench-");
        let directory = match base {
            Some(base) => builder.tempdir_in(base),
            None => builder.tempdir(),
        }
        .context("cannot make a directory for the data of an engine")?;
        let project = directory.path().join("project");
        fs::create_dir_all(project.join("src"))?;
        for (name, text) in FILES {
            fs::write(project.join(name), text)?;
        }
        fs::create_dir_all(directory.path().join("home"))?;
        Ok(Self { directory })
    }

    pub(crate) fn root(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn project(&self) -> PathBuf {
        self.root().join("project")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.root().join("data")
    }

    /// An empty home, so that no settings of the user's take part.
    pub(crate) fn home(&self) -> PathBuf {
        self.root().join("home")
    }

    /// Where the engine's stderr goes.
    pub(crate) fn errors(&self) -> PathBuf {
        self.root().join("stderr")
    }
}
