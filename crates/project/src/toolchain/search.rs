//! Looks for a program that is on the machine already.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::platform::Platform;
use super::{Tool, pins, version};

/// The program of the platform package in the nearest `node_modules` above `start` that has the pinned version.
///
/// pnpm keeps packages that the project does not depend on directly under `.pnpm/node_modules`.
pub(super) fn node_modules(tool: Tool, platform: Platform, start: &Path) -> Option<PathBuf> {
    let start = std::path::absolute(start).ok()?;
    let package = pins::package(tool, platform);
    start
        .ancestors()
        .flat_map(|directory| {
            let modules = directory.join("node_modules");
            [
                modules.join(package),
                modules.join(".pnpm/node_modules").join(package),
            ]
        })
        .find(|directory| has_version(directory, tool.version()))
        .map(|directory| directory.join("bin").join(tool.name()))
        .filter(|program| program.is_file())
}

/// Whether the package in a directory has exactly this version.
pub(super) fn has_version(package: &Path, version: &str) -> bool {
    // Reading the manifest is enough, and cheaper by far than running the program.
    let Ok(text) = std::fs::read(package.join("package.json")) else {
        return false;
    };
    let Ok(manifest) = serde_json::from_slice::<serde_json::Value>(&text) else {
        return false;
    };
    manifest.get("version").and_then(serde_json::Value::as_str) == Some(version)
}

/// The first program of that name in the directories of `variable` if it has the pinned version.
pub(super) fn path(tool: Tool, variable: &OsStr) -> Option<PathBuf> {
    let program = program(tool.name(), variable)?;
    let printed = version::check_runs(tool, &program).ok()?;
    version::is_pinned(tool, &printed).then_some(program)
}

/// The first executable file called `name` in the directories of `variable`.
pub(super) fn program(name: &str, variable: &OsStr) -> Option<PathBuf> {
    std::env::split_paths(variable)
        .filter(|directory| directory.is_absolute())
        .map(|directory| directory.join(name))
        .find(|candidate| is_executable(candidate))
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}
