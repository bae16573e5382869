//! The wire form, both ways.

use super::configs::Configs;
use super::frame::{FrameError, FrameReader, FrameWriter};
use super::incoming::{Incoming, Remains};
use super::outgoing;
use bytes::Bytes;
use proptest::prelude::*;
use std::sync::Arc;
use stepwell_core::failure::Failure;
use stepwell_core::ids::{CallId, InstanceNumber, RunNumber};
use stepwell_core::run::{FromRun, ToRun, Verdict};
use stepwell_core::step::{StepKey, StepKind};
use stepwell_core::step_config::StepConfig;
use stepwell_core::value::Value;
use stepwell_engine::runtime::{BegunStep, EndedStep, RunStart, StepEnd};
use tokio_tungstenite::tungstenite::Message;

fn value(bytes: &'static [u8]) -> Value {
    Value::from_bytes(Bytes::from_static(bytes))
}

fn read(message: Message) -> Result<Vec<Incoming>, FrameError> {
    let mut configs = Configs::default();
    let mut messages = Vec::new();
    if let Some(mut frame) = FrameReader::read(message)? {
        while let Some(incoming) = Incoming::next(&mut frame, &mut configs)? {
            messages.push(incoming);
        }
    }
    Ok(messages)
}

fn one(line: &str) -> Incoming {
    let mut messages = read(Message::text(format!("7\n{line}"))).expect(line);
    assert_eq!(messages.len(), 1, "{line}");
    messages.remove(0)
}

fn message(line: &str) -> FromRun {
    match one(line) {
        Incoming::Message(message) => message,
        Incoming::Failed(message, step) if step == "a-1" => message,
        other => panic!("{line}: {other:?}"),
    }
}

fn failed(verdict: Verdict) -> FromRun {
    let mut failure = Failure::new("E", "m");
    failure.stack = Some("s".to_owned());
    FromRun::Failed {
        call: CallId(4),
        attempt: 2,
        failure,
        verdict,
    }
}

#[test]
fn messages_of_the_shim_are_read() {
    let call = CallId(4);
    let step = StepKey::new(StepKind::Do, "a \"b\"", 2);
    let expected = FromRun::Do {
        call,
        step,
        config: None,
        started: true,
    };
    assert_eq!(message(r#"["do",4,"a \"b\"",2,1,null]"#), expected);
    let FromRun::Do { config, started, .. } = message(r#"["do",4,"a",2,0,{"timeout":5}]"#) else {
        panic!("not a do");
    };
    assert_eq!(
        (config.map(|config| config.timeout_ms), started),
        (Some(5), false)
    );
    assert_eq!(
        message(r#"["-",4,2,"a-1","E","m","s",0]"#),
        failed(Verdict::Retry)
    );
    assert_eq!(
        message(r#"["-",4,2,"a-1","E","m","s",2]"#),
        failed(Verdict::Final)
    );
    assert_eq!(
        message(r#"["-",4,2,"a-1","E","m","s",[1,"5 s"]]"#),
        failed(Verdict::RetryAfter("5 s".into()))
    );
    let end = Verdict::EndInstance(Failure::new("F", "n"));
    assert_eq!(message(r#"["-",4,2,"a-1","E","m","s",[3,"F","n"]]"#), failed(end));
    let step = StepKey::new(StepKind::Sleep, "s", 1);
    let expected = FromRun::SleepUntil {
        call,
        step,
        until_ms: None,
    };
    assert_eq!(message(r#"["until",4,"s",1,null]"#), expected);
    assert!(matches!(
        message(r#"["wait",4,"w",1,"t",null]"#),
        FromRun::Wait { timeout: None, .. }
    ));
    assert!(matches!(
        message(r#"["wait",4,"w",1,"t",5]"#),
        FromRun::Wait { timeout: Some(_), .. }
    ));
    assert_eq!(message(r#"["idle",3]"#), FromRun::Idle { pending_outside: 3 });
    assert_eq!(one(r#"["more",3]"#), Incoming::Taken(3));
    assert_eq!(one(r#"["quiet"]"#), Incoming::Quiet);
    for (state, remains) in [(0, Remains::Open), (1, Remains::Nothing), (2, Remains::Objects)] {
        let expected = FromRun::Returned {
            value: value(b"{\"a\":1}"),
            clean: state == 1,
        };
        assert_eq!(
            one(&format!("[\"return\",{state}]\n{{\"a\":1}}")),
            Incoming::End(expected, remains)
        );
    }
}

#[test]
fn a_duration_too_deep_to_be_read_does_not_break_the_channel() {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let FromRun::Sleep { duration, .. } = message(&format!("[\"sleep\",1,\"s\",1,{deep}]")) else {
        panic!("not a sleep");
    };
    assert!(duration.is_null());
    let answer = Configs::default().answer("s", &deep);
    assert!(
        answer.starts_with("{\"error\":[\"WorkflowFatalError\""),
        "{answer}"
    );
}

#[test]
fn binary_values_follow_the_header() {
    let header = b"7\n[\"+\",1,1]\n#3\n[\"+\",2,1]\n\"x\"\n[\"+\",3,1]\n#1";
    let mut bytes = (header.len() as u32).to_le_bytes().to_vec();
    bytes.extend_from_slice(header);
    bytes.extend_from_slice(&[1, 2, 3, 4]);
    let messages = read(Message::binary(bytes.clone())).expect("a good frame");
    let values: Vec<&[u8]> = messages
        .iter()
        .map(|message| match message {
            Incoming::Message(FromRun::Succeeded { value, .. }) => &value.bytes()[..],
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(values, [&[1, 2, 3][..], b"\"x\"", &[4]]);
    bytes.pop();
    assert!(matches!(read(Message::binary(bytes)), Err(FrameError::Short)));
}

#[test]
fn bad_frames_are_errors() {
    for text in [
        "",
        "x",
        "-1\n[\"quiet\"]",
        "7\n",
        "7\n[]",
        "7\n[\"nonsense\"]",
        "7\n[\"do\",1]",
        "7\n[\"do\",-1,\"a\",1,1,null]",
        "7\n[\"do\",1,\"a\",1,1,null,5]",
        "7\n[\"do\",1,\"a\",1,1,{\"nonsense\":1}]",
        "7\n[\"+\",1,1]",
        "7\n[\"+\",1,1]\n#5",
        "7\n[\"+\",1,1]\n#-5",
        "7\n[\"return\",9]\n1",
        "7\n[\"-\",1,1,\"E\",\"m\",null,5]",
        "7\n[\"-\",1,1,\"E\",\"m\",null,[2,1]]",
    ] {
        assert!(read(Message::text(text)).is_err(), "{text:?}");
    }
    for bytes in [&[][..], &[1, 0], &[9, 0, 0, 0, 55], &[1, 0, 0, 0, 0xff]] {
        assert!(read(Message::binary(bytes.to_vec())).is_err(), "{bytes:?}");
    }
}

fn text(message: &Message) -> &str {
    message.to_text().expect("a text frame")
}

#[test]
fn messages_to_the_shim_are_written() {
    let call = CallId(4);
    let failure = Failure::new("E", "a\nb");
    for (message, expected) in [
        (ToRun::Recorded { call }, "[\"ok\",4]"),
        (ToRun::Done { call }, "[\"done\",4]"),
        (ToRun::Attempt { call, attempt: 2 }, "[\"try\",4,2]"),
        (ToRun::Hold, "[\"hold\"]"),
        (ToRun::AskIdle, "[\"idle?\"]"),
        (ToRun::Rejected { call, failure }, "[\"no\",4,\"E\",\"a\\nb\"]"),
    ] {
        assert_eq!(text(&outgoing::message(7, &message)), format!("7\n{expected}"));
    }
    let event = ToRun::Event {
        call,
        value: value(b"{}"),
        event_ms: 5,
        event_type: "t".into(),
    };
    assert_eq!(
        text(&outgoing::message(7, &event)),
        "7\n[\"event\",4,5,\"t\"]\n{}"
    );
}

#[test]
fn values_that_are_no_line_go_behind_the_header() {
    for bytes in [&b"{\n}"[..], &[1, 2, 0x0a], b""] {
        let mut frame = FrameWriter::new(7);
        outgoing::value(&mut frame, 3, &Value::from_bytes(Bytes::from_static(bytes)));
        let header = format!("7\n[\"v\",3]\n#{}", bytes.len());
        let mut expected = (header.len() as u32).to_le_bytes().to_vec();
        expected.extend_from_slice(header.as_bytes());
        expected.extend_from_slice(bytes);
        assert_eq!(frame.finish(), Message::binary(expected));
    }
}

#[test]
fn a_start_has_the_whole_record() {
    let ended = |kind, name: &str, end| EndedStep {
        step: StepKey::new(kind, name, 1),
        end,
    };
    let event_type: Arc<str> = "t".into();
    let start = RunStart {
        number: InstanceNumber(1),
        run: RunNumber(7),
        class_name: "C".into(),
        workflow_name: "w".into(),
        instance_id: "i".into(),
        created_ms: 5,
        params: value(b"{\"p\":1}"),
        step_limit: 9,
        ended: vec![
            ended(StepKind::Do, "a", StepEnd::Value),
            ended(StepKind::Sleep, "s", StepEnd::Done),
            ended(
                StepKind::WaitForEvent,
                "e",
                StepEnd::Event {
                    event_ms: 3,
                    event_type,
                },
            ),
            ended(StepKind::Do, "f", StepEnd::Failed(Failure::new("E", "m"))),
        ],
        begun: vec![BegunStep {
            step: StepKey::new(StepKind::Do, "b", 1),
            config: StepConfig::default_config(),
        }],
        alone: true,
        check: false,
    };
    let frames = outgoing::start(&start, 3).expect("a frame");
    let [frame] = &frames[..] else {
        panic!("not one frame")
    };
    let shown = StepConfig::default_config().context();
    let fields = serde_json::json!(["start", {
        "class": "C", "instanceId": "i", "workflowName": "w", "timestamp": 5, "steps": 9, "hold": true,
        "ended": [["do", "a", 1, 0], ["sleep", "s", 1, 1], ["wait", "e", 1, 2, 3, "t"], ["do", "f", 1, 3, "E", "m"]],
        "parts": 0, "begun": [["b", 1, {"timeoutMs": 600_000, "shown": shown, "limit": 5, "dynamic": false}]],
        "logs": 3,
    }]);
    let lines: Vec<&str> = text(frame).split('\n').collect();
    assert_eq!((lines[0], lines[2], lines.len()), ("7", "{\"p\":1}", 3));
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(lines[1]).expect("JSON"),
        fields
    );
}

#[test]
fn a_long_record_is_cut_into_parts() {
    let steps: Vec<EndedStep> = (0..10)
        .map(|count| EndedStep {
            step: StepKey::new(StepKind::Do, "a", count),
            end: StepEnd::Failed(Failure::new("E", "m".repeat(100))),
        })
        .collect();
    let parts = outgoing::parts(&steps, 300);
    assert_eq!(
        parts.iter().map(|part| part.len()).collect::<Vec<_>>(),
        [3, 3, 3, 1]
    );
    assert_eq!(parts.concat().len(), steps.len());
    assert_eq!(outgoing::parts(&steps, 1).len(), 10);
    assert!(outgoing::parts(&[], 1).is_empty());
}

/// Lines of the kinds that the shim sends, with anything in the fields' places.
fn nearly_a_frame() -> impl Strategy<Value = String> {
    let kinds = [
        "do", "+", "-", "sleep", "until", "wait", "return", "throw", "idle", "config", "more", "log",
    ];
    let field = prop_oneof![
        any::<i64>().prop_map(|number| number.to_string()),
        any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
        Just("null".to_owned()),
        Just("{\"retries\":{\"limit\":1,\"delay\":{\"$delay\":true}}}".to_owned()),
        Just("[1,5]".to_owned()),
        Just("]\n[".to_owned()),
        Just("]\n#3\n[".to_owned()),
    ];
    let line = (
        prop::sample::select(kinds.to_vec()),
        prop::collection::vec(field, 0..7),
    )
        .prop_map(|(kind, fields)| format!("[\"{kind}\",{}]", fields.join(",")));
    prop::collection::vec(line, 0..4).prop_map(|lines| format!("7\n{}", lines.join("\n")))
}

proptest! {
    #[test]
    fn no_text_frame_panics(text in prop_oneof![any::<String>(), nearly_a_frame()]) {
        let _ = read(Message::text(text));
    }

    #[test]
    fn no_binary_frame_panics(
        length in prop_oneof![any::<u32>(), 0..200_u32],
        header in prop_oneof![any::<Vec<u8>>(), nearly_a_frame().prop_map(String::into_bytes)],
        rest: Vec<u8>,
        exact: bool,
    ) {
        let length = if exact { header.len() as u32 } else { length };
        let mut bytes = length.to_le_bytes().to_vec();
        bytes.extend_from_slice(&header);
        bytes.extend_from_slice(&rest);
        let _ = read(Message::binary(bytes));
    }
}
