//! The README's first command, as somebody would try it: an order is made, the process is killed while it waits for
//! its approval, and the order goes on after the next start.

use crate::command::cargo;
use crate::http::{ask, text};
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// How long a start may take, with workerd fetched on the way and cargo looking for changes.
const START: Duration = Duration::from_mins(5);
/// How long the order may take to come to where it is expected.
const ORDER: Duration = Duration::from_mins(1);

/// A running `stepwell dev`.
struct Dev {
    child: Child,
    port: u16,
}

/// `cargo xtask smoke`.
pub(crate) fn run() -> Result<(), String> {
    let state = State::new()?;
    let played = play(&state);
    if played.is_err() {
        let log = std::fs::read_to_string(state.log()).unwrap_or_default();
        eprintln!("--- log of the last start\n{log}---");
    }
    played
}

fn play(state: &State) -> Result<(), String> {
    let mut dev = Dev::start(state)?;
    let order = r#"{"item":"tea","quantity":2,"price":450,"email":"ada@example.com"}"#;
    let created = ask(dev.port, "POST", "/orders", order)?;
    let id = text(&created, "id")
        .ok_or_else(|| format!("no id in {created}"))?
        .to_owned();
    println!("order {id} is created");
    let path = format!("/orders/{id}");
    wait_until(&dev, state, &path, "it waits for its approval", |_| {
        state.log_says(&format!("orders/{id} wait for approval"))
    })?;

    println!("kill -9");
    dev.child
        .kill()
        .map_err(|error| format!("cannot kill it: {error}"))?;
    let _ = dev.child.wait();

    let mut dev = Dev::start(state)?;
    ask(dev.port, "POST", &format!("{path}/approve"), r#"{"by":"grace"}"#)?;
    let done = wait_until(&dev, state, &path, "it is complete", |status| {
        text(status, "status") == Some("complete")
    })?;
    println!("{done}");
    if !done.contains("\"total\":900") {
        return Err(format!("the order's total is not 900: {done}"));
    }
    if state.log_says("charge-1") {
        return Err("the order was charged again after the kill".to_owned());
    }
    println!("Ctrl-C");
    dev.interrupt()
}

/// Asks for the order's status until `reached` says so. An order that has errored never gets there.
fn wait_until(
    dev: &Dev,
    state: &State,
    path: &str,
    what: &str,
    reached: impl Fn(&str) -> bool,
) -> Result<String, String> {
    let since = Instant::now();
    loop {
        let status = ask(dev.port, "GET", path, "")?;
        if reached(&status) {
            return Ok(status);
        }
        if text(&status, "status") == Some("errored") || since.elapsed() > ORDER {
            return Err(format!(
                "expected that {what}, but after {:?}: {status} (log: {})",
                since.elapsed(),
                state.log().display()
            ));
        }
        thread::sleep(Duration::from_millis(100));
    }
}

impl Dev {
    /// Types the first command, with free ports and a state directory of its own; returns when it is ready.
    fn start(state: &State) -> Result<Self, String> {
        let directory = state.directory.display().to_string();
        let arguments = [
            "run",
            "--release",
            "--",
            "dev",
            "examples/orders",
            "--port",
            "0",
            "--api-port",
            "0",
        ];
        println!("$ cargo {} --persist-to {directory}", arguments.join(" "));
        let log = File::create(state.log()).map_err(|error| format!("cannot write a log: {error}"))?;
        let mut child = cargo(&arguments)
            .args(["--persist-to", &directory, "--log-level", "debug"])
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .map_err(|error| format!("cannot start it: {error}"))?;
        let (sender, lines) = mpsc::channel();
        if let Some(stdout) = child.stdout.take() {
            // Reads on to the end, so that the program can always write.
            thread::spawn(move || {
                for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                    let _ = sender.send(line);
                }
            });
        }
        let mut dev = Self { child, port: 0 };
        let line = lines
            .recv_timeout(START)
            .map_err(|_| "it did not get ready".to_owned())?;
        println!("{line}");
        dev.port = line
            .strip_prefix("Ready on ")
            .and_then(|url| url.rsplit(':').next())
            .and_then(|port| port.parse().ok())
            .ok_or_else(|| format!("the first line is not `Ready on …`: {line}"))?;
        Ok(dev)
    }

    /// Presses Ctrl-C and waits for the end, which must be a success.
    fn interrupt(&mut self) -> Result<(), String> {
        // `kill` is part of every shell; a program of that name is not on every machine.
        let _ = Command::new("sh")
            .args(["-c", &format!("kill -INT {}", self.child.id())])
            .status();
        let since = Instant::now();
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(Some(status)) => return Err(format!("after Ctrl-C it ended with {status}")),
                Ok(None) if since.elapsed() > Duration::from_secs(30) => {
                    return Err("it did not end after Ctrl-C".to_owned());
                }
                Ok(None) => thread::sleep(Duration::from_millis(50)),
                Err(error) => return Err(format!("cannot wait for it: {error}")),
            }
        }
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A state directory that is gone afterwards.
struct State {
    directory: PathBuf,
}

impl State {
    fn new() -> Result<Self, String> {
        let directory = std::env::temp_dir().join(format!("stepwell-smoke-{}", std::process::id()));
        std::fs::create_dir_all(&directory)
            .map_err(|error| format!("cannot create {}: {error}", directory.display()))?;
        Ok(Self { directory })
    }

    fn log(&self) -> PathBuf {
        self.directory.join("log")
    }

    fn log_says(&self, text: &str) -> bool {
        read(&self.log()).contains(text)
    }
}

impl Drop for State {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}
