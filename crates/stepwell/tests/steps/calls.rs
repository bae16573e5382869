//! How steps may be called.

use super::{each, steps};
use serde_json::json;
use stepwell_e2e::Ledger;

#[test]
fn every_overload_of_do_works() {
    each(|server, ledger| {
        assert_eq!(server.play("overloads", ledger).complete(), json!([1, 2, 3, 4]));
    });
}

#[test]
fn names_are_counted_each_for_itself() {
    each(|server, ledger| {
        let step = |name: &str, count: u32| json!({ "name": name, "count": count });
        assert_eq!(
            server.play("names", ledger).complete(),
            json!([
                step("a", 1),
                step("b", 1),
                step("a", 2),
                step("a", 3),
                step("a", 4)
            ])
        );
    });
}

#[test]
fn a_callback_sees_its_step_attempt_and_config() {
    each(|server, ledger| {
        let output = server.play("context", ledger).complete();
        assert_eq!(
            output["byDefault"],
            json!({
                "step": { "name": "by default", "count": 1 },
                "attempt": 1,
                "config": {
                    "retries": { "limit": 5, "delay": 10_000, "backoff": "exponential" },
                    "timeout": "10 minutes",
                },
            })
        );
        assert_eq!(
            output["given"]["config"],
            json!({
                "retries": { "limit": 2, "delay": "1 second", "backoff": "linear" },
                "timeout": "1 minute",
            })
        );
    });
}

#[test]
fn run_gets_the_event() {
    each(|server, ledger| {
        let id = server.create("event", ledger);
        let output = server.finish(&id).complete();
        assert_eq!(output["instanceId"], json!(id));
        assert_eq!(output["workflowName"], "steps");
        assert_eq!(output["payload"]["scenario"], "event");
        assert_eq!(output["isDate"], true);
    });
}

#[test]
fn parallel_steps_run_at_the_same_time() {
    each(|server, ledger| {
        let id = server.create("parallel", ledger);
        let gate = ledger.gate("parallel");
        gate.reached(3);
        gate.open();
        assert_eq!(server.finish(&id).complete(), json!(["a", "b", "c"]));
    });
}

#[test]
fn a_loop_counts_one_name_up() {
    each(|server, ledger| {
        assert_eq!(server.play("loop", ledger).complete(), 210);
        let counts: Vec<u64> = ledger
            .of("add")
            .iter()
            .filter_map(|record| record.value["count"].as_u64())
            .collect();
        assert_eq!(counts, (1..=20).collect::<Vec<u64>>());
    });
}

#[test]
fn wrong_calls_are_refused_with_their_texts() {
    each(|server, ledger| {
        let name = |name: &str| {
            format!(
                "WorkflowFatalError: Step name \"{name}\" exceeds max length (256 chars) or invalid characters found"
            )
        };
        let see = "See https://developers.cloudflare.com/workflows/build/sleeping-and-retrying/";
        let config = |name: &str| {
            format!("WorkflowFatalError: Step config for \"{name}\" is in a invalid format. {see}")
        };
        assert_eq!(
            server.play("validation", ledger).complete(),
            json!([
                "WorkflowFatalError: Step \"none\" requires a callback function",
                name(&"x".repeat(257)),
                name("tab\there"),
                config("negative"),
                config("no delay"),
                config("zero"),
                config("unknown"),
                "WorkflowFatalError: Rollback options for \"text\" must be an object",
                "WorkflowFatalError: Rollback for \"number\" must be a function",
            ])
        );
    });
}

#[test]
fn the_step_limit_counts_steps_but_no_sleeps() {
    let project = steps();
    project.replace(
        "wrangler.jsonc",
        "\"class_name\": \"Flow\"",
        "\"class_name\": \"Flow\", \"limits\": {\"steps\": 3}",
    );
    let server = project.start();
    let ledger = Ledger::start();
    let within = server.create_with("steps", &ledger, &json!(3));
    let above = server.create_with("steps", &ledger, &json!(4));
    assert_eq!(server.finish(&within).complete(), "within the limit");
    assert_eq!(
        server.finish(&above).errored(),
        "WorkflowFatalError: The limit of 3 steps has been reached. This limit can be changed in your worker configuration."
    );
}
