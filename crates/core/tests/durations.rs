//! The parser of durations.

use proptest::prelude::*;
use serde_json::json;
use stepwell_core::duration::{Error, MAX_MS, format, parse, parse_str};

#[test]
fn documented_forms_are_accepted() {
    let day = 86_400_000;
    let cases = [
        ("1 second", 1000),
        ("30 seconds", 30_000),
        ("2 minutes", 120_000),
        ("1 hour", 3_600_000),
        ("24 hours", day),
        ("1 day", day),
        ("3 weeks", 21 * day),
        ("1 month", 30 * day),
        ("1 year", 365 * day),
        ("1.5 hours", 5_400_000),
        ("1.1 seconds", 1100),
        ("0 seconds", 0),
        ("10minutes", 600_000),
        ("  2  days ", 2 * day),
        ("250 milliseconds", 250),
    ];
    for (text, ms) in cases {
        assert_eq!(parse(&json!(text)), Ok(ms), "{text}");
    }
}

#[test]
fn other_strings_are_refused() {
    for text in [
        "",
        " ",
        "1000",
        "second",
        "-1 second",
        "+1 second",
        "1e3 seconds",
        ".5 days",
        "1. days",
        "1.2.3 days",
        "1 Day",
        "1 secondss",
        "3 fortnights",
        "10 minutes 5 seconds",
        "1 s",
        "NaN seconds",
        "Infinity days",
        "１ day",
        "1 day\0",
    ] {
        assert!(parse_str(text).is_err(), "{text:?}");
    }
    let unit = Error::Unit {
        text: "3 fortnights".into(),
        unit: "fortnights".into(),
    };
    assert_eq!(parse_str("3 fortnights"), Err(unit));
}

#[test]
fn numbers_are_milliseconds() {
    assert_eq!(parse(&json!(0)), Ok(0));
    assert_eq!(parse(&json!(1500)), Ok(1500));
    assert_eq!(parse(&json!(0.2)), Ok(1));
    assert_eq!(parse(&json!(1e15)), Ok(1_000_000_000_000_000));
    assert_eq!(parse(&json!(1e300)), Ok(MAX_MS));
    assert_eq!(parse(&json!(u64::MAX)), Ok(MAX_MS));
    for refused in [
        json!(-1),
        json!(-0.5),
        json!({ "$number": "NaN" }),
        json!({ "$number": "Infinity" }),
    ] {
        assert!(matches!(parse(&refused), Err(Error::Number(_))), "{refused}");
    }
    for refused in [
        json!(null),
        json!(true),
        json!([]),
        json!({}),
        json!({ "$type": "bigint" }),
    ] {
        assert!(matches!(parse(&refused), Err(Error::Type(_))), "{refused}");
    }
}

#[test]
fn people_read_two_units() {
    let cases = [
        (0, "0 ms"),
        (350, "350 ms"),
        (1000, "1 s"),
        (1500, "1.5 s"),
        (1049, "1 s"),
        (12_900, "12 s"),
        (125_000, "2 m 5 s"),
        (600_000, "10 m"),
        (3_660_000, "1 h 1 m"),
        (90_000_000, "1 d 1 h"),
        (31_536_000_000, "365 d"),
    ];
    for (ms, text) in cases {
        assert_eq!(format(ms), text);
    }
}

proptest! {
    #[test]
    fn any_text_is_answered(text in ".*") {
        let _ = parse_str(&text);
    }

    #[test]
    fn whole_amounts_are_exact(count in 0_u64..100_000, unit in 0_usize..4) {
        let (name, ms) = [("second", 1000), ("minute", 60_000), ("hour", 3_600_000), ("day", 86_400_000)][unit];
        prop_assert_eq!(parse_str(&format!("{count} {name}s")), Ok(count * ms));
    }
}
