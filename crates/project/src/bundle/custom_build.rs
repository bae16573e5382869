//! `build.command`: a command of the project that makes its `main` file.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};

use super::{Error, additional};
use crate::config::CustomBuild;

/// Runs the command in its directory, through the shell, and hands each line that it prints to `line`, which wrangler
/// puts `[custom build]` before. If the future
/// is dropped, the command ends with everything that it started.
///
/// # Errors
///
/// [`Error::CustomBuild`] if the command cannot be started or fails.
pub async fn run_custom_build(build: &CustomBuild, line: &(dyn Fn(&str) + Sync)) -> Result<(), Error> {
    let failed = |reason: String| Error::CustomBuild {
        command: build.command.clone(),
        reason,
    };
    line(&format!("Running: {}", build.command));
    let child = Command::new("/bin/sh")
        .arg("-c")
        .arg(build.command.trim())
        .current_dir(&build.directory)
        .env("WRANGLER_COMMAND", "dev")
        .env("PATH", search_path(&build.directory))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // A group of its own, so that all of it can be ended.
        .process_group(0)
        .spawn()
        .map_err(|error| {
            failed(format!(
                "it cannot be started in {}: {error}",
                build.directory.display()
            ))
        })?;
    let mut group = Group { child };
    let (stdout, stderr) = (group.child.stdout.take(), group.child.stderr.take());
    let ((), (), status) = tokio::join!(lines(stdout, line), lines(stderr, line), group.child.wait());
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(failed(status.to_string())),
        Err(error) => Err(failed(error.to_string())),
    }
}

/// The programs of the project's packages go before those of the machine, as in npm's scripts.
fn search_path(directory: &Path) -> OsString {
    let own = directory
        .ancestors()
        .map(|directory| directory.join("node_modules/.bin"))
        .filter(|directory| directory.is_dir());
    let machine = std::env::var_os("PATH").unwrap_or_default();
    let all: Vec<PathBuf> = own.chain(std::env::split_paths(&machine)).collect();
    // Only a directory with a colon in its name cannot be joined.
    std::env::join_paths(all).unwrap_or(machine)
}

/// The files that the command makes its output from. The output is not among them: the command must not be started by
/// what it wrote itself.
pub(super) fn sources(build: &CustomBuild, main: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in &build.watch {
        if path.is_file() {
            files.push(path.clone());
        } else {
            // What cannot be read cannot change either.
            let _ = additional::collect(path, &mut files);
        }
    }
    files.retain(|file| file != main && !file.components().any(|part| part.as_os_str() == "node_modules"));
    files
}

async fn lines(pipe: Option<impl AsyncRead + Unpin>, line: &(dyn Fn(&str) + Sync)) {
    let Some(pipe) = pipe else { return };
    let mut lines = BufReader::new(pipe).split(b'\n');
    while let Ok(Some(text)) = lines.next_segment().await {
        line(String::from_utf8_lossy(&text).trim_end());
    }
}

/// A process and all that it started.
struct Group {
    child: Child,
}

impl Drop for Group {
    fn drop(&mut self) {
        let running = self.child.id().and_then(|id| i32::try_from(id).ok());
        if let Some(group) = running.and_then(rustix::process::Pid::from_raw) {
            // It may have ended in this moment.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}
