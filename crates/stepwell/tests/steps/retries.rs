//! Retries, their delays, and timeouts.

use super::{each, steps};
use serde_json::json;
use std::time::Duration;
use stepwell_e2e::Ledger;

/// The delays that the log announces, and that the attempts were at least so far apart.
fn delays_are(backoff: &str, delays: [u64; 3]) {
    let server = steps().start();
    let ledger = Ledger::start();
    let id = server.create_with("backoff", &ledger, &json!(backoff));
    assert_eq!(server.finish(&id).complete(), 4);
    let entries = server.log().entries();
    let announced: Vec<u64> = entries
        .iter()
        .filter_map(|entry| entry["retry_in_ms"].as_u64())
        .collect();
    assert_eq!(announced, delays);
    let attempts = ledger.of("try");
    assert_eq!(attempts.len(), 4);
    for (pair, delay) in attempts.windows(2).zip(delays) {
        let apart = pair[1].at - pair[0].at;
        assert!(
            apart >= Duration::from_millis(delay),
            "{apart:?} instead of {delay} ms"
        );
    }
}

#[test]
fn constant_delays_are_all_the_same() {
    delays_are("constant", [100, 100, 100]);
}

#[test]
fn linear_delays_grow_by_the_first() {
    delays_are("linear", [100, 200, 300]);
}

#[test]
fn exponential_delays_double() {
    delays_are("exponential", [100, 200, 400]);
}

#[test]
fn a_delay_function_is_asked_after_each_failed_attempt() {
    each(|server, ledger| {
        assert_eq!(server.play("delayFunction", ledger).complete(), 3);
        let asked: Vec<_> = ledger
            .of("delay")
            .into_iter()
            .map(|record| record.value)
            .collect();
        assert_eq!(asked.len(), 2, "{asked:?}");
        for (ask, attempt) in asked.iter().zip(1..) {
            assert_eq!(ask["attempt"], attempt);
            assert_eq!(ask["error"], format!("attempt {attempt}"));
            assert_eq!(ask["step"], json!({ "name": "try", "count": 1 }));
            assert_eq!(
                ask["config"]["retries"],
                json!({ "limit": 2, "backoff": "constant" })
            );
        }
        let entries = server.log().entries();
        let announced: Vec<u64> = entries
            .iter()
            .filter_map(|entry| entry["retry_in_ms"].as_u64())
            .collect();
        assert_eq!(announced, [30, 1000]);
    });
}

#[test]
fn a_delay_function_that_fails_ends_the_step() {
    let output = steps()
        .start()
        .play("delayFunctionFails", &Ledger::start())
        .complete();
    let nonsense =
        "returned an invalid delay value (expected a number of ms or a duration string like \"30 seconds\")";
    let error = |name: &str, what: &str| {
        json!(format!(
            "NonRetryableDelayError: The delay function for step \"{name}-1\" {what}"
        ))
    };
    assert_eq!(output[0], error("throws", "threw an error: no idea"));
    assert_eq!(output[1], error("nonsense", nonsense));
    assert_eq!(output[2], error("object", nonsense));
    assert_eq!(output[3], error("slow", "did not return within 5 seconds"));
}

#[test]
fn an_attempt_that_takes_too_long_is_retried() {
    each(|server, ledger| {
        assert_eq!(server.play("timeout", ledger).complete(), 2);
        assert_eq!(ledger.count("slow"), 2);
        server.log().wait_for("the timeout", |entry| {
            entry["error"] == "WorkflowTimeoutError: Execution timed out after 200ms"
        });
    });
}

#[test]
fn a_step_that_always_takes_too_long_fails_with_the_timeouts_text() {
    each(|server, ledger| {
        assert_eq!(
            server.play("timeoutForGood", ledger).complete(),
            "WorkflowTimeoutError: Execution timed out after 1000ms"
        );
    });
}
