//! Runs `npm pack`. What npm prints is read and never shown: it is full of addresses and advice for people
//! who ran npm themselves.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::error::Error;
use super::progress::Progress;
use super::{Locate, Tool, search};

/// npm's codes for a registry that cannot be reached.
const OFFLINE_CODES: [&str; 11] = [
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ECONNRESET",
    "ENETUNREACH",
    "EHOSTUNREACH",
    "ENETDOWN",
    "ETIMEDOUT",
    "ERR_SOCKET_TIMEOUT",
    "ENOTCACHED",
    "FETCH_ERROR",
];

/// Why there is no tarball.
#[derive(Debug)]
pub(super) enum Failure {
    /// npm is not installed.
    NoNpm,
    /// The registry cannot be reached; npm's code.
    Offline(String),
    /// Another of npm's codes, or how it ended.
    Other(String),
    /// The directory cannot be used.
    Cache(Error),
}

impl Failure {
    /// The error about a program that was to be fetched.
    pub(super) fn about(self, tool: Tool, package: &'static str) -> Error {
        let (version, option, variable) = (tool.version(), tool.option(), tool.variable());
        let tool = tool.name();
        match self {
            Self::NoNpm => Error::NoNpm {
                tool,
                version,
                option,
                variable,
            },
            Self::Offline(code) => Error::Offline {
                tool,
                package,
                version,
                code,
                option,
                variable,
            },
            Self::Other(code) => Error::Npm {
                package,
                version,
                code,
                option,
                variable,
            },
            Self::Cache(error) => error,
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoNpm => formatter.write_str("fetching it needs npm, which was not found on PATH"),
            Self::Offline(code) => write!(formatter, "the package registry cannot be reached ({code})"),
            Self::Other(code) => write!(formatter, "npm could not fetch it ({code})"),
            Self::Cache(error) => error.fmt(formatter),
        }
    }
}

/// Fetches `package` at `version` into `directory` and returns the tarball's path.
pub(super) fn pack(
    package: &str,
    version: &str,
    request: &Locate,
    directory: &Path,
    progress: &Progress,
) -> Result<PathBuf, Failure> {
    let search_path = request.path_variable();
    let npm = search::program("npm", &search_path).ok_or(Failure::NoNpm)?;
    let log = directory.join("npm.log");
    let cache = |action, path: &Path| {
        let path = path.to_owned();
        move |source| Failure::Cache(Error::Cache { action, path, source })
    };
    // A file, not a pipe: nobody reads while npm runs, and a full pipe would stop it.
    let stderr = File::create(&log).map_err(cache("write", &log))?;
    let failed = failure;
    let mut child = command(&npm, package, version, request, directory, &search_path)
        .stderr(stderr)
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let status = loop {
        if let Some(status) = child.try_wait().map_err(|error| failed(error.to_string()))? {
            break status;
        }
        progress.bytes(
            tarball(directory)
                .and_then(|path| path.metadata().ok())
                .map_or(0, |found| found.len()),
        );
        std::thread::sleep(Duration::from_millis(20));
    };
    if !status.success() {
        let mut text = Vec::new();
        let _ = File::open(&log).and_then(|mut log| log.read_to_end(&mut text));
        return Err(failed(
            code(&String::from_utf8_lossy(&text)).unwrap_or_else(|| status.to_string()),
        ));
    }
    tarball(directory).ok_or_else(|| failed("npm wrote no tarball".to_owned()))
}

fn command(
    npm: &Path,
    package: &str,
    version: &str,
    request: &Locate,
    directory: &Path,
    search_path: &OsStr,
) -> Command {
    let mut command = Command::new(npm);
    command
        .arg("pack")
        .arg(format!("{package}@{version}"))
        .args([
            "--json",
            "--ignore-scripts",
            "--prefer-offline",
            "--loglevel=error",
            "--no-update-notifier",
        ])
        // npm would try for 70 seconds before it says that there is no network.
        .args([
            "--fetch-retries=2",
            "--fetch-retry-mintimeout=500",
            "--fetch-retry-maxtimeout=3000",
        ])
        .args(["--no-fund", "--no-audit", "--no-progress", "--pack-destination"])
        .arg(directory)
        .env("PATH", search_path)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    if request.offline {
        command.arg("--offline");
    }
    // In the project, so that its `.npmrc` decides where packages come from.
    if request.project_dir.is_dir() {
        command.current_dir(&request.project_dir);
    } else {
        command.current_dir(directory);
    }
    command
}

fn tarball(directory: &Path) -> Option<PathBuf> {
    std::fs::read_dir(directory)
        .ok()?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "tgz"))
}

/// The code in `npm error code E404` (npm 10 and later) or `npm ERR! code E404`.
fn code(log: &str) -> Option<String> {
    log.lines()
        .filter_map(|line| {
            line.strip_prefix("npm error code ")
                .or_else(|| line.strip_prefix("npm ERR! code "))
        })
        .map(|code| code.trim().to_owned())
        .find(|code| !code.is_empty())
}

fn failure(code: String) -> Failure {
    if OFFLINE_CODES.contains(&code.as_str()) {
        Failure::Offline(code)
    } else {
        Failure::Other(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_code_of_old_and_new_npm() {
        assert_eq!(
            code("npm warn x\nnpm error code E404\nnpm error 404").as_deref(),
            Some("E404")
        );
        assert_eq!(code("npm ERR! code ENOTFOUND\n").as_deref(), Some("ENOTFOUND"));
        assert_eq!(code("boom"), None);
    }

    #[test]
    fn says_what_to_do_when_the_registry_cannot_be_reached() {
        let failure = failure("EAI_AGAIN".to_owned());
        let text = failure
            .about(Tool::Workerd, "@cloudflare/workerd-linux-64")
            .to_string();
        for part in [
            "EAI_AGAIN",
            "npm install @cloudflare/workerd-linux-64@",
            "--workerd",
            "STEPWELL_WORKERD",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}
