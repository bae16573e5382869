//! Events and the waits for them (spec 2.7).

use super::check;
use super::machine::Machine;

#[test]
fn the_oldest_wait_of_the_type_gets_the_event() {
    let mut machine = Machine::running();
    machine.wait(1, "first", "go", 1000);
    machine.wait(2, "second", "go", 1000);
    machine.wait(3, "other", "stop", 1000);
    machine.now_ms = 7;
    machine.event("go");
    check(
        &machine,
        r#"no timer 0 at 1000
           3: first-1 got the event of 7 = "go 1"
           > event 1 "go 1" of 7"#,
    );
    machine.event("go");
    check(
        &machine,
        r#"no timer 1 at 1000
           4: second-1 got the event of 7 = "go 2"
           > event 2 "go 2" of 7"#,
    );
    machine.event("go");
    check(&machine, "keep event 1 go");
}

#[test]
fn kept_events_are_taken_in_order_also_after_a_crash() {
    let mut machine = Machine::running();
    machine.event("go");
    machine.event("stop");
    machine.event("go");
    machine.crash();
    machine.start(false);
    machine.now_ms = 9;
    machine.wait(1, "a", "go", 1000);
    check(
        &machine,
        r#"0: a-1 waits for go until 1009
           take event 1
           no timer 0 at 1009
           1: a-1 got the event of 0 = "go 1"
           > event 1 "go 1" of 0"#,
    );
    machine.wait(2, "b", "go", 1000);
    assert!(
        machine.last.contains(&"take event 3".to_owned()),
        "{:?}",
        machine.last
    );
    machine.wait(3, "c", "go", 1000);
    check(
        &machine,
        "4: c-1 waits for go until 1009
         timer 4 at 1009",
    );
}

#[test]
fn an_event_wakes_a_dormant_instance() {
    let mut machine = Machine::running();
    machine.wait(1, "w", "go", 1000);
    assert!(machine.hibernate());
    machine.event("go");
    check(
        &machine,
        r#"no timer 0 at 1000
           1: w-1 got the event of 0 = "go 1"
           phase Runnable"#,
    );
    machine.start(false);
    machine.wait(1, "w", "go", 1000);
    check(&machine, "> recorded entry 1 for call 1");
}

#[test]
fn an_event_of_another_type_wakes_nobody() {
    let mut machine = Machine::running();
    machine.wait(1, "w", "go", 1000);
    assert!(machine.hibernate());
    machine.event("stop");
    check(&machine, "keep event 1 stop");
}

#[test]
fn a_wait_that_timed_out_takes_no_event_any_more() {
    let mut machine = Machine::running();
    machine.wait(1, "w", "go", 1000);
    machine.pass(1000);
    check(
        &machine,
        "no timer 0 at 1000
         1: w-1 failed (WorkflowTimeoutError: Execution timed out after 1000ms)
         > rejected 1 WorkflowTimeoutError: Execution timed out after 1000ms",
    );
    machine.event("go");
    check(&machine, "keep event 1 go");
}

#[test]
fn the_timeout_text_is_the_same_after_a_crash() {
    let mut machine = Machine::running();
    machine.now_ms = 123;
    machine.wait(1, "w", "go", 1000);
    machine.crash();
    machine.pass(1000);
    assert!(
        machine.last[1].ends_with("failed (WorkflowTimeoutError: Execution timed out after 1000ms)"),
        "{:?}",
        machine.last
    );
}

#[test]
fn a_wait_without_timeout_ends_after_a_day() {
    let mut machine = Machine::running();
    machine.say(crate::run::FromRun::Wait {
        call: crate::ids::CallId(1),
        step: super::machine::key(crate::step::StepKind::WaitForEvent, "w"),
        event_type: "go".into(),
        timeout: None,
    });
    assert_eq!(machine.timers.first(), Some(&(86_400_000, 0)));
}
