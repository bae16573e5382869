//! Processes that die, of the engine and of runs (spec 2.3; design 4, crash quarantine).

use super::check;
use super::machine::{Machine, retries};

const AGAIN: &str = "WorkflowInternalError: Attempt failed due to internal workflows error";

#[test]
fn an_attempt_whose_start_was_written_is_charged_after_a_crash() {
    let mut machine = Machine::running();
    machine.step_with(1, "a", Some(retries(1, 1000)), true);
    machine.apply(|instance, _, effects| instance.record_starts(effects));
    machine.now_ms = 5;
    machine.crash();
    check(
        &machine,
        &format!("1: a-1 attempt 1 failed ({AGAIN}), again at 5"),
    );
    machine.start(false);
    machine.step_with(1, "a", None, false);
    check(&machine, "> attempt 2 of call 1");
    machine.apply(|instance, _, effects| instance.record_starts(effects));
    machine.crash();
    check(
        &machine,
        "3: a-1 attempt 2 failed (WorkflowInternalError: Attempt 2 of step \"a\" did not finish), for good",
    );
}

#[test]
fn an_attempt_whose_start_was_not_written_is_made_again() {
    let mut machine = Machine::running();
    machine.step(1, "a");
    machine.crash();
    check(&machine, "");
    assert_eq!(machine.instance.open().count(), 0);
}

#[test]
fn a_lost_run_costs_no_attempt() {
    let mut machine = Machine::running();
    machine.step_with(1, "a", Some(retries(0, 0)), true);
    machine.apply(|instance, _, effects| instance.record_starts(effects));
    for call in 2..5 {
        machine.lose_run();
        check(&machine, "");
        machine.start(false);
        machine.step_with(call, "a", None, false);
        check(&machine, &format!("> attempt 1 of call {call}"));
    }
}

#[test]
fn a_run_that_kills_its_process_pays_with_all_its_open_attempts() {
    let mut machine = Machine::created();
    machine.start(true);
    machine.step_with(1, "a", Some(retries(0, 0)), false);
    machine.step_with(2, "b", None, false);
    assert!(machine.die_alone());
    check(
        &machine,
        &format!(
            "2: a-1 attempt 1 failed (WorkflowInternalError: Attempt 1 of step \"a\" did not finish), for good
             3: b-1 attempt 1 failed ({AGAIN}), again at 0"
        ),
    );
    machine.start(true);
    machine.step_with(1, "b", None, false);
    check(
        &machine,
        "4: b-1 attempt 2 started at 0
         > attempt 2 of call 1",
    );
}

#[test]
fn three_crashes_outside_of_steps_end_the_instance() {
    let mut machine = Machine::created();
    for _ in 0..2 {
        machine.start(true);
        assert!(!machine.die_alone());
        machine.crash();
    }
    machine.start(true);
    machine.die_alone();
    check(
        &machine,
        "2: crashed
         3: errored (WorkflowCrashError: The Workflow's code ended its process 3 times outside of any step: killed)
         phase Errored
         release
         ended Errored",
    );
}

#[test]
fn the_first_config_of_a_step_is_the_one_that_counts() {
    let mut machine = Machine::running();
    machine.step_with(1, "a", Some(retries(1, 7)), true);
    machine.fail(1, 1, crate::run::Verdict::Retry);
    machine.crash();
    machine.start(false);
    machine.pass(7);
    machine.step_with(1, "a", Some(retries(9, 9)), false);
    machine.fail(1, 2, crate::run::Verdict::Retry);
    check(
        &machine,
        "1: a-1 attempt 2 failed (Error: no), for good
         > rejected 1 Error: no",
    );
}
