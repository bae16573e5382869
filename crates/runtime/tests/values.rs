//! The shim's encoding of values, in a real workerd, held against workerd's own engine of Workflows.
//!
//! `STEPWELL_UPDATE=1` writes the generated fixtures anew: the table of values and the bytes that `crates/core` reads.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod values_support;

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;
use stepwell_core::value::Value;
use values_support::outcome::{self, Case, DIFFERENCES, Outcome, difference};
use values_support::{DATES, Workerd, fixtures, table};

/// The fixture that the tests of `crates/core` read.
fn bytes_fixture() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/tests/fixtures/values.txt")
}

/// Compares a generated text with the fixture, or writes it.
fn check_fixture(path: &Path, text: &str) {
    if std::env::var_os("STEPWELL_UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let recorded = std::fs::read_to_string(path).unwrap_or_default();
    for (line, (recorded, now)) in recorded.lines().zip(text.lines()).enumerate() {
        assert_eq!(recorded, now, "{}:{}", path.display(), line + 1);
    }
    assert_eq!(recorded, text, "{}", path.display());
}

#[test]
fn values_are_taken_as_workerds_own_engine_takes_them() {
    let engine: Vec<Vec<Case>> = std::thread::scope(|scope| {
        let start = |date| scope.spawn(move || outcome::all(&Workerd::engine(date)));
        let threads = DATES.map(start);
        threads.map(|thread| thread.join().unwrap()).into()
    });
    check_fixture(
        &fixtures().join("table.md"),
        &table::markdown(&engine[0], &engine[1]),
    );

    let mut surprises = Vec::new();
    let mut differing = Vec::new();
    for (date, engine) in DATES.iter().zip(&engine) {
        let ours = outcome::all(&Workerd::plain("worker.js", date));
        assert_eq!(ours.len(), engine.len());
        for (ours, theirs) in ours.iter().zip(engine) {
            assert_eq!(ours.name, theirs.name);
            assert!(!ours.shared, "{}: two decodings gave one object", ours.name);
            let executions = if matches!(theirs.outcome, Outcome::Refused(_)) {
                2
            } else {
                1
            };
            assert_eq!(theirs.executions, Some(executions), "{}", theirs.name);
            match difference(&ours.name, date) {
                Some(difference) if ours.outcome != theirs.outcome => differing.push(difference.name),
                Some(_) => surprises.push(format!("{date} {}: there is no difference any more", ours.name)),
                None if ours.outcome == theirs.outcome => {}
                None => surprises.push(format!(
                    "{date} {}:\n  workerd  {:?}\n  Stepwell {:?}",
                    ours.name, theirs.outcome, ours.outcome
                )),
            }
        }
    }
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
    for difference in DIFFERENCES {
        assert!(
            differing.contains(&difference.name),
            "{} is not in the corpus",
            difference.name
        );
    }
}

/// What the shim writes, Rust reads; the bytes are recorded so that the tests of `crates/core` need no workerd.
#[test]
fn rust_reads_what_the_shim_writes() {
    let mut forms = Vec::new();
    for date in DATES {
        let mut text = String::from(
            "# Name, bytes, what counts for limits, JSON view. Written by crates/runtime/tests/values.rs.\n",
        );
        for case in outcome::all(&Workerd::plain("worker.js", date)) {
            // Stacks have line numbers, and what is not in the old date's runtime is not in the fixture.
            let Outcome::Accepted(description) = &case.outcome else {
                continue;
            };
            let changes = description.contains("stack string") && !case.name.contains("fixed stack");
            if case.length != Some(case.bytes.len()) || changes || case.name == "Buffer" {
                continue;
            }
            let value = Value::from_bytes(case.bytes.clone().into());
            value
                .validate()
                .unwrap_or_else(|error| panic!("{}: {error}", case.name));
            assert_eq!(Some(value.raw_bytes_len()), case.size, "{}", case.name);
            let bytes = if value.is_text() {
                format!("text:{}", String::from_utf8(case.bytes).unwrap())
            } else {
                case.bytes
                    .iter()
                    .fold("hex:".to_owned(), |hex, byte| format!("{hex}{byte:02x}"))
            };
            let json = value.to_json().unwrap();
            writeln!(text, "{}\t{bytes}\t{}\t{json}", case.name, value.raw_bytes_len()).unwrap();
        }
        forms.push(text);
    }
    assert_eq!(
        forms[0], forms[1],
        "the encoding depends on the compatibility date"
    );
    check_fixture(&bytes_fixture(), &forms[0]);
}

#[test]
fn patched_intrinsics_change_nothing() {
    for date in DATES {
        let answer = Workerd::plain("patched.js", date).get("/");
        assert_eq!(answer["changed"], serde_json::json!([]), "{date}");
        assert!(answer["tried"].as_u64() > Some(100), "{date}: {answer}");
    }
}

#[test]
fn random_values_come_back() {
    let worker = Workerd::plain("random.js", DATES[1]);
    for seed in 1..=20 {
        let answer = worker.get(&format!("/?seed={seed}"));
        assert_eq!(answer["changed"], serde_json::json!([]), "seed {seed}");
        for case in answer["encoded"].as_array().unwrap() {
            let bytes: Vec<u8> = serde_json::from_value(case["bytes"].clone()).unwrap();
            let value = Value::from_bytes(bytes.into());
            value.validate().unwrap();
            value.to_json().unwrap();
            assert_eq!(case["size"], value.raw_bytes_len());
        }
    }
}

/// Prints the speeds, in CPU time of workerd, as wall-clock time says little on a busy machine:
/// `cargo test -p stepwell-runtime --test values -- --ignored --nocapture speed`.
#[test]
#[ignore = "a measurement"]
fn speed() {
    const ENOUGH: Duration = Duration::from_millis(500);
    for date in DATES {
        let worker = Workerd::plain("speed.js", date);
        println!("compatibility date {date}");
        for case in worker.get("/").as_array().unwrap() {
            let name = case.as_str().unwrap();
            for what in ["encode", "decode"] {
                let run = |count: u32| {
                    let start = worker.cpu_time();
                    worker.get(&format!("/?case={name}&what={what}&count={count}"));
                    worker.cpu_time().saturating_sub(start)
                };
                let mut count = 16;
                let mut taken = run(count);
                while taken < ENOUGH {
                    count *= 2;
                    taken = run(count);
                }
                println!(
                    "  {what} {name:<24} {:>10.3} µs",
                    taken.as_secs_f64() * 1e6 / f64::from(count)
                );
            }
        }
    }
}
