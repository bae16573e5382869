//! Ending it, and going on with the next start.

use super::waits;
use serde_json::json;
use std::time::Duration;
use stepwell_e2e::{Ledger, project};

const SOON: Duration = Duration::from_secs(3);

#[test]
fn ctrl_c_exits_0_within_3_seconds() {
    let ledger = Ledger::start();
    let mut server = waits().start();
    let id = server.create("wait", &ledger);
    server.wait_until(&id, "waiting");
    let (code, took) = server.interrupt();
    assert_eq!(code, Some(0));
    assert!(took < SOON, "{took:?}");
}

#[test]
fn sigterm_ends_it_within_3_seconds() {
    let mut server = waits().start();
    let (code, took) = server.terminate();
    assert_eq!(code, Some(143));
    assert!(took < SOON, "{took:?}");
}

#[test]
fn ctrl_c_does_not_wait_for_a_step_that_takes_long() {
    let ledger = Ledger::start();
    let mut server = waits().start();
    let id = server.create("eventBefore", &ledger);
    ledger.gate("events").reached(1);
    let (code, took) = server.interrupt();
    assert_eq!(code, Some(0));
    assert!(took < SOON, "{took:?}");
    server.restart();
    ledger.gate("events").open();
    for payload in [1, 2, 3] {
        server.send(&id, "it", &json!(payload)).ok();
    }
    assert_eq!(server.finish(&id).complete(), json!([1, 2, 3]));
}

#[test]
fn a_second_start_goes_on_with_the_instances() {
    let ledger = Ledger::start();
    let mut server = waits().start();
    let id = server.create("wait", &ledger);
    server.wait_until(&id, "waiting");
    server.interrupt();
    server.restart();
    server.send(&id, "it", &json!(1)).ok();
    assert_eq!(server.finish(&id).complete(), "after");
    assert_eq!((ledger.count("before"), ledger.count("after")), (1, 1));
}

#[test]
fn a_finished_instance_keeps_its_output_through_a_restart() {
    let mut server = project!("steps").start();
    let id = server.create("overloads", &Ledger::start());
    let before = server.finish(&id);
    server.kill_9();
    server.restart();
    assert_eq!(server.instance(&id), before);
}

#[test]
fn a_second_process_on_the_same_state_is_refused_with_the_holder_named() {
    let server = waits().start();
    let refused = waits().state_in(server.project.state()).refused();
    refused.says(&["is in use", &format!("{}", server.pid())]);
    // The first one has not noticed.
    let ledger = Ledger::start();
    assert_eq!(server.play("sleepUntilThePast", &ledger).status, "complete");
}

#[test]
fn the_death_of_workerd_costs_no_recorded_step() {
    let ledger = Ledger::start();
    let mut server = waits().start();
    let id = server.create("eventBefore", &ledger);
    let waiting = server.create("wait", &ledger);
    server.wait_until(&waiting, "waiting");
    ledger.gate("events").reached(1);
    assert!(server.kill_workerd('r') >= 1);
    ledger.gate("events").reached(2);
    ledger.gate("events").open();
    for payload in [1, 2, 3] {
        server.send(&id, "it", &json!(payload)).ok();
    }
    server.send(&waiting, "it", &json!(1)).ok();
    assert_eq!(server.finish(&id).complete(), json!([1, 2, 3]));
    assert_eq!(server.finish(&waiting).complete(), "after");
    assert_eq!((ledger.count("before"), ledger.count("after")), (1, 1));
}

/// What is written into a file that has no name any more is lost with the process: nothing may be acknowledged then.
#[test]
fn a_state_that_is_deleted_while_it_is_used_stops_the_process() {
    let mut server = waits().start();
    std::fs::remove_dir_all(server.project.state()).expect("the state is ours");
    assert_eq!(server.ended().code(), Some(1));
    let said = server.log().text();
    assert!(
        said.contains("was deleted or replaced while it was in use"),
        "{said}"
    );
}
