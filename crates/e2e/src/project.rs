//! A project in a directory of its own, and how it is to be run.

use crate::{Refusal, Server, npm, tools};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// The date in the configurations of `tests/workers`.
const WRITTEN_DATE: &str = "2026-09-01";

/// A project that no other test sees.
#[derive(Debug)]
pub struct Project {
    pub(crate) binary: PathBuf,
    pub(crate) root: TempDir,
    directory: PathBuf,
    state: PathBuf,
    arguments: Vec<String>,
    any_port: bool,
    environment: Vec<(String, String)>,
}

impl Project {
    /// A copy of `<workers>/<name>` and what it shares with the others.
    pub fn copy_of(binary: &str, workers: &str, name: &str) -> Self {
        let project = Self::empty(binary, name);
        for part in ["common", name]
            .into_iter()
            .filter(|part| Path::new(workers).join(part).is_dir())
        {
            copy(
                &Path::new(workers).join(part),
                &project.root.path().join("workers").join(part),
            );
        }
        project
    }

    /// A copy of the files of a directory.
    pub fn copy_of_directory(binary: &str, name: &str, directory: &Path) -> Self {
        let project = Self::empty(binary, name);
        copy(directory, &project.directory);
        project
    }

    /// These files.
    pub fn of_files(binary: &str, files: &[(&str, &str)]) -> Self {
        let project = Self::empty(binary, "project");
        fs::create_dir_all(&project.directory).expect("a directory can be made");
        for (path, text) in files {
            project.write(path, text);
        }
        project
    }

    fn empty(binary: &str, name: &str) -> Self {
        let root = tempfile::Builder::new()
            .prefix("e2e-")
            .tempdir()
            .expect("a directory can be made");
        Self {
            binary: binary.into(),
            directory: root.path().join("workers").join(name),
            state: root.path().join("state"),
            root,
            arguments: Vec::new(),
            any_port: true,
            environment: Vec::new(),
        }
    }

    /// At another compatibility date.
    #[must_use]
    pub fn date(self, date: &str) -> Self {
        self.replace("wrangler.jsonc", WRITTEN_DATE, date);
        self
    }

    /// With the `node_modules` that its lock file names.
    ///
    /// # Panics
    /// If npm cannot install them.
    #[must_use]
    #[track_caller]
    pub fn installed(self) -> Self {
        let read = |file: &str| fs::read_to_string(self.path(file)).expect("the file is there");
        let name = self
            .directory
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let installed = npm::install(&name, &read("package.json"), &read("package-lock.json"))
            .unwrap_or_else(|error| panic!("{error}"));
        std::os::unix::fs::symlink(installed.join("node_modules"), self.path("node_modules"))
            .expect("a link can be made");
        self
    }

    /// Runs a script of its `package.json`, which must work.
    #[track_caller]
    pub fn npm_run(&self, script: &str) {
        let output = Command::new("npm")
            .args(["run", "--silent", script])
            .current_dir(&self.directory)
            .envs(npm::QUIET)
            .output()
            .expect("npm can be run");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(
            output.status.success(),
            "npm run {script}: {}{}",
            text(&output.stdout),
            text(&output.stderr)
        );
    }

    /// With these of its files as configurations, of several Workers.
    #[must_use]
    pub fn configurations(mut self, files: &[&str]) -> Self {
        for file in files {
            let path = self.path(file).to_string_lossy().into_owned();
            self.arguments.extend(["--config".to_owned(), path]);
        }
        self
    }

    /// With more arguments.
    #[must_use]
    pub fn arguments(mut self, arguments: &[&str]) -> Self {
        self.arguments
            .extend(arguments.iter().map(|&argument| argument.to_owned()));
        self
    }

    /// Without the `--port 0` that every project gets otherwise.
    #[must_use]
    pub fn without_port(mut self) -> Self {
        self.any_port = false;
        self
    }

    /// With a variable in the environment of the binary.
    #[must_use]
    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.set_environment(name, value);
        self
    }

    /// From now on with a variable in the environment of the binary.
    pub fn set_environment(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// From now on without a variable that was set.
    pub fn forget_environment(&mut self, name: &str) {
        self.environment.retain(|(known, _)| known != name);
    }

    /// With its state in another place.
    #[must_use]
    pub fn state_in(mut self, state: &Path) -> Self {
        state.clone_into(&mut self.state);
        self
    }

    /// Where its state is.
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// The path of one of its files.
    pub fn path(&self, file: &str) -> PathBuf {
        self.directory.join(file)
    }

    /// Writes one of its files.
    pub fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().expect("a file has a directory")).expect("a directory can be made");
        fs::write(path, text).expect("a file can be written");
    }

    /// Changes one of its files, which must hold `from`.
    #[track_caller]
    pub fn replace(&self, file: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(file)).expect("the file is there");
        assert!(text.contains(from), "{file} has no {from:?}");
        fs::write(self.path(file), text.replace(from, to)).expect("a file can be written");
    }

    /// Gives it a cache of its own, with nothing in it but the programs: they would have to be fetched. Also returns where
    /// it is.
    #[must_use]
    pub fn with_own_cache(self) -> (Self, PathBuf) {
        let directory = self.path("cache");
        fs::create_dir_all(&directory).expect("a directory can be made");
        symlink(tools::directory(), directory.join("tools")).expect("a link can be made");
        let text = directory.display().to_string();
        (self.environment("STEPWELL_CACHE_DIR", &text), directory)
    }

    /// Starts it, and waits until it is ready.
    #[track_caller]
    pub fn start(self) -> Server {
        Server::start(self)
    }

    /// Runs it, which must end by itself.
    #[track_caller]
    pub fn refused(&self) -> Refusal {
        Refusal::of(self.command("human"))
    }

    pub(crate) fn command(&self, log_format: &str) -> Command {
        tools::fetch();
        let mut command = Command::new(&self.binary);
        command
            .arg("dev")
            .arg(&self.directory)
            .args(["--api-port", "0", "--persist-to"])
            .arg(&self.state)
            .args(&self.arguments)
            .env("STEPWELL_LOG_LEVEL", "debug")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if self.any_port {
            command.args(["--port", "0"]);
        }
        command.args(["--log-format", log_format]);
        // Signals to the test's group (Ctrl-C in a terminal) are not for it.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command
    }
}

/// What somebody's own use of a project leaves in it.
const NOT_COPIED: [&str; 4] = ["node_modules", "dist", ".wrangler", ".stepwell"];

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory can be made");
    let entries = fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
    for entry in entries.map(|entry| entry.expect("a directory can be read")) {
        let name = entry.file_name();
        if NOT_COPIED.iter().any(|&other| name == other) {
            continue;
        }
        let target = to.join(name);
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a file can be copied");
        }
    }
}
