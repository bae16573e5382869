//! What npm has: installed once into Stepwell's cache directory, from a lock file.

use crate::fetched::{guarded, said};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

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
    guarded("npm", name, lock, |home| {
        if home.is_dir() {
            return Ok(());
        }
        // Apart, and then moved: what is there is whole.
        let cache = home.parent().unwrap_or(home);
        let apart = tempfile::tempdir_in(cache);
        let apart = apart.map_err(|error| said("make a directory in", cache, &error))?;
        for (file, text) in [("package.json", package), ("package-lock.json", lock)] {
            let path = apart.path().join(file);
            fs::write(&path, text).map_err(|error| said("write", &path, &error))?;
        }
        clean_install(name, apart.path())?;
        fs::rename(apart.keep(), home).map_err(|error| said("make", home, &error))
    })
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
