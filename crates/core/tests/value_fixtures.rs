//! The bytes that the JavaScript end writes for a corpus of values, and what this end makes of them. The runtime
//! crate's test `values` writes the fixture.

use bytes::Bytes;
use stepwell_core::value::Value;

const FIXTURE: &str = include_str!("fixtures/values.txt");

fn bytes(written: &str) -> Bytes {
    if let Some(text) = written.strip_prefix("text:") {
        return Bytes::copy_from_slice(text.as_bytes());
    }
    let hex = written.strip_prefix("hex:").expect("text: or hex:");
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal");
    (0..hex.len()).step_by(2).map(byte).collect()
}

#[test]
fn the_shims_values_are_read() {
    let mut seen = 0;
    for line in FIXTURE.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [name, written, size, json] = fields[..] else {
            panic!("{line}")
        };
        let value = Value::from_bytes(bytes(written));
        value.validate().unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(value.raw_bytes_len().to_string(), size, "{name}");
        let expected: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(value.to_json().unwrap(), expected, "{name}");
        seen += 1;
    }
    assert!(seen > 80, "{seen}");
}

/// Each way in which a recorded value could be cut off or go on.
#[test]
fn no_part_of_a_value_is_a_value() {
    for line in FIXTURE.lines().filter(|line| line.contains("\thex:")) {
        let whole = bytes(line.split('\t').nth(1).unwrap());
        for end in 0..whole.len() {
            assert!(
                Value::from_bytes(whole.slice(..end)).validate().is_err(),
                "{line}"
            );
        }
        let longer = [&whole[..], &[0]].concat();
        assert!(
            Value::from_bytes(Bytes::from(longer)).validate().is_err(),
            "{line}"
        );
    }
}
