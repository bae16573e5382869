//! Projects in temporary directories.
#![allow(dead_code, unreachable_pub)] // Each test file uses a part of this.

use std::path::{Path, PathBuf};

use stepwell_project::config::{self, Config, Loaded};
use stepwell_project::toolchain::{self, Locate, Tool};
use tempfile::TempDir;

/// A project that is deleted at the end.
pub struct Project {
    directory: TempDir,
}

impl Project {
    pub fn new(files: &[(&str, &str)]) -> Self {
        let project = Self {
            directory: tempfile::tempdir().expect("a temporary directory"),
        };
        for (name, content) in files {
            project.write(name, content);
        }
        project
    }

    pub fn path(&self) -> PathBuf {
        self.directory.path().canonicalize().expect("it exists")
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.directory.path().join(name);
        std::fs::create_dir_all(path.parent().expect("it has a parent")).expect("a directory");
        std::fs::write(path, content).expect("a file");
    }

    pub fn request(&self) -> config::Request<'_> {
        config::Request {
            directory: self.directory.path(),
            file: None,
            environment: None,
        }
    }

    pub fn load(&self) -> Result<Loaded, config::Error> {
        config::load(self.request())
    }

    pub fn config(&self) -> Config {
        self.load().unwrap_or_else(|error| panic!("{error}")).config
    }

    /// What loading says is wrong, each as `file:line:column: text`, with the file's name alone.
    pub fn errors(&self) -> Vec<String> {
        let error = self.load().expect_err("the configuration should be refused");
        let prefix = format!("{}/", self.directory.path().display());
        let found = error
            .diagnostics()
            .iter()
            .map(|found| found.one_line().replace(&prefix, ""));
        found.collect()
    }

    pub fn warnings(&self) -> Vec<String> {
        let loaded = self.load().unwrap_or_else(|error| panic!("{error}"));
        let prefix = format!("{}/", self.directory.path().display());
        loaded
            .warnings
            .iter()
            .map(|warning| warning.to_string().replace(&prefix, ""))
            .collect()
    }
}

/// The pinned esbuild, fetched on a machine that has none.
pub fn esbuild() -> PathBuf {
    locate(Tool::Esbuild)
}

/// The pinned workerd, fetched on a machine that has none.
pub fn workerd() -> PathBuf {
    locate(Tool::Workerd)
}

fn locate(tool: Tool) -> PathBuf {
    let mut request = Locate::new(Path::new(env!("CARGO_MANIFEST_DIR")), toolchain::cache_dir());
    request.explicit = std::env::var_os(tool.variable()).map(PathBuf::from);
    toolchain::locate(tool, &request)
        .unwrap_or_else(|error| panic!("{error}"))
        .path
}
