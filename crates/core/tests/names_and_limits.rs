//! Names and the table of limits.

use proptest::prelude::*;
use stepwell_core::failure::Failure;
use stepwell_core::{limits, names};

#[test]
fn instance_ids() {
    for good in ["a", "_", "0-", "order_17-B", &"x".repeat(100)] {
        assert_eq!(names::check_instance_id(good), Ok(()), "{good}");
    }
    for bad in ["", "-a", "a b", "a.b", "é", "a\n", "a/b", &"x".repeat(101)] {
        let failure = Failure::from(names::check_instance_id(bad).unwrap_err());
        assert_eq!(
            failure.to_string(),
            "WorkflowError: Workflow instance has invalid id",
            "{bad}"
        );
    }
}

#[test]
fn reserved_ids() {
    let made = format!("cf_{}", "0a".repeat(32));
    for bad in ["batch", "terminate", "terminateAll", "a b", made.as_str()] {
        let failure = Failure::from(names::check_batch_instance_id(bad).unwrap_err());
        assert_eq!(
            failure.to_string(),
            "WorkflowError: (instance.invalid_id) Instance ID is invalid"
        );
    }
    for good in [
        "batches",
        "cf_",
        "cf_0a",
        &format!("cf_{}", "0A".repeat(32)),
        &format!("{made}0"),
    ] {
        assert_eq!(names::check_batch_instance_id(good), Ok(()), "{good}");
    }
}

#[test]
fn scheduled_instances_can_be_addressed() {
    let longest = "*".repeat(271);
    for good in [
        "*/5 * * * *-1786599900000",
        "0 9 * * MON#1-1786599900000",
        "a",
        longest.as_str(),
    ] {
        assert_eq!(names::check_addressable_id(good), Ok(()), "{good}");
    }
    for bad in ["", "a.b", "a?b", "a%20b", &"*".repeat(272)] {
        assert!(names::check_addressable_id(bad).is_err(), "{bad}");
    }
}

#[test]
fn workflow_names_and_event_types() {
    assert_eq!(names::check_workflow_name(&"w".repeat(64)), Ok(()));
    let long = "w".repeat(65);
    for bad in ["", "-w", "a b", long.as_str()] {
        assert!(names::check_workflow_name(bad).is_err(), "{bad}");
    }
    assert_eq!(names::check_event_type("order_paid-2"), Ok(()));
    let long = "e".repeat(101);
    for bad in ["", "order.paid", "-x", long.as_str()] {
        assert_eq!(
            names::check_event_type(bad).unwrap_err().to_string(),
            "workflow.invalid_event_type"
        );
    }
}

#[test]
fn step_names() {
    for good in [
        "",
        "charge the card",
        "é\u{7f}\u{85}",
        &"😀".repeat(128),
        &"é".repeat(256),
    ] {
        assert_eq!(names::check_step_name(good), Ok(()), "{good}");
    }
    for bad in ["a\nb", "\0", "\u{1f}", &"a".repeat(257), &"😀".repeat(129)] {
        let failure = Failure::from(names::check_step_name(bad).unwrap_err());
        assert_eq!(failure.name, "WorkflowFatalError");
        let text = format!("Step name \"{bad}\" exceeds max length (256 chars) or invalid characters found");
        assert_eq!(failure.message, text);
    }
}

proptest! {
    #[test]
    fn an_instance_id_is_addressable(id in "[a-zA-Z0-9_][a-zA-Z0-9_-]{0,99}") {
        prop_assert_eq!(names::check_instance_id(&id), Ok(()));
        prop_assert_eq!(names::check_addressable_id(&id), Ok(()));
    }
}

/// The table of spec 11.1, written out once more.
#[test]
fn the_limits_are_the_documented_ones() {
    const DAY_MS: u64 = 86_400_000;
    let documented = [
        ("STEP_RESULT_BYTES", 1_048_576),
        ("EVENT_PAYLOAD_BYTES", 1_048_576),
        ("STREAM_CHUNK_BYTES", 16_777_216),
        ("STREAM_STORED_CHUNK_BYTES", 262_144),
        ("INSTANCE_STATE_BYTES", 1_073_741_824),
        ("SLEEP_MS", 365 * DAY_MS),
        ("EVENT_TIMEOUT_MAX_MS", 365 * DAY_MS),
        ("EVENT_TIMEOUT_MIN_MS", 1000),
        ("EVENT_TIMEOUT_DEFAULT_MS", DAY_MS),
        ("DELAY_FUNCTION_MS", 5000),
        ("STEPS_DEFAULT", 10_000),
        ("STEPS_MAX", 25_000),
        ("STEP_RETRIES", 10_000),
        ("CRASHES_MAX", 3),
        ("BATCH_INSTANCES", 100),
        ("BATCH_BYTES", 1_048_576),
        ("RUNNING_INSTANCES", 50_000),
        ("QUEUED_INSTANCES", 2_000_000),
        ("CREATIONS_PER_SECOND", 300),
        ("CREATIONS_PER_SECOND_PER_WORKFLOW", 100),
        ("RETENTION_DEFAULT_MS", 7 * DAY_MS),
        ("RETENTION_MAX_MS", 30 * DAY_MS),
        ("WORKFLOW_NAME_CHARS", 64),
        ("INSTANCE_ID_CHARS", 100),
        ("ADDRESSABLE_ID_CHARS", 271),
        ("EVENT_TYPE_CHARS", 100),
        ("STEP_NAME_CHARS", 256),
        ("CRON_SCHEDULES", 100),
        ("CRON_CHARS", 256),
        ("STEP_CPU_DEFAULT_MS", 30_000),
        ("STEP_CPU_MAX_MS", 300_000),
        ("SUBREQUESTS_DEFAULT", 10_000),
        ("SUBREQUESTS_MAX", 10_000_000),
        ("LOG_LINE_CHARS", 131_072),
        ("LOG_RUN_CHARS", 16_777_216),
        ("CONSOLE_LINE_BYTES", 16_384),
        ("CONSOLE_BYTES_AT_ONCE", 1_048_576),
        ("CONSOLE_BYTES_PER_SECOND", 16_384),
        ("WORKER_BYTES", 67_108_864),
        ("UPLOAD_BYTES", 134_217_728),
        ("UPLOAD_PARTS", 10_000),
        ("PREVIEW_CHARS", 1024),
    ];
    let table: Vec<(&str, u64)> = limits::TABLE
        .iter()
        .map(|limit| (limit.name, limit.value))
        .collect();
    assert_eq!(table, documented);
    for limit in limits::TABLE {
        assert!(
            limit.about.ends_with('.') && !limit.about.starts_with(' '),
            "{limit:?}"
        );
        assert!(!limit.unit.is_empty() && !limit.source.is_empty(), "{limit:?}");
    }
}
