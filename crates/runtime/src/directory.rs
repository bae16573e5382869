//! The private directory of the unix sockets, one for each engine process.
//!
//! Paths must be short (a unix socket's path has about 107 bytes), so it does not live in the data directory.

use rustix::fs::{FlockOperation, flock};
use std::fs::{File, Permissions};
use std::io::{Error, Result};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tempfile::TempDir;

const PREFIX: &str = "stepwell-";
const LOCK: &str = "lock";
/// The longest base directory that leaves room for `/stepwell-XXXXXX/r1234.inspect`.
const LONGEST_BASE: usize = 60;
/// A directory younger than this may belong to an engine that has not locked it yet.
const TOO_YOUNG: Duration = Duration::from_mins(1);

/// A private directory for sockets and generated configuration, removed when it is dropped.
#[derive(Debug)]
pub struct SocketDirectory {
    directory: TempDir,
    // Held as long as the directory is in use; how a later start tells that it is stale.
    _lock: File,
    next: AtomicU64,
}

impl SocketDirectory {
    /// Makes one (mode 0700), and removes those that engines which were killed have left behind.
    ///
    /// # Errors
    /// What the system says if it cannot be made.
    pub fn create() -> Result<Self> {
        let base = base();
        remove_stale(&base);
        let directory = tempfile::Builder::new()
            .prefix(PREFIX)
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(&base)?;
        let lock = File::create(directory.path().join(LOCK))?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive)?;
        Ok(Self {
            directory,
            _lock: lock,
            next: AtomicU64::new(1),
        })
    }

    /// The path of the file or socket `name`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// A number that no process of this directory has yet.
    pub fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }
}

fn base() -> PathBuf {
    let usable =
        |path: &PathBuf| path.is_absolute() && path.is_dir() && path.as_os_str().len() <= LONGEST_BASE;
    std::env::var_os("XDG_RUNTIME_DIR")
        .map(PathBuf::from)
        .filter(usable)
        .or_else(|| Some(std::env::temp_dir()).filter(usable))
        .unwrap_or_else(|| PathBuf::from("/tmp"))
}

/// Removes directories whose engine is gone. What cannot be removed is left: it harms nobody.
fn remove_stale(base: &Path) {
    let own = rustix::process::getuid().as_raw();
    for entry in std::fs::read_dir(base).into_iter().flatten().flatten() {
        if !entry.file_name().to_string_lossy().starts_with(PREFIX) {
            continue;
        }
        let Ok(metadata) = entry.metadata() else { continue };
        let old = metadata
            .modified()
            .is_ok_and(|at| at.elapsed().is_ok_and(|age| age > TOO_YOUNG));
        // `DirEntry::metadata` does not follow links, so a link that someone planted is not a directory here.
        if metadata.is_dir() && metadata.uid() == own && old && !is_locked(&entry.path()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

fn is_locked(directory: &Path) -> bool {
    match File::open(directory.join(LOCK)) {
        Ok(file) => flock(&file, FlockOperation::NonBlockingLockExclusive).is_err(),
        Err(error) => error.kind() != Error::from(rustix::io::Errno::NOENT).kind(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_in_use_is_kept_and_removed_when_dropped() {
        let directory = SocketDirectory::create().unwrap();
        assert!(is_locked(directory.directory.path()));
        let path = directory.path("x");
        assert!(path.as_os_str().len() < 100);
        let mode = std::fs::metadata(directory.directory.path()).unwrap().mode();
        assert_eq!(mode & 0o777, 0o700);
        drop(directory);
        assert!(!path.parent().unwrap().exists());
    }
}
