//! Sleeps, and the rest of runs that wait.

use super::check;
use super::machine::{Machine, key};
use crate::ids::CallId;
use crate::instance::Rest;
use crate::run::FromRun;
use crate::step::StepKind;
use serde_json::json;

#[test]
fn a_sleep_ends_when_its_time_has_come() {
    let mut machine = Machine::running();
    machine.sleep(1, "nap", 1000);
    check(
        &machine,
        "0: nap-1 sleeps until 1000
         timer 0 at 1000",
    );
    assert_eq!(machine.instance.rest(), Rest::Waits { due_ms: Some(1000) });
    machine.pass(1000);
    check(
        &machine,
        "no timer 0 at 1000
         1: nap-1 slept
         > done 1",
    );
}

#[test]
fn a_sleep_keeps_its_deadline_in_the_next_run_and_wakes_the_instance() {
    let mut machine = Machine::running();
    machine.sleep(1, "nap", 1000);
    assert!(machine.hibernate());
    check(
        &machine,
        "release
         phase Waiting",
    );
    machine.crash();
    check(&machine, "");
    machine.pass(5000);
    check(
        &machine,
        "no timer 0 at 1000
         1: nap-1 slept
         phase Runnable",
    );
    machine.start(false);
    machine.sleep(1, "nap", 1_000_000);
    check(&machine, "> done 1");
}

#[test]
fn a_retry_that_hibernated_wakes_the_instance() {
    let mut machine = Machine::running();
    machine.step(1, "a");
    machine.fail(1, 1, crate::run::Verdict::Retry);
    assert!(machine.hibernate());
    machine.now_ms = 10_000;
    machine.crash(); // loaded when the timer is due
    check(
        &machine,
        "no timer 0 at 10000
         phase Runnable",
    );
    machine.start(false);
    machine.step_with(7, "a", None, false);
    check(&machine, "> attempt 2 of call 7");
}

#[test]
fn sleeping_until_a_past_moment_fails_and_is_remembered() {
    let mut machine = Machine::running();
    machine.now_ms = 50;
    let step = key(StepKind::Sleep, "s");
    let until = |call, until_ms| FromRun::SleepUntil {
        call: CallId(call),
        step: step.clone(),
        until_ms,
    };
    machine.say(until(1, Some(49)));
    let text = "Error: You can't sleep until a time in the past, time-traveler";
    check(
        &machine,
        &format!(
            "0: s-1 failed ({text})
             > rejected 1 {text}"
        ),
    );
    machine.lose_run();
    machine.start(false);
    machine.say(until(1, Some(1000)));
    check(&machine, &format!("> rejected 1 {text}"));
}

#[test]
fn sleeping_until_now_is_no_past_moment() {
    let mut machine = Machine::running();
    machine.now_ms = 50;
    let step = key(StepKind::Sleep, "s");
    machine.say(FromRun::SleepUntil {
        call: CallId(1),
        step,
        until_ms: Some(50),
    });
    machine.pass(0);
    check(
        &machine,
        "no timer 0 at 50
         1: s-1 slept
         > done 1",
    );
}

#[test]
fn what_is_no_duration_is_refused_and_not_recorded() {
    let mut machine = Machine::running();
    let step = key(StepKind::Sleep, "s");
    machine.say(FromRun::Sleep {
        call: CallId(1),
        step: step.clone(),
        duration: json!("soon"),
    });
    check(&machine, "> rejected 1 TypeError: Invalid duration \"soon\"");
    machine.say(FromRun::SleepUntil {
        call: CallId(2),
        step,
        until_ms: None,
    });
    check(
        &machine,
        "> rejected 2 TypeError: step.sleepUntil needs a valid Date or a number of ms",
    );
    assert_eq!(machine.journal.len(), 0);
}

#[test]
fn a_run_rests_only_when_every_call_waits() {
    let mut machine = Machine::running();
    assert_eq!(machine.instance.rest(), Rest::Silent);
    machine.sleep(1, "s", 1000);
    machine.wait(2, "w", "go", 500);
    assert_eq!(machine.instance.rest(), Rest::Waits { due_ms: Some(500) });
    machine.step(3, "a");
    assert_eq!(machine.instance.rest(), Rest::Busy);
    machine.succeed(3, 1);
    assert_eq!(machine.instance.rest(), Rest::Waits { due_ms: Some(500) });
}

#[test]
fn an_answer_about_idleness_is_void_when_something_happened_since() {
    let mut machine = Machine::running();
    machine.sleep(1, "s", 1000);
    machine.apply(|instance, _, effects| instance.ask_idle(effects));
    check(&machine, "> idle?");
    assert!(machine.instance.idle_answer_counts());
    machine.step(2, "a");
    assert!(!machine.instance.idle_answer_counts());
}

#[test]
fn a_year_is_the_longest_sleep_and_the_longest_timeout() {
    let year_ms = crate::limits::SLEEP_MS;
    let mut machine = Machine::running();
    machine.say(FromRun::Sleep {
        call: CallId(1),
        step: key(StepKind::Sleep, "nap"),
        duration: json!(year_ms + 1),
    });
    check(
        &machine,
        "> rejected 1 WorkflowFatalError: The sleep of step \"nap\" is longer than 365 days",
    );
    machine.say(FromRun::Wait {
        call: CallId(2),
        step: key(StepKind::WaitForEvent, "answer"),
        event_type: "reply".into(),
        timeout: Some(json!(year_ms + 1)),
    });
    check(
        &machine,
        "> rejected 2 WorkflowFatalError: The timeout of step \"answer\" is longer than 365 days",
    );
    assert_eq!(machine.instance.rest(), Rest::Silent);
}
