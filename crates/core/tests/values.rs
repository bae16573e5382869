//! Recorded values: the JSON view, previews, and that no bytes can do harm.

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::json;
use stepwell_core::value::{Error, MAX_DEPTH, Value};

fn binary(node: &[u8]) -> Value {
    Value::from_bytes(Bytes::from([&[1], node].concat()))
}

#[test]
fn text_is_json() {
    let value = Value::json_text(" { \"b\" : [1, \"a \\\" \\\\\" , 1.50],\n\t\"a\": \"\" } ").unwrap();
    assert_eq!(&value.bytes()[..], br#"{"b":[1,"a \" \\",1.50],"a":""}"#);
    assert!(value.is_text() && value.validate().is_ok());
    assert_eq!(
        value.to_json().unwrap(),
        json!({ "b": [1, "a \" \\", 1.5], "a": "" })
    );
    assert_eq!(Value::from_json(&json!([null])).bytes(), "[null]");
    for bad in ["", "{", "[1] 2", "NaN", "\"\\ud800\"", &"[".repeat(200)] {
        assert!(Value::json_text(bad).is_err(), "{bad}");
    }
}

#[test]
fn undefined_shows_as_null_and_vanishes_from_objects() {
    assert!(Value::undefined().validate().is_ok());
    assert_eq!(Value::undefined().to_json().unwrap(), json!(null));
    assert_eq!(Value::undefined().preview(10), "undefined");
    let object = binary(b"\x10\x02\x06\x01a\x00\x06\x01b\x11\x01\x00");
    assert_eq!(object.to_json().unwrap(), json!({ "b": [null] }));
}

#[test]
fn each_node_has_a_json_view() {
    let cases: [(&[u8], serde_json::Value); 24] = [
        (b"\x04\x03", json!(-2)),
        (b"\x05\0\0\0\0\0\0\xf8\x3f", json!(1.5)),
        (b"\x05\0\0\0\0\0\0\xf8\x7f", json!(null)),
        (b"\x05\0\0\0\0\0\0\0\x80", json!(0)),
        (b"\x06\x02\xc3\xa9", json!("é")),
        (b"\x07\x02\x00\xd8a\0", json!("\u{fffd}a")),
        (
            b"\x08\x01\x09\0\0\0\0\0\0\0\0\x01",
            json!("[BigInt(-18446744073709551616)]"),
        ),
        (b"\x08\x00\x00", json!("[BigInt(0)]")),
        (
            b"\x12\x03\x02\x06\x011\x03\x06\x04name\x03",
            json!([null, true, null]),
        ),
        (b"\x12\xff\xff\xff\xff\x0f\x01\x06\x011\x03", json!({ "1": true })),
        (b"\x13\x01\x06\x01k\x02", json!({ "k": false })),
        (b"\x13\x01\x01\x02", json!([[null, false]])),
        (b"\x14\x02\x03\x02", json!([true, false])),
        (b"\x15\0\0\0\0\0\0\xf8\x7f", json!(null)),
        (b"\x15\0\0\0\0\0\0\0\0", json!("1970-01-01T00:00:00.000Z")),
        (b"\x16\x06\x01a\x06\x02gi", json!("/a/gi")),
        (
            b"\x17\x05\x06\x03bad\x06\x05stack\x01\x01",
            json!({ "name": "TypeError", "message": "bad", "cause": null }),
        ),
        (b"\x18\x03", json!(true)),
        (b"\x19\x00\x02ab", json!("[ArrayBuffer(2 bytes)]")),
        (b"\x1a\x01\x03abc", json!("[Uint8Array(3 bytes)]")),
        (b"\x1b\x01\x06\x01a\x06\x01b", json!({ "a": "b" })),
        (b"\x1d\x06\x00\x01a", json!("[Blob(1 bytes)]")),
        (
            b"\x1e\x06\x0aAbortError\x06\x01m\x00",
            json!({ "name": "AbortError", "message": "m" }),
        ),
        (b"\x1f\x01a", json!("[ReadableStream (binary): 1 bytes]")),
    ];
    for (node, expected) in cases {
        let value = binary(node);
        value.validate().unwrap();
        assert_eq!(value.to_json().unwrap(), expected, "{node:x?}");
    }
}

#[test]
fn dates_are_iso_strings() {
    let cases: [(f64, &str); 6] = [
        (1_709_210_096_789.0, "2024-02-29T12:34:56.789Z"),
        (-1.0, "1969-12-31T23:59:59.999Z"),
        (253_402_300_800_000.0, "+010000-01-01T00:00:00.000Z"),
        (-62_198_755_200_000.0, "-000001-01-01T00:00:00.000Z"),
        (8.64e15, "+275760-09-13T00:00:00.000Z"),
        (-8.64e15, "-271821-04-20T00:00:00.000Z"),
    ];
    for (ms, text) in cases {
        let value = binary(&[&[0x15][..], &ms.to_le_bytes()].concat());
        assert_eq!(value.to_json().unwrap(), json!(text));
    }
}

#[test]
fn cycles_and_shared_objects() {
    let cycle = binary(b"\x10\x01\x06\x04self\x09\x00");
    assert_eq!(cycle.to_json().unwrap(), json!({ "self": "[Circular]" }));
    let shared = binary(b"\x11\x02\x10\x01\x06\x01a\x03\x09\x01");
    assert_eq!(shared.to_json().unwrap(), json!([{ "a": true }, { "a": true }]));
    assert!(matches!(
        binary(b"\x11\x01\x09\x01").validate(),
        Err(Error::Invalid { .. })
    ));
}

#[test]
fn sharing_cannot_make_the_view_large() {
    // Each array holds the one before it twice.
    let mut node = vec![0x11, 1, 0x01];
    for number in 0..60_u8 {
        node = [&[0x11, 2][..], &node, &[0x09, 60 - number]].concat();
    }
    let value = binary(&node);
    value.validate().unwrap();
    assert!(value.to_json().unwrap().to_string().len() < 10_000_000);
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| binary(&[b"\x11\x01".repeat(depth).as_slice(), b"\x01"].concat());
    nested(MAX_DEPTH).validate().unwrap();
    assert!(matches!(nested(MAX_DEPTH + 1).validate(), Err(Error::TooDeep)));
    assert!(matches!(nested(10_000_000).validate(), Err(Error::TooDeep)));
    let text = nested(MAX_DEPTH).to_json().unwrap().to_string();
    assert!(text.contains("[Nested deeper]"));
    serde_json::from_str::<serde_json::Value>(&text).unwrap();
    // What comes after the deep part is still there.
    let after = binary(&[b"\x11\x02", b"\x11\x01".repeat(500).as_slice(), b"\x01\x03"].concat());
    assert_eq!(after.to_json().unwrap()[1], json!(true));
}

#[test]
fn claimed_lengths_are_not_believed() {
    let huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f];
    for tag in [0x06, 0x07, 0x09, 0x10, 0x11, 0x12, 0x13, 0x14, 0x1b, 0x1f] {
        assert!(
            binary(&[&[tag][..], &huge].concat()).validate().is_err(),
            "{tag:x}"
        );
    }
    assert!(binary(&[&[0x1a, 1][..], &huge].concat()).validate().is_err());
    assert!(binary(b"\x1a\x03\x01a").validate().is_err(), "half an element");
    assert!(
        binary(b"\x11\x80\x00").validate().is_err(),
        "a number longer than it need be"
    );
    assert!(binary(b"\x01\x01").validate().is_err(), "bytes after the end");
    assert!(matches!(
        Value::from_bytes(Bytes::new()).validate(),
        Err(Error::Empty)
    ));
    assert!(matches!(
        Value::from_bytes(Bytes::from_static(b"\x02\0")).validate(),
        Err(Error::Version(2))
    ));
}

#[test]
fn what_counts_for_the_limit() {
    assert_eq!(Value::from_json(&json!("abc")).raw_bytes_len(), 3);
    assert_eq!(Value::from_json(&json!([1])).raw_bytes_len(), 3);
    assert_eq!(Value::undefined().raw_bytes_len(), 1);
    assert_eq!(binary(b"\x1a\x01\x03abc").raw_bytes_len(), 3);
    assert_eq!(binary(b"\x19\x00\x03abc").raw_bytes_len(), 3);
    assert_eq!(binary(b"\x1d\x06\x00\x03abc").raw_bytes_len(), 3);
    assert_eq!(binary(b"\x1f\x03abc").raw_bytes_len(), 3);
    assert_eq!(binary(b"\x07\x01\x00\xd8").raw_bytes_len(), 2);
    assert_eq!(binary(b"\x11\x01\x01").raw_bytes_len(), 3);
    assert_eq!(Value::from_bytes(Bytes::new()).raw_bytes_len(), 0);
}

#[test]
fn previews_are_cut() {
    let value = Value::from_json(&json!("é".repeat(2000)));
    assert_eq!(
        value.preview(1024),
        format!("\"{}[truncated output]", "é".repeat(1023))
    );
    assert_eq!(Value::from_json(&json!([1, 2])).preview(5), "[1,2]");
    assert_eq!(
        Value::from_json(&json!([1, 2])).preview(4),
        "[1,2[truncated output]"
    );
    assert_eq!(
        binary(b"\x1a\x01\x03abc").preview(1024),
        "\"[Uint8Array(3 bytes)]\""
    );
    assert_eq!(binary(b"\xff").preview(1024), "[damaged value]");
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        all_answers(&Value::from_bytes(Bytes::from(bytes)));
    }

    /// Bytes that get further: small numbers are tags and lengths.
    #[test]
    fn any_nodes_are_answered(bytes in prop::collection::vec(0_u8..0x21, 0..100)) {
        all_answers(&binary(&bytes));
    }

    #[test]
    fn any_damage_is_answered(at in 0_usize..60, to in any::<u8>(), end in 0_usize..60) {
        let mut bytes = b"\x01\x10\x03\x06\x01a\x13\x01\x06\x01k\x14\x01\x15\0\0\0\0\0\0\0\0\x06\x01b\x1a\x01\x03abc\
                          \x06\x01c\x11\x03\x09\x00\x18\x03\x17\x05\x06\x01m\x00\x01\x04\x03".to_vec();
        let at = at % bytes.len();
        bytes[at] = to;
        all_answers(&Value::from_bytes(Bytes::from(bytes.clone())));
        bytes.truncate(end);
        all_answers(&Value::from_bytes(Bytes::from(bytes)));
    }

    #[test]
    fn json_keeps_its_meaning(text in "\\PC*", number in any::<i32>()) {
        let json = json!({ "text": text, "list": [number, null, { "\"": true }] });
        let value = Value::json_text(&serde_json::to_string_pretty(&json).unwrap()).unwrap();
        prop_assert!(!value.bytes().contains(&b'\n'));
        prop_assert_eq!(value.to_json().unwrap(), json);
    }
}

/// A value that is well-formed has a JSON view, and none of the questions panics.
fn all_answers(value: &Value) {
    let _ = value.raw_bytes_len();
    let _ = value.preview(20);
    let json = value.to_json();
    if value.validate().is_ok() && !value.is_text() {
        json.expect("a JSON view");
    }
}
