//! `waitForEvent`.

use super::each;
use serde_json::json;

#[test]
fn an_event_that_comes_later_ends_the_wait() {
    each(|server, ledger| {
        let id = server.create("event", ledger);
        server.wait_until(&id, "waiting");
        server.send(&id, "it", &json!({ "a": [1, null] })).ok();
        let expected = json!({ "payload": { "a": [1, null] }, "type": "it", "isDate": true });
        assert_eq!(server.finish(&id).complete(), expected);
    });
}

#[test]
fn events_that_came_before_are_taken_first_in_first_out() {
    each(|server, ledger| {
        let id = server.create("eventBefore", ledger);
        ledger.gate("events").reached(1);
        for payload in [1, 2, 3] {
            server.send(&id, "it", &json!(payload)).ok();
        }
        ledger.gate("events").open();
        assert_eq!(server.finish(&id).complete(), json!([1, 2, 3]));
    });
}

#[test]
fn buffered_events_survive_a_kill() {
    each(|server, ledger| {
        let id = server.create("eventBefore", ledger);
        ledger.gate("events").reached(1);
        for payload in [1, 2, 3] {
            server.send(&id, "it", &json!(payload)).ok();
        }
        server.kill_9();
        ledger.gate("events").open();
        server.restart();
        assert_eq!(server.finish(&id).complete(), json!([1, 2, 3]));
    });
}

#[test]
fn each_event_ends_one_wait_of_its_type_the_oldest_first() {
    each(|server, ledger| {
        let id = server.create("twoWaits", ledger);
        server.wait_until(&id, "waiting");
        server.send(&id, "a", &json!("first a")).ok();
        server.send(&id, "other", &json!("nobody waits")).ok();
        server.send(&id, "a", &json!("second a")).ok();
        server.send(&id, "b", &json!("b")).ok();
        assert_eq!(server.finish(&id).complete(), json!(["first a", "b", "second a"]));
    });
}

#[test]
fn a_wait_that_times_out_throws_and_swallows_no_event() {
    each(|server, ledger| {
        let id = server.create("eventTimeout", ledger);
        ledger.wait_for("timed out", 1);
        ledger.gate("timeout").open();
        server.send(&id, "it", &json!("next")).ok();
        let expected =
            json!({ "error": "WorkflowTimeoutError: Execution timed out after 1000ms", "next": "next" });
        assert_eq!(server.finish(&id).complete(), expected);
    });
}

#[test]
fn a_wait_survives_a_kill() {
    each(|server, ledger| {
        let id = server.create("wait", ledger);
        server.wait_until(&id, "waiting");
        server.kill_9();
        server.restart();
        server.wait_until(&id, "waiting");
        server.send(&id, "it", &json!(1)).ok();
        assert_eq!(server.finish(&id).complete(), "after");
        assert_eq!(ledger.count("before"), 1);
    });
}
