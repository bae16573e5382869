//! More instances than may run.

use super::waits;
use serde_json::json;
use stepwell_e2e::{Ledger, project};

#[test]
fn instances_above_the_limit_are_queued_and_start_in_order() {
    let ledger = Ledger::start();
    let server = project!("binding").arguments(&["--max-running", "1"]).start();
    let first = server.create("busy", &ledger);
    ledger.gate("busy").reached(1);
    let queued: Vec<String> = (0..5).map(|_| server.create("empty", &ledger)).collect();
    for id in &queued {
        assert_eq!(server.instance(id).status, "queued");
    }
    assert_eq!(server.instance(&first).status, "running");
    ledger.gate("busy").open();
    for id in &queued {
        server.finish(id).complete();
    }
    let entries = server.log().entries();
    let started: Vec<&str> = entries
        .iter()
        .filter(|entry| entry["message"] == "started")
        .filter_map(|entry| entry["instance"].as_str())
        .collect();
    assert_eq!(started[0], first);
    assert_eq!(started[1..], queued);
}

#[test]
fn instances_that_wait_do_not_count() {
    let ledger = Ledger::start();
    let server = waits().arguments(&["--max-running", "1"]).start();
    let ids: Vec<String> = (0..3).map(|_| server.create("wait", &ledger)).collect();
    for id in &ids {
        server.wait_until(id, "waiting");
    }
    for id in ids.iter().rev() {
        server.send(id, "it", &json!(1)).ok();
    }
    for id in &ids {
        assert_eq!(server.finish(id).complete(), "after");
    }
}

#[test]
fn the_limit_of_a_workflow_holds_for_it_alone() {
    let ledger = Ledger::start();
    let project = project!("binding");
    let class = "\"class_name\": \"Flow\"";
    project.replace(
        "wrangler.jsonc",
        class,
        &format!("{class}, \"concurrency\": {{ \"limit\": 1 }}"),
    );
    let server = project.start();
    server.create("busy", &ledger);
    ledger.gate("busy").reached(1);
    let queued = server.create("empty", &ledger);
    let params = json!({ "scenario": "empty", "ledger": ledger.url() });
    let other = server.post("/create?workflow=OTHER&id=other", &params).ok();
    assert_eq!(other["id"], "other");
    stepwell_e2e::wait::eventually("the end of the other", || {
        let status = server.get("/status/other?workflow=OTHER").ok();
        (status["status"] == "complete").then_some(())
    });
    assert_eq!(server.instance(&queued).status, "queued");
    ledger.gate("busy").open();
    server.finish(&queued).complete();
}

#[test]
fn queued_instances_survive_a_kill() {
    let ledger = Ledger::start();
    let mut server = project!("binding").arguments(&["--max-running", "1"]).start();
    server.create("busy", &ledger);
    ledger.gate("busy").reached(1);
    let queued: Vec<String> = (0..5).map(|_| server.create("empty", &ledger)).collect();
    server.kill_9();
    ledger.gate("busy").open();
    server.restart();
    for id in &queued {
        assert_eq!(server.finish(id).complete(), "empty");
    }
}
