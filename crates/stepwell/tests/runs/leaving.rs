//! Nothing of a finished run leaks into the next one.

use super::each;
use serde_json::json;
use stepwell_e2e::{Ledger, Server};

/// Plays instances one after the other, and some at once: each sees itself only.
fn neighbours_are_alone(server: &Server, ledger: &Ledger) {
    for _ in 0..5 {
        let ids: Vec<String> = (0..4).map(|_| server.create("neighbour", ledger)).collect();
        for id in ids {
            assert_eq!(server.finish(&id).complete(), json!({ "own": id, "second": id }));
        }
    }
}

#[test]
fn a_step_that_was_not_awaited_stays_with_its_run() {
    each(|server, ledger| {
        let id = server.create("unawaitedStep", ledger);
        assert_eq!(server.finish(&id).complete(), "returned");
        neighbours_are_alone(server, ledger);
        ledger.gate("left behind").open();
        neighbours_are_alone(server, ledger);
        let strays = server
            .log()
            .entries()
            .into_iter()
            .filter(|entry| entry["step"] == "left behind-1" && entry["instance"] != json!(id));
        assert_eq!(strays.count(), 0);
    });
}

#[test]
fn a_step_of_code_that_outlives_its_run_is_rejected() {
    each(|server, ledger| {
        assert_eq!(server.play("lateStep", ledger).complete(), "returned");
        neighbours_are_alone(server, ledger);
        ledger.wait_for("late", 1);
        let error = ledger.of("late")[0].value["error"].clone();
        assert_eq!(error, "WorkflowAbortedError: This run of the instance has ended");
    });
}

#[test]
fn an_io_object_in_a_module_global_is_of_no_use_to_the_next_run() {
    each(|server, ledger| {
        assert_eq!(server.play("keepResponse", ledger).complete(), "kept");
        let used = server.play("useResponse", ledger).complete();
        assert!(
            used.as_str()
                .is_some_and(|text| text.contains("different request")),
            "{used}"
        );
    });
}
