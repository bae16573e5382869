use super::timeline;
use crate::printer::moment;
use serde_json::{Value, json};
use stepwell_client::types::Instance;
use unicode_width::UnicodeWidthStr;

/// A time so many seconds after the instance was created.
fn at(seconds: f64) -> Value {
    let ms = 1_795_392_000_000.0 + seconds * 1000.0;
    json!(stepwell_core::value::iso_string(ms))
}

fn step(name: &str, attempts: &[(f64, Option<f64>, bool)]) -> Value {
    let attempts: Vec<Value> = attempts
        .iter()
        .map(|(start, end, success)| {
            let error = (!success).then(|| json!({ "name": "Error", "message": "no" }));
            let success = end.map(|_| success);
            json!({ "start": at(*start), "end": end.map(at), "success": success, "error": error })
        })
        .collect();
    let last = attempts.last().cloned().unwrap_or_default();
    let success = if last["success"] == true {
        json!(true)
    } else {
        Value::Null
    };
    let end = if success == true {
        last["end"].clone()
    } else {
        Value::Null
    };
    json!({ "type": "step", "name": name, "start": attempts[0]["start"], "end": end, "success": success, "attempts": attempts })
}

fn drawn(steps: &[Value], now: f64, width: usize) -> String {
    let instance = json!({ "status": "running", "queued": at(0.0), "start": at(0.0), "steps": steps });
    let instance: Instance = serde_json::from_value(instance).unwrap();
    let now_ms = moment::parse(at(now).as_str().unwrap()).unwrap();
    let text = timeline(&instance, now_ms, width);
    anstream::adapter::strip_str(&text).to_string()
}

fn example() -> Vec<Value> {
    vec![
        step("validate-1", &[(0.0, Some(2.0), true)]),
        step(
            "charge-1",
            &[
                (2.0, Some(4.0), false),
                (6.0, Some(8.0), false),
                (12.0, Some(14.0), true),
            ],
        ),
        json!({ "type": "sleep", "name": "let the warehouse pack everything-1", "start": at(14.0), "end": at(20.0), "finished": true }),
        json!({ "type": "waitForEvent", "name": "approval-1", "start": at(20.0), "end": at(3620.0), "finished": false, "event_type": "approval" }),
        step("meanwhile-1", &[(20.0, None, false)]),
    ]
}

#[test]
fn at_80_columns() {
    assert_eq!(
        drawn(&example(), 30.0, 80),
        "\
\x20                         0 ms        10 s        21 s\n\
validate-1                ███                                 2 s\n\
charge-1                    xxx·xxxx···███                    12 s, 2 retries\n\
let the warehouse pack …                 ────────             6 s\n\
approval-1                                      ┈┈┈┈┈┈┈┈┈┈┈┈  waits for approval\n\
meanwhile-1                                     ▒▒▒▒▒▒▒▒▒▒▒▒  10 s …\n\
\n\
█ done   x failed attempt   · until the next attempt   ▒ running   ─ sleep\n\
┈ wait for an event",
    );
}

#[test]
fn at_60_columns() {
    assert_eq!(
        drawn(&example(), 30.0, 60),
        "\
\x20                     0 ms        17 s\n\
validate-1            ██                     2 s\n\
charge-1               xx·xx··██             12 s, 2 retries\n\
let the warehouse p…           ─────         6 s\n\
approval-1                          ┈┈┈┈┈┈┈  waits for appr…\n\
meanwhile-1                         ▒▒▒▒▒▒▒  10 s …\n\
\n\
█ done   x failed attempt   · until the next attempt\n\
▒ running   ─ sleep   ┈ wait for an event",
    );
}

#[test]
fn long_sleeps_leave_room_for_short_steps() {
    let steps = [
        step("a-1", &[(0.0, Some(0.2), true)]),
        json!({ "type": "sleep", "name": "two days-1", "start": at(0.2), "end": at(172_800.2), "finished": true }),
        step("b-1", &[(172_800.2, Some(172_801.0), true)]),
        step("c-1", &[(172_801.0, Some(172_803.0), false)]),
    ];
    assert_eq!(
        drawn(&steps, 172_810.0, 80),
        "\
\x20           0 ms        15 h 59 m   1 d 13 h    2 d         2 d\n\
a-1         ███                                                  200 ms\n\
two days-1    ─────────────────────────────                      2 d\n\
b-1                                       ██████                 800 ms\n\
c-1                                            xxxxxxxx········  9 s, 1 failed …\n\
\n\
█ done   x failed attempt   · until the next attempt   ─ sleep\n\
long times are drawn shorter",
    );
}

#[test]
fn it_is_never_wider_than_it_may_be() {
    for width in 40..200 {
        let text = drawn(&example(), 30.0, width);
        assert!(text.lines().all(|line| line.width() <= width), "{width}:\n{text}");
    }
}

#[test]
fn before_the_first_step() {
    assert_eq!(drawn(&[], 1.0, 80), "No step has begun yet");
    let termination = json!({ "type": "termination", "trigger": { "source": "user" } });
    assert_eq!(drawn(&[termination], 1.0, 80), "No step has begun yet");
}
