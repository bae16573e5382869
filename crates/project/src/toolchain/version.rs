//! Runs a program with `--version`, which also shows whether it runs at all.

use std::io::ErrorKind;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::error::Error;
use super::{Tool, WORKERD_COMPATIBILITY_DATE, libc};

/// How long `--version` may take. workerd needs 40 ms; a cold disk needs longer for 160 MB.
const PATIENCE: Duration = Duration::from_secs(20);

/// What `program --version` prints, without the program's name.
///
/// # Errors
///
/// [`Error::DoesNotRun`] with the reason, or the error that names the C library if that is the reason.
pub fn check_runs(tool: Tool, program: &Path) -> Result<String, Error> {
    let fails = |reason: String| Error::DoesNotRun {
        path: program.to_owned(),
        reason,
    };
    let end = Instant::now() + PATIENCE;
    let mut child = loop {
        match spawn(program) {
            Ok(child) => break child,
            // A program that was just written is busy while a child that another thread is starting still
            // holds its inherited descriptor; that is over in a moment.
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy && Instant::now() < end => {
                std::thread::sleep(Duration::from_millis(2));
            }
            Err(error) => return Err(libc::explain(tool, "").unwrap_or_else(|| fails(error.to_string()))),
        }
    };
    // What it prints fits into a pipe's buffer, so it can be read after the end.
    while child
        .try_wait()
        .map_err(|error| fails(error.to_string()))?
        .is_none()
    {
        if Instant::now() > end {
            let _ = child.kill();
            let _ = child.wait();
            return Err(fails(format!(
                "`--version` did not answer within {} seconds",
                PATIENCE.as_secs()
            )));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let output = child
        .wait_with_output()
        .map_err(|error| fails(error.to_string()))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        let reason = if stderr.is_empty() {
            output.status.to_string()
        } else {
            stderr.clone()
        };
        return Err(libc::explain(tool, &stderr).unwrap_or_else(|| fails(reason)));
    }
    let printed = String::from_utf8_lossy(&output.stdout);
    let printed = printed.trim();
    Ok(printed
        .strip_prefix(tool.name())
        .unwrap_or(printed)
        .trim()
        .to_owned())
}

fn spawn(program: &Path) -> std::io::Result<Child> {
    Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}

/// Whether `printed`, from [`check_runs`], is the pinned version.
pub(super) fn is_pinned(tool: Tool, printed: &str) -> bool {
    match tool {
        Tool::Workerd => printed == WORKERD_COMPATIBILITY_DATE,
        Tool::Esbuild => printed == tool.version(),
    }
}
