//! Ports and directories.

use crate::{FLOW, GOOD, config};
use std::net::TcpListener;
use std::path::Path;
use stepwell_e2e::{Ledger, Project, project, project_of};

fn good() -> Project {
    project_of!("wrangler.jsonc" => &config(FLOW), "src/index.ts" => GOOD)
}

#[test]
fn a_port_in_use() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = taken.local_addr().expect("it is bound").port().to_string();
    let refusal = good().without_port().arguments(&["--port", &port]).refused();
    refusal.says(&["port", &port, "in use", "--port"]);
}

#[test]
fn a_data_directory_without_permission() {
    // Nobody may make directories there, root included.
    let refusal = good().state_in(Path::new("/sys/stepwell")).refused();
    refusal.says(&["/sys/stepwell", "it cannot be created"]);
    let remedies = [
        "give this user the right to read, write and enter it",
        "use a directory on a file system that can be written",
    ];
    assert!(
        remedies.iter().any(|remedy| refusal.stderr.contains(remedy)),
        "{}",
        refusal.stderr
    );
}

#[test]
fn a_data_directory_that_is_a_file() {
    let project = good();
    let state = project.path("wrangler.jsonc");
    project
        .state_in(&state)
        .refused()
        .says(&["wrangler.jsonc", "use another directory"]);
}

#[test]
fn a_refused_start_loses_nothing() {
    let ledger = Ledger::start();
    let mut server = project!("waits").start();
    let id = server.create("wait", &ledger);
    server.wait_until(&id, "waiting");
    server.interrupt();
    server.project.replace("wrangler.jsonc", "\"Flow\"", "\"Flaw\"");
    server.project.refused().says(&["\"Flaw\""]);
    server.project.replace("wrangler.jsonc", "\"Flaw\"", "\"Flow\"");
    server.restart();
    server.send(&id, "it", &serde_json::json!(1)).ok();
    assert_eq!(server.finish(&id).complete(), "after");
    assert_eq!(ledger.count("before"), 1);
}

#[test]
fn wrong_arguments_exit_2() {
    let refusal = good().arguments(&["--max-running", "0"]).refused();
    assert_eq!(refusal.code, Some(2), "{refusal:?}");
    assert!(refusal.stderr.contains("--max-running"), "{}", refusal.stderr);
}
