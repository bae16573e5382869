//! Terminate and restart (spec 2.8).

use super::check;
use super::machine::{Machine, key};
use crate::instance::Instance;
use crate::step::StepKind;

#[test]
fn terminate_ends_at_once() {
    let mut machine = Machine::running();
    machine.sleep(1, "s", 1000);
    machine.step(2, "a");
    machine.apply(Instance::terminate);
    check(
        &machine,
        "1: terminated
         no timer 0 at 1000
         phase Terminated
         release
         ended Terminated",
    );
}

#[test]
fn terminate_of_a_paused_instance_has_no_timers_to_delete() {
    let mut machine = Machine::running();
    machine.sleep(1, "s", 1000);
    machine.pause();
    machine.apply(Instance::terminate);
    check(
        &machine,
        "2: terminated
         phase Terminated
         release
         ended Terminated",
    );
}

#[test]
fn a_restart_wipes_everything_from_any_status() {
    for ended in [false, true] {
        let mut machine = Machine::running();
        machine.event("go");
        machine.step(1, "a");
        machine.succeed(1, 1);
        machine.sleep(2, "s", 1000);
        let phase = if ended {
            machine.returns();
            "\nphase Runnable"
        } else {
            ""
        };
        machine.apply(Instance::restart);
        check(&machine, &format!("release\nclear\n0: restarted{phase}"));
        machine.start(false);
        machine.step(1, "a");
        machine.succeed(1, 1);
        assert_eq!(machine.last[0], "1: a-1 attempt 1 succeeded = \"result\"");
        machine.wait(2, "w", "go", 1000);
        assert_eq!(machine.last[1], "timer 2 at 1000", "the event of before is gone");
    }
}

#[test]
fn a_restart_from_a_step_keeps_what_started_before_it() {
    let mut machine = Machine::running();
    for (call, name) in (1..).zip(["a", "b", "c"]) {
        machine.step(call, name);
    }
    for call in [3, 2, 1] {
        machine.succeed(call, 1); // c, which started last, ends first
    }
    machine.event("go");
    machine.sleep(4, "s", 1000);
    machine
        .restart_from(&key(StepKind::Do, "b"))
        .expect("b has begun");
    check(
        &machine,
        "release
         no timer 5 at 1000
         take event 1
         6: restarted from b-1",
    );
    let kept = |machine: &Machine| -> Vec<String> {
        machine
            .instance
            .ended()
            .map(|(key, ..)| key.to_string())
            .collect()
    };
    assert_eq!(kept(&machine), ["a-1"]);
    assert_eq!(machine.instance.open().count(), 0);
    machine.crash();
    assert_eq!(kept(&machine), ["a-1"]);
}

#[test]
fn a_restart_from_a_step_that_never_was_changes_nothing() {
    let mut machine = Machine::running();
    machine.step(1, "a");
    machine
        .restart_from(&key(StepKind::Do, "b"))
        .expect_err("there is no b");
    check(&machine, "");
    assert!(machine.instance.is_attempting());
}

#[test]
fn a_restart_from_a_step_that_is_running_survives_a_crash() {
    let mut machine = Machine::running();
    machine.sleep(1, "s", 1000);
    machine.step(2, "a");
    machine.restart_from(&key(StepKind::Do, "a")).expect("a runs");
    check(
        &machine,
        "1: a-1 attempt 1 started at 0
         release
         no timer 0 at 1000
         2: restarted from a-1",
    );
    machine.crash();
    machine.start(false);
    machine.sleep(1, "s", 1000);
    check(
        &machine,
        "3: s-1 sleeps until 1000
         timer 3 at 1000",
    );
}

#[test]
fn a_sleep_begins_after_the_steps_that_were_called_before_it() {
    let mut machine = Machine::running();
    machine.step(1, "a");
    machine.sleep(2, "s", 1000);
    machine.succeed(1, 1);
    machine.crash();
    machine
        .restart_from(&key(StepKind::Sleep, "s"))
        .expect("s has begun");
    assert_eq!(machine.instance.ended().count(), 1, "a began before s");
}
