//! Values survive.

use serde_json::json;
use stepwell_e2e::{at_each_date, project};

#[test]
fn values_of_steps_are_equal_live_and_after_a_kill() {
    at_each_date(
        || project!("values"),
        |server, ledger| {
            let id = server.create("values", ledger);
            ledger.gate("values").reached(1);
            server.kill_9();
            server.restart();
            ledger.gate("values").reached(2);
            ledger.gate("values").open();
            // Names of the values that are not what the step returned, as this run saw them.
            assert_eq!(server.finish(&id).complete(), json!({}));
            let seen = ledger.of("seen");
            assert_eq!(seen[0].value["seen"], seen[1].value["seen"], "live and on replay");
            let count = seen[0].value["seen"].as_object().map(serde_json::Map::len);
            assert_eq!(Some(ledger.count("executed")), count, "every step ran once");
        },
    );
}

#[test]
fn values_of_params_and_events_are_equal_after_a_kill() {
    at_each_date(
        || project!("values"),
        |server, _| {
            server.get("/carry/one").ok();
            server.wait_until("one", "waiting");
            server.kill_9();
            server.restart();
            server.get("/send/one").ok();
            assert_eq!(
                server.finish("one").complete(),
                json!({ "params": [], "payload": [] })
            );
        },
    );
}
