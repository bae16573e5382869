//! `do` steps: attempts, retries, results.

use super::check;
use super::machine::{Machine, retries};
use crate::failure::Failure;
use crate::run::Verdict;
use serde_json::json;

#[test]
fn a_step_that_succeeds_at_once_is_one_entry() {
    let mut machine = Machine::running();
    machine.step(1, "a");
    check(&machine, "");
    machine.succeed(1, 1);
    check(
        &machine,
        r#"0: a-1 attempt 1 succeeded = "result"
           > recorded 1"#,
    );
}

#[test]
fn starts_are_written_once_and_before_what_ends_later() {
    let mut machine = Machine::running();
    machine.step_with(1, "a", Some(retries(1, 5)), true);
    machine.step(2, "b");
    machine.succeed(2, 1);
    check(
        &machine,
        r#"0: a-1 attempt 1 started at 0 with config
           1: b-1 attempt 1 succeeded = "result"
           > recorded 2"#,
    );
    machine.apply(|instance, _, effects| instance.record_starts(effects));
    check(&machine, "");
    machine.succeed(1, 1);
    check(
        &machine,
        r#"2: a-1 attempt 1 succeeded = "result"
           > recorded 1"#,
    );
}

#[test]
fn a_failed_attempt_is_made_again_after_the_delay() {
    let mut machine = Machine::running();
    machine.step_with(1, "a", Some(retries(1, 500)), true);
    machine.pass(100);
    machine.fail(1, 1, Verdict::Retry);
    check(
        &machine,
        "0: a-1 attempt 1 failed (Error: no), again at 600
         timer 0 at 600",
    );
    machine.pass(499);
    check(&machine, "");
    machine.pass(1);
    check(
        &machine,
        "no timer 0 at 600
         > attempt 2 of call 1",
    );
    machine.fail(1, 2, Verdict::Retry);
    check(
        &machine,
        "1: a-1 attempt 2 failed (Error: no), for good
         > rejected 1 Error: no",
    );
}

#[test]
fn the_default_is_ten_seconds_doubled_and_six_attempts() {
    let mut machine = Machine::running();
    machine.step(1, "a");
    for (attempt, delay_ms) in (1..).zip([10_000, 20_000, 40_000, 80_000, 160_000]) {
        machine.fail(1, attempt, Verdict::Retry);
        let again = machine.now_ms + delay_ms;
        assert_eq!(
            machine.timers.first().map(|(due, _)| *due),
            Some(again),
            "after attempt {attempt}"
        );
        machine.pass(delay_ms);
    }
    machine.fail(1, 6, Verdict::Retry);
    check(
        &machine,
        "5: a-1 attempt 6 failed (Error: no), for good
         > rejected 1 Error: no",
    );
}

#[test]
fn a_retry_without_delay_needs_no_timer() {
    let mut machine = Machine::running();
    machine.step_with(1, "a", Some(retries(3, 0)), true);
    machine.fail(1, 1, Verdict::Retry);
    check(
        &machine,
        "0: a-1 attempt 1 failed (Error: no), again at 0
         > attempt 2 of call 1",
    );
}

#[test]
fn what_a_delay_function_returned_is_the_base_of_the_backoff() {
    let mut machine = Machine::running();
    machine.step(1, "a");
    machine.fail(1, 1, Verdict::RetryAfter(json!("1 second")));
    check(
        &machine,
        "0: a-1 attempt 1 failed (Error: no), again at 10000
         timer 0 at 10000",
    );
    machine.step(2, "b");
    machine.fail(2, 1, Verdict::RetryAfter(json!("soon")));
    let text = "The delay function for step \"b-1\" returned an invalid delay value (expected a number of ms or a \
                duration string like \"30 seconds\")";
    check(
        &machine,
        &format!(
            "1: b-1 attempt 1 failed (NonRetryableDelayError: {text}), for good
             > rejected 2 NonRetryableDelayError: {text}"
        ),
    );
}

#[test]
fn a_final_failure_is_not_retried() {
    let mut machine = Machine::running();
    machine.step(1, "a");
    machine.fail(1, 1, Verdict::Final);
    check(
        &machine,
        "0: a-1 attempt 1 failed (Error: no), for good
         > rejected 1 Error: no",
    );
}

#[test]
fn a_fatal_value_ends_the_instance() {
    let mut machine = Machine::running();
    machine.sleep(1, "s", 1000);
    machine.step(2, "a");
    machine.fail(
        2,
        1,
        Verdict::EndInstance(Failure::new("WorkflowFatalError", "not serialisable")),
    );
    check(
        &machine,
        "1: a-1 attempt 1 failed (Error: no), for good
         2: errored (WorkflowFatalError: not serialisable)
         no timer 0 at 1000
         phase Errored
         release
         ended Errored",
    );
}

#[test]
fn late_and_foreign_ends_of_attempts_are_dropped() {
    let mut machine = Machine::running();
    machine.step_with(1, "a", Some(retries(1, 0)), true);
    machine.fail(1, 1, Verdict::Retry);
    machine.succeed(1, 1);
    check(&machine, "");
    machine.succeed(9, 2);
    check(&machine, "");
    machine.succeed(1, 2);
    machine.succeed(1, 2);
    check(&machine, "");
    machine.returns();
    machine.say(crate::run::FromRun::Threw {
        failure: Failure::new("Error", "late"),
        clean: false,
    });
    check(&machine, "");
}

#[test]
fn a_run_that_holds_starts_nothing_before_its_start_is_written() {
    let mut machine = Machine::created();
    machine.start(true);
    machine.step_with(1, "a", None, false);
    check(
        &machine,
        "0: a-1 attempt 1 started at 0
         > attempt 1 of call 1",
    );
}

#[test]
fn run_returns_and_throws() {
    let mut machine = Machine::running();
    machine.returns();
    check(
        &machine,
        r#"0: completed = "output"
           phase Complete
           release
           ended Complete"#,
    );
    let mut machine = Machine::running();
    machine.say(crate::run::FromRun::Threw {
        failure: Failure::new("E", "m"),
        clean: true,
    });
    check(
        &machine,
        "0: errored (E: m)
         phase Errored
         release
         ended Errored",
    );
}
