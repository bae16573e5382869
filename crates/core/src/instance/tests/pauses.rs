//! Pause and resume (spec 2.8).

use super::check;
use super::machine::{Machine, retries};
use crate::run::Verdict;

#[test]
fn a_pause_waits_for_the_attempts_that_run() {
    let mut machine = Machine::running();
    machine.step(1, "a");
    machine.sleep(2, "s", 1000);
    machine.pause();
    check(
        &machine,
        "2: pause requested
         > hold",
    );
    machine.pause();
    check(&machine, "");
    machine.now_ms = 10;
    machine.succeed(1, 1);
    check(
        &machine,
        r#"3: a-1 attempt 1 succeeded = "result"
           > recorded 1
           4: paused at 10
           no timer 1 at 1000
           release
           phase Paused"#,
    );
}

#[test]
fn a_pause_interrupts_waits_at_once_and_freezes_their_deadlines() {
    let mut machine = Machine::running();
    machine.sleep(1, "s", 1000);
    machine.wait(2, "w", "go", 2000);
    machine.step_with(3, "a", Some(retries(5, 3000)), true);
    machine.fail(3, 1, Verdict::Retry);
    machine.pass(100);
    machine.pause();
    check(
        &machine,
        "3: paused at 100
         no timer 0 at 1000
         no timer 1 at 2000
         no timer 2 at 3000
         release
         phase Paused",
    );
    machine.pass(100_000);
    check(&machine, "");
    machine.resume();
    check(
        &machine,
        "4: resumed, shift 100000
         timer 0 at 101000
         timer 1 at 102000
         timer 2 at 103000
         phase Runnable",
    );
}

#[test]
fn events_are_kept_during_a_pause_and_delivered_after_it() {
    let mut machine = Machine::running();
    machine.wait(1, "w", "go", 1000);
    machine.pause();
    machine.event("go");
    check(&machine, "keep event 1 go");
    machine.crash();
    machine.resume();
    check(
        &machine,
        r#"2: resumed, shift 0
           timer 0 at 1000
           phase Runnable
           take event 1
           no timer 0 at 1000
           3: w-1 got the event of 0 = "go 1""#,
    );
}

#[test]
fn a_pause_that_is_coming_can_be_taken_back() {
    let mut machine = Machine::running();
    machine.step(1, "a");
    machine.sleep(2, "s", 50);
    machine.pause();
    machine.step_with(3, "b", None, false);
    check(&machine, "");
    machine.pass(60);
    check(&machine, "");
    machine.resume();
    check(
        &machine,
        "3: resumed, shift 0
         timer 1 at 50
         > attempt 1 of call 3",
    );
    machine.pass(0);
    check(
        &machine,
        "no timer 1 at 50
         4: s-1 slept
         > done 2",
    );
}

#[test]
fn no_retry_starts_while_a_pause_is_coming() {
    let mut machine = Machine::running();
    machine.step(1, "a");
    machine.step_with(2, "b", Some(retries(3, 0)), true);
    machine.pause();
    machine.fail(2, 1, Verdict::Retry);
    check(
        &machine,
        "1: a-1 attempt 1 started at 0
         2: b-1 attempt 1 failed (Error: no), again at 0",
    );
}

#[test]
fn a_run_that_returns_while_a_pause_is_coming_runs_again_after_it() {
    let mut machine = Machine::running();
    machine.step(1, "not awaited");
    machine.pause();
    machine.returns();
    assert_eq!(machine.last[0], "1: paused at 0");
    machine.resume();
    machine.start(false);
    machine.step_with(1, "not awaited", None, false);
    check(&machine, "> attempt 1 of call 1");
    machine.succeed(1, 1);
    machine.returns();
    assert!(machine.has_ended());
}

#[test]
fn a_lost_run_ends_the_wait_for_a_pause_and_costs_no_attempt() {
    let mut machine = Machine::running();
    machine.step(1, "a");
    machine.apply(|instance, _, effects| instance.record_starts(effects));
    machine.pause();
    machine.lose_run();
    check(
        &machine,
        "2: paused at 0
         release
         phase Paused",
    );
    machine.crash();
    machine.resume();
    machine.start(false);
    machine.step_with(5, "a", None, false);
    check(&machine, "> attempt 1 of call 5");
}

#[test]
fn quarantine_outlasts_a_pause_that_was_taken_back() {
    let mut machine = Machine::created();
    machine.start(true);
    machine.step_with(1, "a", None, false);
    machine.pause();
    machine.resume();
    machine.step_with(2, "b", None, false);
    check(
        &machine,
        "3: b-1 attempt 1 started at 0
         > attempt 1 of call 2",
    );
}

#[test]
fn a_crash_while_a_pause_is_coming_charges_and_pauses() {
    let mut machine = Machine::running();
    machine.step(1, "a");
    machine.apply(|instance, _, effects| instance.record_starts(effects));
    machine.pause();
    machine.crash();
    check(
        &machine,
        "2: a-1 attempt 1 failed (WorkflowInternalError: Attempt failed due to internal workflows error), again at 0
         3: paused at 0
         release
         phase Paused",
    );
}

#[test]
fn pause_and_resume_mean_nothing_to_what_has_ended() {
    let mut machine = Machine::running();
    machine.returns();
    machine.pause();
    check(&machine, "");
    machine.resume();
    check(&machine, "");
}
