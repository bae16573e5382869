//! Pausing, resuming, terminating and restarting from outside.

use super::each;
use serde_json::json;
use stepwell_e2e::Server;
use stepwell_e2e::wait::eventually;

#[test]
fn a_pause_lets_the_running_step_finish() {
    each(|server, ledger| {
        let id = server.create("busy", ledger);
        ledger.gate("busy").reached(1);
        server.change(&id, "pause").ok();
        assert_eq!(server.instance(&id).status, "waitingForPause");
        ledger.gate("busy").open();
        server.wait_until(&id, "paused");
        assert_eq!(ledger.count("after"), 0);
        server.change(&id, "resume").ok();
        server.finish(&id).complete();
        assert_eq!((ledger.count("busy"), ledger.count("after")), (1, 1));
    });
}

#[test]
fn a_paused_instance_stays_paused_through_a_kill() {
    each(|server, ledger| {
        let id = server.create("wait", ledger);
        server.wait_until(&id, "waiting");
        server.change(&id, "pause").ok();
        server.send(&id, "it", &json!("sent")).ok();
        server.kill_9();
        server.restart();
        assert_eq!(server.instance(&id).status, "paused");
        server.change(&id, "resume").ok();
        assert_eq!(server.finish(&id).complete(), "sent");
        assert_eq!(ledger.count("before"), 1);
    });
}

#[test]
fn a_terminated_instance_executes_nothing_more() {
    each(|server, ledger| {
        let id = server.create("busy", ledger);
        ledger.gate("busy").reached(1);
        server.change(&id, "terminate").ok();
        assert_eq!(server.instance(&id).status, "terminated");
        ledger.gate("busy").open();
        server.kill_9();
        server.restart();
        assert_eq!(server.instance(&id).status, "terminated");
        assert_eq!(ledger.count("after"), 0);
    });
}

#[test]
fn an_instance_that_deletes_itself_stops_there() {
    each(|server, ledger| {
        for place in ["in a step", "outside"] {
            let id = server.create_with("deletesItself", ledger, &json!(place));
            let gone = |server: &Server| {
                let answer = server.get(&format!("/status/{id}"));
                (answer.status == 400).then(|| answer.json()["error"].to_string())
            };
            let error = eventually("it deletes itself", || gone(server));
            assert!(error.contains("instance.not_found"), "{error}");
            // Another instance has time to run from its beginning to its end.
            let other = server.create("three", ledger);
            server.finish(&other).complete();
            let counts = (ledger.count("after"), ledger.count("later"));
            assert_eq!(counts, (0, 0), "{place}");
            server.kill_9();
            server.restart();
            assert!(gone(server).is_some(), "it is back");
        }
        assert_eq!(ledger.count("before"), 2);
    });
}

#[test]
fn a_restart_runs_every_step_again() {
    each(|server, ledger| {
        let id = server.create("three", ledger);
        server.finish(&id).complete();
        server.change(&id, "restart").ok();
        ledger.wait_for("c", 2);
        assert_eq!(server.finish(&id).complete(), "three");
        assert_eq!(
            (ledger.count("a"), ledger.count("b"), ledger.count("c")),
            (2, 2, 2)
        );
    });
}

#[test]
fn a_restart_from_a_step_keeps_what_was_before_it() {
    each(|server, ledger| {
        let id = server.create("three", ledger);
        server.finish(&id).complete();
        server
            .post(&format!("/{id}/restart"), &json!({ "from": { "name": "b" } }))
            .ok();
        ledger.wait_for("c", 2);
        assert_eq!(server.finish(&id).complete(), "three");
        assert_eq!(
            (ledger.count("a"), ledger.count("b"), ledger.count("c")),
            (1, 2, 2)
        );
    });
}
