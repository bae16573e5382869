//! What happens to the data of objects between the end of one object host and the start of the next.

use crate::process::StartError;
use std::io::{ErrorKind, Result};
use std::path::{Path, PathBuf};

/// Something that is done to a namespace's data while no process has it. Doing it twice is as doing it once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileOperation {
    /// A folder gets another place, on the same file system. Nothing happens if it is not there.
    Move {
        /// Where it is.
        from: PathBuf,
        /// Where it will be; the parent is made if it is missing.
        to: PathBuf,
    },
    /// A folder goes, with all that is in it. Nothing happens if it is not there.
    Remove(PathBuf),
}

/// Carries out all of them in order.
pub(super) async fn carry_out(operations: Vec<FileOperation>) -> std::result::Result<(), StartError> {
    let work = move || operations.iter().try_for_each(FileOperation::carry_out);
    let done = tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|panic| Err(std::io::Error::other(panic)));
    done.map_err(|error| StartError::io("the data of Durable Objects", error))
}

impl FileOperation {
    fn carry_out(&self) -> Result<()> {
        match self {
            Self::Move { from, to } => move_folder(from, to),
            Self::Remove(path) => unless_missing(std::fs::remove_dir_all(path)),
        }
    }
}

fn move_folder(from: &Path, to: &Path) -> Result<()> {
    if let Some(parent) = to.parent() {
        std::fs::create_dir_all(parent)?;
    }
    unless_missing(std::fs::rename(from, to))
}

fn unless_missing(done: Result<()>) -> Result<()> {
    match done {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        done => done,
    }
}
