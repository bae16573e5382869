//! The official SDKs, and a fuzzer, against a real server.

mod race;

use serde_json::json;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use stepwell_e2e::{ACCOUNT, ADMIN_TOKEN, Bounds, Served, fuzz, installation, npm, python};

macro_rules! sdk {
    ($path:literal) => {
        include_str!(concat!("../../../../tests/sdk/", $path))
    };
}

fn here(path: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/sdk")).join(path)
}

/// A server with the Worker `sdk`.
fn served() -> Served {
    let served = installation!().start();
    let metadata = json!({ "main_module": "index.js", "compatibility_date": "2026-09-01" });
    let (boundary, code) = ("the-end-of-a-part", sdk!("worker.js"));
    let body = format!(
        "--{boundary}\r\ncontent-disposition: form-data; name=\"metadata\"\r\n\r\n{metadata}\r\n\
         --{boundary}\r\ncontent-disposition: form-data; name=\"index.js\"; filename=\"index.js\"\r\n\
         content-type: application/javascript+module\r\n\r\n{code}\r\n--{boundary}--\r\n"
    );
    let path = format!("/accounts/{ACCOUNT}/workers/scripts/sdk");
    let kind = format!("multipart/form-data; boundary={boundary}");
    let answer = served.api().send("PUT", &path, &kind, body.into_bytes());
    answer.expect("an answer").ok();
    served
}

/// Runs a client to its end.
fn run(served: &Served, command: &mut Command) {
    let output = command
        .envs(served.client_environment())
        .output()
        .expect("it starts");
    let said = |bytes| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{}\n{}",
        said(&output.stdout),
        said(&output.stderr)
    );
}

#[test]
fn every_method_of_the_sdk_for_javascript() {
    let home = npm::install("sdk", sdk!("node/package.json"), sdk!("node/package-lock.json"));
    let home = home.unwrap_or_else(|error| panic!("{error}"));
    let mut node = Command::new("node");
    node.arg(here("node/workflows.mjs")).env("SDK_HOME", home);
    run(&served(), &mut node);
}

#[test]
fn every_method_of_the_sdk_for_python() {
    let home = python::install("sdk", sdk!("python/requirements.txt"));
    let home = home.unwrap_or_else(|error| panic!("{error}"));
    run(
        &served(),
        python::program(&home, "python").arg(here("python/workflows.py")),
    );
}

#[test]
fn whatever_is_asked_is_answered_as_described() {
    let served = served();
    let workflow = json!({ "script_name": "sdk", "class_name": "Approval" });
    served.call("PUT", "/workflows/fuzzed", Some(&workflow)).ok();
    let created = json!({ "instance_id": "a" });
    served
        .call("POST", "/workflows/fuzzed/instances", Some(&created))
        .ok();
    let bounds = Bounds {
        examples: 3,
        answer: Duration::from_secs(20),
    };
    let origin = served.api_url();
    let origin = origin.trim_end_matches("/client/v4");
    fuzz(origin, ADMIN_TOKEN, "fuzzed", bounds).unwrap_or_else(|found| panic!("{found}"));
}
