//! Whatever comes, in whatever order, what must hold holds.

use super::invariants::assert_all;
use super::machine::{Machine, retries};
use crate::failure::Failure;
use crate::ids::CallId;
use crate::instance::Instance;
use crate::run::{FromRun, Verdict};
use crate::step::{StepKey, StepKind};
use crate::value::Value;
use proptest::prelude::*;
use serde_json::json;

#[derive(Debug, Clone)]
enum Input {
    /// A call of the run: sensible ones have a number that is new and a step that is new or open.
    Do {
        call: u32,
        step: u8,
        limit: Option<u32>,
        delay_ms: u64,
        started: bool,
    },
    Sleep {
        call: u32,
        step: u8,
        ms: u64,
    },
    SleepUntil {
        call: u32,
        step: u8,
        after_ms: i64,
    },
    Wait {
        call: u32,
        step: u8,
        kind: u8,
        timeout_ms: u64,
    },
    Invalid {
        call: u32,
        step: u8,
    },
    /// The attempt that really runs for the n-th open step ends.
    EndAttempt {
        nth: usize,
        verdict: Option<Verdict>,
    },
    /// Any attempt of any call ends.
    EndAny {
        call: u32,
        attempt: u32,
        ok: bool,
    },
    Return,
    Throw,
    Event {
        kind: u8,
    },
    Pass(i64),
    ClockBack(i64),
    Pause,
    Resume,
    Terminate,
    Restart,
    RestartFrom {
        kind: StepKind,
        step: u8,
    },
    Start {
        hold: bool,
    },
    LoseRun,
    DieAlone,
    Hibernate,
    RecordStarts,
    Crash,
    AskIdle,
}

fn verdict() -> impl Strategy<Value = Option<Verdict>> {
    prop_oneof![
        4 => Just(None),
        4 => Just(Some(Verdict::Retry)),
        1 => (0_u64..20).prop_map(|ms| Some(Verdict::RetryAfter(json!(ms)))),
        1 => Just(Some(Verdict::RetryAfter(json!("3 fortnights")))),
        1 => Just(Some(Verdict::Final)),
        1 => Just(Some(Verdict::EndInstance(Failure::new("WorkflowFatalError", "end")))),
    ]
}

fn input() -> impl Strategy<Value = Input> {
    let call = 1_u32..30;
    let step = 0_u8..4;
    prop_oneof![
        8 => (call.clone(), step.clone(), prop::option::of(0_u32..3), 0_u64..20, prop::bool::weighted(0.7))
            .prop_map(|(call, step, limit, delay_ms, started)| Input::Do { call, step, limit, delay_ms, started }),
        3 => (call.clone(), step.clone(), 0_u64..50).prop_map(|(call, step, ms)| Input::Sleep { call, step, ms }),
        1 => (call.clone(), step.clone(), -5_i64..50)
            .prop_map(|(call, step, after_ms)| Input::SleepUntil { call, step, after_ms }),
        3 => (call.clone(), step.clone(), 0_u8..2, 0_u64..50)
            .prop_map(|(call, step, kind, timeout_ms)| Input::Wait { call, step, kind, timeout_ms }),
        1 => (call.clone(), step.clone()).prop_map(|(call, step)| Input::Invalid { call, step }),
        8 => (0_usize..4, verdict()).prop_map(|(nth, verdict)| Input::EndAttempt { nth, verdict }),
        2 => (call, 1_u32..4, any::<bool>()).prop_map(|(call, attempt, ok)| Input::EndAny { call, attempt, ok }),
        1 => Just(Input::Return),
        1 => Just(Input::Throw),
        4 => (0_u8..2).prop_map(|kind| Input::Event { kind }),
        5 => (0_i64..30).prop_map(Input::Pass),
        1 => (0_i64..30).prop_map(Input::ClockBack),
        3 => Just(Input::Pause),
        4 => Just(Input::Resume),
        1 => Just(Input::Terminate),
        1 => Just(Input::Restart),
        2 => (prop_oneof![Just(StepKind::Do), Just(StepKind::Sleep), Just(StepKind::WaitForEvent)], step)
            .prop_map(|(kind, step)| Input::RestartFrom { kind, step }),
        10 => prop::bool::weighted(0.2).prop_map(|hold| Input::Start { hold }),
        2 => Just(Input::LoseRun),
        1 => Just(Input::DieAlone),
        3 => Just(Input::Hibernate),
        3 => Just(Input::RecordStarts),
        3 => Just(Input::Crash),
        1 => Just(Input::AskIdle),
    ]
}

fn key(kind: StepKind, step: u8) -> StepKey {
    StepKey::new(kind, format!("s{step}"), 1)
}

const TYPES: [&str; 2] = ["go", "stop"];

fn feed(machine: &mut Machine, input: Input) {
    let live = machine.instance.live_run().is_some();
    let ended = machine.has_ended();
    match input {
        Input::Do {
            call,
            step,
            limit,
            delay_ms,
            started,
        } if live => {
            let config = limit.map(|limit| retries(limit, delay_ms));
            let step = key(StepKind::Do, step);
            machine.say(FromRun::Do {
                call: CallId(call),
                step,
                config,
                started,
            });
        }
        Input::Sleep { call, step, ms } if live => {
            let step = key(StepKind::Sleep, step);
            machine.say(FromRun::Sleep {
                call: CallId(call),
                step,
                duration: json!(ms),
            });
        }
        Input::SleepUntil { call, step, after_ms } if live => {
            let (step, until_ms) = (key(StepKind::Sleep, step), Some(machine.now_ms + after_ms));
            machine.say(FromRun::SleepUntil {
                call: CallId(call),
                step,
                until_ms,
            });
        }
        Input::Wait {
            call,
            step,
            kind,
            timeout_ms,
        } if live => machine.say(FromRun::Wait {
            call: CallId(call),
            step: key(StepKind::WaitForEvent, step),
            event_type: TYPES[kind as usize].into(),
            timeout: Some(json!(timeout_ms)),
        }),
        Input::Invalid { call, step } if live => {
            let step = key(StepKind::Sleep, step);
            machine.say(FromRun::Sleep {
                call: CallId(call),
                step,
                duration: json!("soon"),
            });
        }
        Input::EndAttempt { nth, verdict } if live => end_attempt(machine, nth, verdict),
        Input::EndAny {
            call,
            attempt,
            ok: true,
        } if live => machine.succeed(call, attempt),
        Input::EndAny { call, attempt, .. } if live => machine.fail(call, attempt, Verdict::Retry),
        Input::Return if live => machine.returns(),
        Input::Throw if live => {
            let failure = Failure::new("Error", "thrown");
            machine.say(FromRun::Threw {
                failure,
                clean: false,
            });
        }
        Input::Event { kind } if !ended => machine.event(TYPES[kind as usize]),
        Input::Pass(ms) => machine.pass(ms),
        Input::ClockBack(ms) => machine.now_ms -= ms,
        Input::Pause => machine.pause(),
        Input::Resume if !ended => machine.resume(),
        Input::Terminate if !ended => machine.apply(Instance::terminate),
        Input::Restart => machine.apply(Instance::restart),
        Input::RestartFrom { kind, step } => {
            let _ = machine.restart_from(&key(kind, step));
        }
        Input::Start { hold } if machine.may_start() => machine.start(hold),
        Input::LoseRun if live => machine.lose_run(),
        Input::DieAlone if live => {
            machine.die_alone();
        }
        Input::Hibernate if live => {
            machine.hibernate();
        }
        Input::RecordStarts => machine.apply(|instance, _, effects| instance.record_starts(effects)),
        Input::Crash => machine.crash(),
        Input::AskIdle => machine.apply(|instance, _, effects| instance.ask_idle(effects)),
        _ => {}
    }
}

fn end_attempt(machine: &mut Machine, nth: usize, verdict: Option<Verdict>) {
    use crate::instance::StepState;
    let running: Vec<_> = machine
        .instance
        .open()
        .filter_map(|(_, step)| match step.state {
            StepState::Attempting { attempt, .. } => Some((step.call?.0, attempt)),
            _ => None,
        })
        .collect();
    let Some((call, attempt)) = running.get(nth % running.len().max(1)).copied() else {
        return;
    };
    match verdict {
        None => machine.succeed(call, attempt),
        Some(verdict) => machine.fail(call, attempt, verdict),
    }
}

/// From wherever it is, an instance gets to its end when the world behaves.
fn finish(machine: &mut Machine) {
    machine.crash();
    machine.resume();
    for call in 100..200 {
        machine.pass(60_000);
        if machine.has_ended() {
            return;
        }
        if machine.may_start() {
            machine.start(false);
        }
        if machine.instance.live_run().is_some() {
            machine.returns();
        }
        assert_all(machine);
        assert!(call < 110, "it does not end: {:?}", machine.instance);
    }
}

fn cases() -> ProptestConfig {
    ProptestConfig {
        max_shrink_iters: 1500,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn nothing_breaks_an_instance(inputs in prop::collection::vec(input(), 1..120)) {
        let mut machine = Machine::created();
        machine.now_ms = 1000;
        for input in inputs {
            feed(&mut machine, input);
            assert_all(&machine);
        }
        finish(&mut machine);
    }

    #[test]
    fn every_deadline_moves_by_the_paused_time(
        inputs in prop::collection::vec(input(), 1..60),
        paused_ms in 0_i64..100_000,
    ) {
        let mut machine = Machine::created();
        for input in inputs {
            feed(&mut machine, input);
        }
        if machine.has_ended() {
            machine.apply(Instance::restart);
        }
        machine.crash(); // an open attempt would hold up the pause
        machine.resume();
        let left = |machine: &Machine| -> Vec<i64> {
            machine.instance.open().filter_map(|(_, step)| Some(step.timer()?.0 - machine.now_ms)).collect()
        };
        // Waits that a kept event ends at once are no deadlines any more.
        let before = left(&machine);
        machine.pause();
        machine.pass(paused_ms);
        prop_assert_eq!(&machine.last, &Vec::<String>::new(), "a timer did something during the pause");
        machine.resume();
        prop_assert_eq!(left(&machine), before);
    }

    #[test]
    fn any_bytes_are_a_value_to_the_machine(bytes in prop::collection::vec(any::<u8>(), 0..50)) {
        let mut machine = Machine::running();
        machine.step(1, "a");
        let value = Value::from_bytes(bytes.into());
        machine.say(FromRun::Succeeded { call: CallId(1), attempt: 1, value });
        prop_assert_eq!(machine.instance.ended().count(), 1);
    }
}
