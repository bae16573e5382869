//! The repository's own text files.

use std::fs;
use std::path::{Path, PathBuf};

/// A text file.
pub(crate) struct File {
    /// Its path from the root, with `/`.
    pub(crate) name: String,
    pub(crate) text: String,
}

/// The repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every text file that is not built, installed or state. Walked, not asked of git, so that it works in an unpacked
/// archive, too.
pub(crate) fn files() -> Vec<File> {
    let mut found = Vec::new();
    walk(&root(), "", &mut found);
    assert!(found.len() > 100, "the repository's files were not found");
    found
}

fn walk(directory: &Path, prefix: &str, found: &mut Vec<File>) {
    const SKIPPED: [&str; 5] = [".git", "target", "node_modules", ".stepwell", ".wrangler"];
    // A directory that is gone again belonged to a test that runs beside this one.
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if SKIPPED.contains(&name.as_str()) {
            continue;
        }
        let path = entry.path();
        let full = format!("{prefix}{name}");
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => walk(&path, &format!("{full}/"), found),
            Ok(kind) if kind.is_file() => {
                if let Ok(text) = fs::read_to_string(&path) {
                    found.push(File { name: full, text });
                }
            }
            _ => {}
        }
    }
}
