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
    /// Durable Objects, a directory for each Worker.
    objects: PathBuf,
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

    /// Before a session could have several Workers, the objects of its one lay where the directories of the Workers are now.
    pub(crate) fn split_objects(&self, worker: &str) -> std::io::Result<()> {
        let own = format!("{worker}-");
        let before = std::fs::read_dir(&self.objects).is_ok_and(|entries| {
            entries.flatten().any(|entry| {
                let name = entry.file_name();
                let name = name.to_string_lossy();
                name.starts_with(&own) && entry.path().join("metadata.sqlite").exists()
            })
        });
        if !before {
            return Ok(());
        }
        let aside = self.state.join("objects.moving");
        std::fs::rename(&self.objects, &aside)?;
        std::fs::create_dir(&self.objects)?;
        std::fs::rename(&aside, self.objects_of(worker))
    }

    /// Where the Durable Objects of a Worker are.
    pub(crate) fn objects_of(&self, worker: &str) -> PathBuf {
        self.objects.join(worker)
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
