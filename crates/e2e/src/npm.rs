//! Programs that npm has: installed once into Stepwell's cache directory, from a lock file.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use stepwell_project::toolchain::cache_dir;

/// Installs what `package` (a `package.json`) and `lock` (its `package-lock.json`) name, unless that has been done, and
/// returns the directory that has the `node_modules`. `name` names the directory, so it has the version in it.
///
/// # Errors
/// What went wrong, for people.
pub fn install(name: &str, package: &str, lock: &str) -> Result<PathBuf, String> {
    let home = cache_dir().join("npm").join(name);
    if fs::read_to_string(home.join("package-lock.json")).is_ok_and(|installed| installed == lock) {
        return Ok(home);
    }
    let said = |what: &str, error: &dyn std::fmt::Display| format!("{what} {}: {error}", home.display());
    let parent = home.parent().unwrap_or(&home);
    fs::create_dir_all(parent).map_err(|error| said("cannot make", &error))?;
    // Apart, and then moved: tests that need it at the same time must not see the half of it.
    let apart = tempfile::tempdir_in(parent).map_err(|error| said("cannot make", &error))?;
    let write = |file: &str, text: &str| fs::write(apart.path().join(file), text);
    write("package.json", package)
        .and_then(|()| write("package-lock.json", lock))
        .map_err(|error| said("cannot write", &error))?;
    let output = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(apart.path())
        .output()
        .map_err(|error| format!("cannot start npm: {error}"))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        return Err(format!("npm could not install {name}: {}", text.trim()));
    }
    // An earlier version of the lock file may have left something.
    let _ = fs::remove_dir_all(&home);
    let apart = apart.keep();
    if let Err(error) = fs::rename(&apart, &home) {
        let _ = fs::remove_dir_all(&apart);
        // Somebody else was faster.
        if !home.join("package-lock.json").exists() {
            return Err(said("cannot make", &error));
        }
    }
    Ok(home)
}
