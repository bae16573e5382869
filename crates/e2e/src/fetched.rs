//! What tests fetch once, into Stepwell's cache directory.

use sha2::{Digest as _, Sha256};
use std::fmt::{Display, Write as _};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use stepwell_project::toolchain::cache_dir;

/// Has `make` put something where it belongs, and returns where that is: a directory of its own for each text of `pinned`. Tests
/// that need the same at the same time wait for the first of them.
pub(crate) fn guarded(
    kind: &str,
    name: &str,
    pinned: &str,
    make: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<PathBuf, String> {
    let cache = cache_dir().join(kind);
    fs::create_dir_all(&cache).map_err(|error| said("make", &cache, &error))?;
    let home = cache.join(format!("{name}-{}", hash(pinned)));
    // The lock goes with the file that is closed.
    let guard_path = home.with_added_extension("lock");
    let guard = File::create(&guard_path).map_err(|error| said("make", &guard_path, &error))?;
    guard.lock().map_err(|error| said("lock", &guard_path, &error))?;
    make(&home)?;
    Ok(home)
}

fn hash(text: &str) -> String {
    let digest = Sha256::digest(text);
    digest[..6].iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What could not be done to a file.
pub(crate) fn said(what: &str, path: &Path, error: &dyn Display) -> String {
    format!("cannot {what} {}: {error}", path.display())
}
