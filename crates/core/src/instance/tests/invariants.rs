//! What holds after every transition.

use super::machine::Machine;
use crate::failure::Failure;
use crate::instance::{Instance, Lifecycle, Phase, Step, StepEnd, StepState};
use crate::step::StepKey;
use std::collections::BTreeSet;

/// Panics if something that must hold does not.
pub(super) fn assert_all(machine: &Machine) {
    assert_eq!(
        machine.phase,
        machine.instance.phase(),
        "the stored phase is another"
    );
    assert_eq!(machine.journal.len(), machine.instance.next_seq as usize);
    has_a_reason_not_to_move(machine);
    timers_belong_to_steps(machine);
    if !machine.has_ended() {
        calls_belong_to_steps(&machine.instance);
    }
    assert_eq!(
        survivor(&machine.instance),
        survivor(&machine.folded()),
        "a crash would change what is known"
    );
}

/// spec/storage.md I11, as far as one instance can show it.
fn has_a_reason_not_to_move(machine: &Machine) {
    let instance = &machine.instance;
    let live = instance.live_run().is_some();
    match instance.lifecycle() {
        Lifecycle::Active => match instance.phase() {
            Phase::Runnable => {}
            Phase::Waiting => {
                assert!(!live, "a run is live and the store thinks it is not");
                let waits = instance.open().any(|(_, step)| step.timer().is_some());
                assert!(waits, "the instance sleeps and nothing will wake it");
            }
            phase => panic!("active and {phase:?}"),
        },
        Lifecycle::Pausing => {
            assert!(
                live && instance.is_attempting(),
                "nothing is left to wait for before the pause"
            );
            assert_eq!(instance.phase(), Phase::Runnable);
        }
        Lifecycle::Paused { .. } => assert_eq!((instance.phase(), live), (Phase::Paused, false)),
        Lifecycle::Complete { .. } => assert_eq!((instance.phase(), live), (Phase::Complete, false)),
        Lifecycle::Errored(_) => assert_eq!((instance.phase(), live), (Phase::Errored, false)),
        Lifecycle::Terminated => assert_eq!((instance.phase(), live), (Phase::Terminated, false)),
    }
}

/// A stored timer belongs to an open step, and an open step that is to be woken has its timer, stored and in memory.
fn timers_belong_to_steps(machine: &Machine) {
    let steps: BTreeSet<(i64, u32)> = machine
        .instance
        .open()
        .filter_map(|(_, step)| step.timer())
        .collect();
    match machine.instance.lifecycle() {
        Lifecycle::Active => {
            assert_eq!(machine.timers, steps, "stored timers and open steps differ");
            assert!(
                machine.heap.is_superset(&steps),
                "a timer is stored and never fires"
            );
        }
        Lifecycle::Pausing => assert_eq!(machine.timers, steps, "stored timers and open steps differ"),
        _ => assert!(
            machine.timers.is_empty(),
            "timers of an instance that does not move"
        ),
    }
}

fn calls_belong_to_steps(instance: &Instance) {
    let called: BTreeSet<u32> = instance
        .open()
        .filter_map(|(_, step)| Some(step.call?.0))
        .collect();
    let calls: BTreeSet<u32> = instance.calls.keys().map(|call| call.0).collect();
    assert_eq!(called, calls, "a call waits for no step");
    for (key, step) in instance.open() {
        match step.state {
            StepState::Attempting { .. } => {
                assert!(
                    instance.live_run().is_some(),
                    "{key} is being attempted by nobody"
                );
                assert!(step.call.is_some(), "{key} is being attempted for nobody");
            }
            StepState::Ready { .. } if *instance.lifecycle() == Lifecycle::Active => {
                assert!(
                    step.call.is_none(),
                    "{key} is ready, asked for, and is not started"
                );
            }
            _ => {}
        }
    }
}

/// What must be the same after a crash.
#[derive(Debug, PartialEq)]
struct Survivor {
    lifecycle: Lifecycle,
    next_seq: u32,
    crashes: u32,
    ended: Vec<(StepKey, u32, StepEnd)>,
    /// In the order in which they began; with the time and key of the timer of those that wait.
    open: Vec<(StepKey, String)>,
    began: Vec<StepKey>,
    events: Vec<(u64, String, i64)>,
}

fn survivor(instance: &Instance) -> Survivor {
    let mut began: Vec<(u32, StepKey)> = instance
        .steps
        .iter()
        .filter(|(_, step)| is_recorded(step))
        .map(|(key, step)| (step.ordinal, key.clone()))
        .collect();
    began.sort();
    Survivor {
        lifecycle: instance.lifecycle().clone(),
        next_seq: instance.next_seq,
        crashes: instance.crashes,
        ended: instance
            .ended()
            .map(|(key, seq, end)| (key.clone(), seq, without_stack(end)))
            .collect(),
        open: instance
            .open()
            .filter(|(_, step)| is_recorded(step))
            .map(|(key, step)| (key.clone(), progress(step)))
            .collect(),
        began: began.into_iter().map(|(_, key)| key).collect(),
        events: instance
            .events
            .iter()
            .map(|event| (event.id, event.event_type.to_string(), event.at_ms))
            .collect(),
    }
}

/// A first attempt whose start is not written yet may be forgotten: no harm is done by starting it again (design 4).
fn is_recorded(step: &Step) -> bool {
    let first = matches!(
        step.state,
        StepState::Ready { attempt: 1 } | StepState::Attempting { attempt: 1, .. }
    );
    step.config_recorded || !first
}

/// Of an attempt it is enough to know its number: a crash may come before or after its start.
fn progress(step: &Step) -> String {
    match &step.state {
        StepState::Ready { attempt }
        | StepState::Attempting { attempt, .. }
        | StepState::RetryWait { attempt, .. } => format!("attempt {attempt}, config {:?}", step.config),
        waiting => format!("{waiting:?}"),
    }
}

fn without_stack(end: &StepEnd) -> StepEnd {
    match end {
        StepEnd::Failed(failure) => {
            StepEnd::Failed(Failure::new(failure.name.clone(), failure.message.clone()).into())
        }
        end => end.clone(),
    }
}
