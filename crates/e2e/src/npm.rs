//! What npm has: installed once into Stepwell's cache directory, from a lock file.

use sha2::{Digest as _, Sha256};
use std::fmt::{Display, Write as _};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use stepwell_project::toolchain::cache_dir;

/// The environment of programs that must not talk to anybody.
pub(crate) const QUIET: [(&str, &str); 4] = [
    ("CI", "true"),
    ("NO_COLOR", "1"),
    ("WRANGLER_SEND_METRICS", "false"),
    ("CLOUDFLARE_CF_FETCH_ENABLED", "false"),
];

/// Installs what `package` (a `package.json`) and `lock` (its `package-lock.json`) name, unless that has been done, and
/// returns the directory that has the `node_modules`. `name` is for people who look into the cache.
///
/// # Errors
/// What went wrong, for people.
pub fn install(name: &str, package: &str, lock: &str) -> Result<PathBuf, String> {
    let cache = cache_dir().join("npm");
    fs::create_dir_all(&cache).map_err(|error| said("make", &cache, &error))?;
    let home = cache.join(format!("{name}-{}", hash(lock)));
    // Tests that need the same at the same time wait for the first of them. The lock goes with the file that is closed.
    let guard_path = home.with_added_extension("lock");
    let guard = File::create(&guard_path).map_err(|error| said("make", &guard_path, &error))?;
    guard.lock().map_err(|error| said("lock", &guard_path, &error))?;
    if home.is_dir() {
        return Ok(home);
    }
    // Apart, and then moved: what is there is whole.
    let apart = tempfile::tempdir_in(&cache).map_err(|error| said("make a directory in", &cache, &error))?;
    for (file, text) in [("package.json", package), ("package-lock.json", lock)] {
        let path = apart.path().join(file);
        fs::write(&path, text).map_err(|error| said("write", &path, &error))?;
    }
    clean_install(name, apart.path())?;
    fs::rename(apart.keep(), &home).map_err(|error| said("make", &home, &error))?;
    Ok(home)
}

fn clean_install(name: &str, directory: &Path) -> Result<(), String> {
    let output = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .args(["--omit-lockfile-registry-resolved", "--prefer-offline"])
        // npm would try for 70 seconds before it says that there is no network.
        .args([
            "--fetch-retries=2",
            "--fetch-retry-mintimeout=500",
            "--fetch-retry-maxtimeout=3000",
        ])
        .current_dir(directory)
        .output()
        .map_err(|error| format!("cannot start npm, which this test needs: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    Err(format!(
        "npm could not install {name}: {}\n\
         hint: this test takes pinned packages from the npm registry once; it needs the network, or npm's own cache",
        problem(&text)
    ))
}

/// What npm says is wrong, without its stack, its advice and its addresses of logs.
fn problem(text: &str) -> String {
    let lines = text.lines().filter_map(|line| line.strip_prefix("npm error "));
    let said: Vec<&str> = lines.filter(|line| !line.starts_with(' ')).take(6).collect();
    said.join("\n")
}

fn hash(lock: &str) -> String {
    let digest = Sha256::digest(lock);
    digest[..6].iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn said(what: &str, path: &Path, error: &dyn Display) -> String {
    format!("cannot {what} {}: {error}", path.display())
}
