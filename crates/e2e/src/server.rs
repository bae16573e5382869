//! A running Stepwell.

use crate::http::{Answer, Client};
use crate::log::Log;
use crate::running::Running;
use crate::wait::{DEADLINE, within};
use crate::{Ledger, Project, Socket};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::process::ExitStatus;
use std::time::Duration;

/// A running `stepwell dev`. Checks when it is dropped that none of its processes is left.
#[derive(Debug)]
pub struct Server {
    /// What it runs; files may be changed while it does.
    pub project: Project,
    running: Running,
    client: Client,
}

/// How an instance is doing, as `status()` says.
#[derive(Debug, Clone, PartialEq)]
pub struct Instance {
    /// `complete`, `errored`, …
    pub status: String,
    /// What `run()` returned.
    pub output: Value,
    /// `name: message`, or nothing.
    pub error: Option<String>,
}

impl Server {
    #[track_caller]
    pub(crate) fn start(project: Project) -> Self {
        let (running, url) = spawn(&project);
        Self {
            project,
            running,
            client: Client::of(url),
        }
    }

    /// The log of this run.
    pub fn log(&self) -> &Log {
        self.running.log()
    }

    /// Where the Worker is.
    pub fn url(&self) -> String {
        self.client.url("")
    }

    /// Something that asks the Worker from another thread, also after a restart.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// The number of the engine's process.
    pub fn pid(&self) -> u32 {
        self.running.pid()
    }

    /// Starts again on the same state, after a kill or a stop. The port is another one.
    #[track_caller]
    pub fn restart(&mut self) {
        let (running, url) = spawn(&self.project);
        self.running = running;
        self.client.moved_to(url);
    }

    /// Kills the engine, and nothing else, with SIGKILL; its workerd processes must end by themselves.
    #[track_caller]
    pub fn kill_9(&mut self) {
        self.running.kill_9();
    }

    /// Kills every workerd of a role, `h` (host) or `r` (runs), and returns how many.
    pub fn kill_workerd(&mut self, role: char) -> usize {
        self.running.kill_workerd(role)
    }

    /// Presses Ctrl-C and waits for the end. Returns the exit code and how long it took.
    #[track_caller]
    pub fn interrupt(&mut self) -> (Option<i32>, Duration) {
        self.running.end(Signal::INT)
    }

    /// Sends SIGTERM and waits for the end. Returns the exit code and how long it took.
    #[track_caller]
    pub fn terminate(&mut self) -> (Option<i32>, Duration) {
        self.running.end(Signal::TERM)
    }

    /// Waits until the engine ends by itself.
    #[track_caller]
    pub fn ended(&mut self) -> ExitStatus {
        self.running.ended()
    }

    /// Whether the engine is still there.
    pub fn lives(&mut self) -> bool {
        self.running.lives()
    }

    /// A GET request to the Worker, which need not be there.
    pub fn try_get(&self, path: &str) -> Option<Answer> {
        self.client.try_get(path)
    }

    /// A GET request to the Worker.
    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        self.client
            .get(path)
            .unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// A GET request to the Worker, with headers.
    #[track_caller]
    pub fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.client
            .get_with(path, headers)
            .unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// A POST request to the Worker.
    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.client
            .post(path, body)
            .unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Opens a WebSocket to the Worker.
    #[track_caller]
    pub fn socket(&self, path: &str) -> Socket {
        Socket::open(&self.url(), path)
    }

    /// Creates an instance that plays a scenario of the Worker, reporting to the ledger.
    #[track_caller]
    pub fn create(&self, scenario: &str, ledger: &Ledger) -> String {
        self.create_with(scenario, ledger, &json!({}))
    }

    /// The same with more params.
    #[track_caller]
    pub fn create_with(&self, scenario: &str, ledger: &Ledger, more: &Value) -> String {
        let params = json!({ "scenario": scenario, "ledger": ledger.url(), "more": more });
        let answer = self.post("/create", &params).ok();
        answer["id"].as_str().expect("an instance has an id").to_owned()
    }

    /// Plays a scenario to its end.
    #[track_caller]
    pub fn play(&self, scenario: &str, ledger: &Ledger) -> Instance {
        self.finish(&self.create(scenario, ledger))
    }

    /// How an instance is doing.
    #[track_caller]
    pub fn instance(&self, id: &str) -> Instance {
        Instance::of(&self.get(&format!("/status/{id}")).ok())
    }

    /// Waits until an instance has a status.
    #[track_caller]
    pub fn wait_until(&self, id: &str, status: &str) {
        let mut last = None;
        let found = within(DEADLINE, || {
            last = self.try_get(&format!("/status/{id}"));
            last.as_ref()
                .filter(|answer| answer.status == 200 && answer.json()["status"] == status)
                .map(drop)
        });
        assert!(
            found.is_some(),
            "{id} is not {status} but {last:?}\n{}",
            self.log().text()
        );
    }

    /// Waits until an instance has ended.
    #[track_caller]
    pub fn finish(&self, id: &str) -> Instance {
        self.finish_within(DEADLINE, id)
    }

    /// The same, for what takes longer.
    #[track_caller]
    pub fn finish_within(&self, limit: Duration, id: &str) -> Instance {
        let mut last = None;
        let found = within(limit, || {
            last = self.try_get(&format!("/status/{id}"));
            let instance = Instance::of(&last.as_ref().filter(|answer| answer.status == 200)?.json());
            matches!(instance.status.as_str(), "complete" | "errored" | "terminated").then_some(instance)
        });
        found.unwrap_or_else(|| panic!("{id} has not ended: {last:?}\n{}", self.log().tail()))
    }

    /// Sends an event.
    #[track_caller]
    pub fn send(&self, id: &str, kind: &str, payload: &Value) -> Answer {
        self.post(&format!("/event/{id}/{kind}"), payload)
    }

    /// `pause`, `resume`, `terminate` or `restart`.
    #[track_caller]
    pub fn change(&self, id: &str, action: &str) -> Answer {
        self.post(&format!("/{id}/{action}"), &Value::Null)
    }
}

impl Instance {
    fn of(status: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let error = &status["error"];
        Self {
            status: text(&status["status"]),
            output: status["output"].clone(),
            error: error
                .is_object()
                .then(|| format!("{}: {}", text(&error["name"]), text(&error["message"]))),
        }
    }

    /// The output of an instance that must be complete.
    #[track_caller]
    pub fn complete(self) -> Value {
        assert_eq!(self.status, "complete", "{self:?}");
        self.output
    }

    /// The error of an instance that must have failed.
    #[track_caller]
    pub fn errored(self) -> String {
        assert_eq!(self.status, "errored", "{self:?}");
        self.error.expect("an errored instance has an error")
    }
}

#[track_caller]
fn spawn(project: &Project) -> (Running, String) {
    let (running, stdout) = Running::spawn(&mut project.command("json"));
    let url = running.told(&stdout, "Ready on ");
    (running, url)
}
