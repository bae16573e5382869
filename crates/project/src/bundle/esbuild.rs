//! Runs esbuild once.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

use super::metafile::Metafile;
use super::{Error, log, read_text};
use crate::diagnostic::{Diagnostic, Severity};

/// The name of esbuild's report in the output directory.
pub(super) const METAFILE: &str = "metafile.json";

/// What esbuild made, besides the files in the output directory.
pub(super) struct Output {
    pub(super) metafile: Metafile,
    pub(super) warnings: Vec<Diagnostic>,
}

/// Runs esbuild in `project_dir`, which its messages and its report are relative to.
///
/// `packages` is a `node_modules` directory that every file may import from.
pub(super) fn run(
    esbuild: &Path,
    project_dir: &Path,
    arguments: Vec<OsString>,
    out: &Path,
    packages: Option<&Path>,
) -> Result<Output, Error> {
    let mut command = Command::new(esbuild);
    command
        .args(arguments)
        .arg(joined("--outdir=", out))
        .arg(joined("--metafile=", &out.join(METAFILE)))
        .args(["--color=false", "--log-level=warning", "--log-limit=0"])
        .current_dir(project_dir)
        .env_remove("NODE_PATH")
        .stdin(Stdio::null());
    if let Some(packages) = packages {
        command.env("NODE_PATH", packages);
    }
    let output = command.output().map_err(|source| Error::Start {
        esbuild: esbuild.to_owned(),
        source,
    })?;
    let text = String::from_utf8_lossy(&output.stderr);
    let mut found = log::parse(&text, project_dir);
    if output.status.success() {
        let metafile = Metafile::parse(&read_text(&out.join(METAFILE))?)?;
        return Ok(Output {
            metafile,
            warnings: found,
        });
    }
    found.retain(|diagnostic| diagnostic.severity == Severity::Error);
    if found.is_empty() {
        return Err(Error::Crashed {
            status: output.status.to_string(),
            log: text.trim().to_owned(),
        });
    }
    Err(Error::Failed(found))
}

/// An option with a path as its value.
pub(super) fn joined(option: &str, value: &Path) -> OsString {
    let mut all = OsString::from(option);
    all.push(value);
    all
}
