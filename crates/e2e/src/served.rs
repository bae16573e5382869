//! A running `stepwell serve`.

use crate::http::{Answer, Client};
use crate::log::Log;
use crate::running::Running;
use crate::{Refusal, tools};
use rustix::process::Signal;
use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// The token that every installation of the tests begins with.
pub const ADMIN_TOKEN: &str = "sw_test_token_of_the_end_to_end_tests_0123456789";

/// The account that every installation begins with.
pub const ACCOUNT: &str = "default";

/// A data directory, and how a server is to be run on it.
#[derive(Debug)]
pub struct Installation {
    binary: PathBuf,
    root: TempDir,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
}

impl Installation {
    /// One with nothing in it.
    pub fn new(binary: &str) -> Self {
        let root = tempfile::Builder::new().prefix("e2e-").tempdir();
        Self {
            binary: binary.into(),
            root: root.expect("a directory can be made"),
            arguments: Vec::new(),
            environment: vec![("STEPWELL_BOOTSTRAP_TOKEN".to_owned(), ADMIN_TOKEN.to_owned())],
        }
    }

    /// With more arguments.
    #[must_use]
    pub fn arguments(mut self, arguments: &[&str]) -> Self {
        let more = arguments.iter().map(|&argument| argument.to_owned());
        self.arguments.extend(more);
        self
    }

    /// With a variable in the environment of the binary.
    #[must_use]
    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A place beside the data directory, for projects and the like.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.path("data")
    }

    /// Starts it, and waits until it is ready.
    #[track_caller]
    pub fn start(self) -> Served {
        Served::start(self)
    }

    /// Runs it, which must end by itself.
    #[track_caller]
    pub fn refused(&self) -> Refusal {
        Refusal::of(self.command("human"))
    }

    fn command(&self, log_format: &str) -> Command {
        tools::fetch();
        let mut command = Command::new(&self.binary);
        command
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--api-listen",
                "127.0.0.1:0",
                "--data",
            ])
            .arg(self.data())
            .args(&self.arguments)
            .args(["--log-format", log_format])
            .env("STEPWELL_LOG_LEVEL", "debug")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // Signals to the test's group (Ctrl-C in a terminal) are not for it.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command
    }
}

/// A running `stepwell serve`. Checks when it is dropped that none of its processes is left.
#[derive(Debug)]
pub struct Served {
    /// What it runs on.
    pub installation: Installation,
    running: Running,
    workers: Client,
    api: Client,
}

impl Served {
    #[track_caller]
    fn start(installation: Installation) -> Self {
        let (running, workers, api) = spawn(&installation);
        Self {
            installation,
            running,
            workers: Client::of(workers),
            api: Client::of(api).with_token(ADMIN_TOKEN),
        }
    }

    /// Starts again on the same data, after a kill or a stop. The ports are others.
    #[track_caller]
    pub fn restart(&mut self) {
        let (running, workers, api) = spawn(&self.installation);
        self.running = running;
        self.workers.moved_to(workers);
        self.api.moved_to(api);
    }

    /// The log of this run.
    pub fn log(&self) -> &Log {
        self.running.log()
    }

    /// Asks Workers; their hosts are `<script>.localhost`. Works on after a restart.
    pub fn workers(&self) -> Client {
        self.workers.clone()
    }

    /// Where Workers are.
    pub fn workers_url(&self) -> String {
        self.workers.url("")
    }

    /// Where the account API is: what `CLOUDFLARE_API_BASE_URL` should be.
    pub fn api_url(&self) -> String {
        self.api.url("")
    }

    /// Asks the account API with the admin token. Paths begin after `/client/v4`. Works on after a restart.
    pub fn api(&self) -> Client {
        self.api.clone()
    }

    /// A GET request to a Worker.
    #[track_caller]
    pub fn get(&self, script: &str, path: &str) -> Answer {
        let host = format!("{script}.localhost");
        self.workers
            .get_with(path, &[("host", &host)])
            .unwrap_or_else(|error| panic!("{script} {path}: {error}"))
    }

    /// Something of the account: `call("GET", "/workflows", None)`.
    #[track_caller]
    pub fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        self.api
            .request(method, &format!("/accounts/{ACCOUNT}{path}"), body)
            .unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// The variables with which clients find the server.
    pub fn client_environment(&self) -> [(&'static str, String); 4] {
        [
            ("CLOUDFLARE_API_BASE_URL", self.api_url()),
            ("CLOUDFLARE_BASE_URL", self.api_url()),
            ("CLOUDFLARE_API_TOKEN", ADMIN_TOKEN.to_owned()),
            ("CLOUDFLARE_ACCOUNT_ID", ACCOUNT.to_owned()),
        ]
    }

    /// The number of its process.
    pub fn pid(&self) -> u32 {
        self.running.pid()
    }

    /// How many workerd processes it has.
    pub fn workerd_count(&self) -> usize {
        self.running.workerd_count()
    }

    /// Kills it, and nothing else, with SIGKILL; its workerd processes must end by themselves.
    #[track_caller]
    pub fn kill_9(&mut self) {
        self.running.kill_9();
    }

    /// Sends SIGTERM and waits for the end. Returns the exit code and how long it took.
    #[track_caller]
    pub fn terminate(&mut self) -> (Option<i32>, Duration) {
        self.running.end(Signal::TERM)
    }

    /// Waits until it ends by itself.
    #[track_caller]
    pub fn ended(&mut self) -> ExitStatus {
        self.running.ended()
    }

    /// Whether it is still there.
    pub fn lives(&mut self) -> bool {
        self.running.lives()
    }
}

#[track_caller]
fn spawn(installation: &Installation) -> (Running, String, String) {
    let (running, stdout) = Running::spawn(&mut installation.command("json"));
    let api = running.told(&stdout, "API on ");
    let workers = running.told(&stdout, "Ready on ");
    (running, workers, api)
}
