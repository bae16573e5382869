//! Projects as people have them, run as people run them: installed, built, started, asked, killed, started again.
//!
//! The first test that needs a package takes it from the npm registry, pinned by a lock file, into Stepwell's cache.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod agents;
mod browser;
mod environments;
mod hono_assets;
mod init;
mod node_compat;
mod prebuilt;
mod sentry;
mod starter;
mod templates;
mod two_workers;

use serde_json::Value;
use stepwell_e2e::wait::{DEADLINE, within};
use stepwell_e2e::{Project, Server};

const BINARY: &str = env!("CARGO_BIN_EXE_stepwell");

/// A copy of the project `tests/published/<name>`, which uses a published package.
fn published(name: &str) -> Project {
    let published = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/published");
    Project::copy_of(BINARY, published, name).installed()
}

/// Asks until the JSON at `path` has this `status`, and returns it.
#[track_caller]
fn until(server: &Server, path: &str, status: &str) -> Value {
    let mut last = None;
    let found = within(DEADLINE, || {
        last = server.try_get(path);
        let answer = last.as_ref().filter(|answer| answer.status == 200)?.json();
        (answer["status"] == status).then_some(answer)
    });
    found.unwrap_or_else(|| panic!("{path} is not {status}: {last:?}\n{}", server.log().text()))
}

/// The `id` of what a POST request made.
#[track_caller]
fn made(server: &Server, path: &str, body: &Value) -> String {
    let answer = server.post(path, body).ok();
    answer["id"].as_str().expect("it has an id").to_owned()
}

/// Waits until the log says that an instance waits for an event.
#[track_caller]
fn waits_for_event(server: &Server, id: &str) {
    server.log().wait_for("a wait for an event", |entry| {
        entry["instance"] == *id && entry["event_type"].is_string()
    });
}

/// Kills the engine with SIGKILL and starts it again on what it left.
fn kill_and_start(server: &mut Server) {
    server.kill_9();
    server.restart();
}
