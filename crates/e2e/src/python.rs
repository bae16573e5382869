//! What the Python package index has: installed once into Stepwell's cache directory, with every version pinned.

use crate::fetched::{guarded, said};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What marks an installation that is whole. (A virtual environment knows its path, so it cannot be made elsewhere and moved.)
const COMPLETE: &str = ".complete";

/// Installs what `requirements` (a `requirements.txt` in which everything is pinned) names, unless that has been done, and
/// returns the directory of the virtual environment. `name` is for people who look into the cache.
///
/// # Errors
/// What went wrong, for people.
pub fn install(name: &str, requirements: &str) -> Result<PathBuf, String> {
    guarded("python", name, requirements, |home| {
        if home.join(COMPLETE).exists() {
            return Ok(());
        }
        let _ = fs::remove_dir_all(home);
        run(Command::new("python3").arg("-m").arg("venv").arg(home), name)?;
        let list = home.join("requirements.txt");
        fs::write(&list, requirements).map_err(|error| said("write", &list, &error))?;
        let mut pip = Command::new(home.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--no-deps"])
            .args(["--disable-pip-version-check", "--retries", "2", "--requirement"])
            .arg(&list);
        run(&mut pip, name)?;
        let complete = home.join(COMPLETE);
        fs::write(&complete, "").map_err(|error| said("write", &complete, &error))
    })
}

/// A program of an installation.
pub fn program(home: &Path, name: &str) -> Command {
    let mut command = Command::new(home.join("bin").join(name));
    command.env("NO_COLOR", "1").env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

fn run(command: &mut Command, name: &str) -> Result<(), String> {
    let output = command
        .output()
        .map_err(|error| format!("cannot start Python 3, which this test needs: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!(
        "pip could not install {name}: {}\n\
         hint: this test takes pinned packages from the Python package index once; it needs python3 with venv, and the \
         network or pip's own cache",
        String::from_utf8_lossy(&output.stderr).trim()
    ))
}
