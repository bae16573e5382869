//! `docs/limits.md`.

use std::fmt::Write as _;
use stepwell_core::limits::{Limit, TABLE};

#[test]
fn limits() {
    super::page("docs/limits.md", &text());
}

/// The limits that hold today, and what happens beyond each. Whoever enforces another one adds it here, with its test.
const ENFORCED: &[(&str, &str)] = &[
    ("STEP_RESULT_BYTES", "the attempt fails and is retried"),
    ("EVENT_PAYLOAD_BYTES", "`create` and `sendEvent` throw"),
    ("SLEEP_MS", "the step throws"),
    ("EVENT_TIMEOUT_MAX_MS", "the step throws"),
    (
        "EVENT_TIMEOUT_DEFAULT_MS",
        "the wait throws `WorkflowTimeoutError`",
    ),
    (
        "DELAY_FUNCTION_MS",
        "the step fails with `NonRetryableDelayError`",
    ),
    ("STEPS_DEFAULT", "the next `step.do` throws"),
    (
        "CRASHES_MAX",
        "the instance ends errored with `WorkflowCrashError`",
    ),
    ("BATCH_INSTANCES", "`createBatch` throws"),
    (
        "CREATIONS_PER_SECOND",
        "429, `create` throws; only with `--creation-rate`",
    ),
    (
        "CREATIONS_PER_SECOND_PER_WORKFLOW",
        "429, `create` throws; only with `--workflow-creation-rate`",
    ),
    ("WORKFLOW_NAME_CHARS", "the configuration is refused"),
    ("INSTANCE_ID_CHARS", "`create` throws"),
    ("EVENT_TYPE_CHARS", "`sendEvent` throws"),
    ("STEP_NAME_CHARS", "the step throws"),
    ("LOG_LINE_CHARS", "the line is cut and says so"),
    ("LOG_RUN_CHARS", "a note, and no further lines of that run"),
    ("CONSOLE_LINE_BYTES", "the line is cut and says so"),
    ("CONSOLE_BYTES_AT_ONCE", "see `CONSOLE_BYTES_PER_SECOND`"),
    (
        "CONSOLE_BYTES_PER_SECOND",
        "lines are dropped; the log says how many, `stepwell_console_lines_dropped_total` counts them",
    ),
    ("CRON_CHARS", "the Workflow, or the schedule, is refused"),
    ("WORKER_BYTES", "the upload is refused (413)"),
    ("UPLOAD_BYTES", "the upload is refused (413)"),
    ("UPLOAD_PARTS", "the upload is refused"),
    ("STEP_CPU_DEFAULT_MS", "the process is killed, the attempt fails"),
];

const HEAD: &str = "# Limits

<!-- Generated from crates/core/src/limits.rs by `cargo xtask generate`. -->

Limits of Cloudflare Workflows that Stepwell knows. A limit that holds today says what happens beyond it; the others are
written down and not enforced yet. Limits of the process (`--max-running`, `--heap-mb` and the like) are options:
[cli.md](cli.md).

| limit | value | what it limits | beyond it | where the value comes from |
| --- | --- | --- | --- | --- |
";

fn text() -> String {
    let mut text = HEAD.to_owned();
    for limit in TABLE {
        let Limit {
            name, about, source, ..
        } = limit;
        let beyond = ENFORCED
            .iter()
            .find(|(enforced, _)| enforced == name)
            .map_or("not enforced yet", |(_, beyond)| beyond);
        let value = value(limit);
        // The constants' sources are for those who keep them.
        let source = match *source {
            source if source.starts_with("spec ") => "the engine of `wrangler dev`",
            source if source.starts_with("Stepwell") => "Stepwell",
            source => source,
        };
        let _ = writeln!(text, "| `{name}` | {value} | {about} | {beyond} | {source} |");
    }
    text
}

#[test]
fn only_limits_that_exist_are_enforced() {
    for (name, _) in ENFORCED {
        assert!(TABLE.iter().any(|limit| limit.name == *name), "{name}");
    }
}

/// In units that people count in.
fn value(limit: &Limit) -> String {
    const MIB: u64 = 1024 * 1024;
    let (value, unit) = (limit.value, limit.unit);
    match unit {
        "bytes" if value >= 1024 * MIB && value.is_multiple_of(1024 * MIB) => {
            format!("{} GiB", value / (1024 * MIB))
        }
        "bytes" if value >= MIB && value.is_multiple_of(MIB) => format!("{} MiB", value / MIB),
        "bytes" if value.is_multiple_of(1024) => format!("{} KiB", value / 1024),
        "milliseconds" => milliseconds(value),
        _ => format!("{} {unit}", thousands(value)),
    }
}

fn milliseconds(value: u64) -> String {
    let units = [
        (86_400_000, "day"),
        (3_600_000, "hour"),
        (60_000, "minute"),
        (1000, "second"),
    ];
    let (size, unit) = units
        .into_iter()
        .find(|(size, _)| value >= *size && value.is_multiple_of(*size))
        .unwrap_or((1, "millisecond"));
    let count = value / size;
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {unit}{plural}", thousands(count))
}

fn thousands(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[test]
fn values_are_for_people() {
    assert_eq!(thousands(1_234_567), "1,234,567");
    assert_eq!(milliseconds(1000), "1 second");
    assert_eq!(milliseconds(300_000), "5 minutes");
}
