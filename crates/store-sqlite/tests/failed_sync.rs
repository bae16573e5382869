//! An fsync that fails: the store refuses everything from then on, and nothing that was acknowledged is lost.
//!
//! Needs `strace`, which makes the n-th fsync of a thread fail without doing it.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

#[path = "common/ledger.rs"]
mod ledger;

use std::process::Command;

/// Each thread counts for itself: low numbers hit the opening, then the checkpointer, then commits.
const SWEEP: std::ops::RangeInclusive<u32> = 1..=40;
const ROUNDS: u64 = 60;

#[test]
#[ignore = "run by the other test as the process whose fsync fails"]
fn child() {
    ledger::child();
}

#[tokio::test]
async fn a_failed_fsync_poisons_the_store() {
    if !has_strace() {
        return;
    }
    let mut poisoned = 0;
    for nth in SWEEP {
        poisoned += u32::from(fail_sync(nth).await);
    }
    println!("{poisoned} of {} runs were poisoned", SWEEP.count());
    assert!(poisoned >= 20, "the faults hardly hit anything: {poisoned}");
}

/// Each acknowledged commit was synced on its own, and with fdatasync: the build's flag for SQLite has its effect.
#[test]
fn a_commit_is_one_fdatasync() {
    if !has_strace() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let trace = directory.path().join("trace");
    let wrapper = [
        "strace",
        "-f",
        "-o",
        trace.to_str().unwrap(),
        "-e",
        "trace=fdatasync,fsync",
    ];
    let data = directory.path().join("data");
    let output = ledger::command(&wrapper, "child", &data, ROUNDS)
        .output()
        .unwrap();
    assert_eq!(
        ledger::acknowledged(&String::from_utf8_lossy(&output.stdout)),
        ROUNDS
    );
    let trace = std::fs::read_to_string(trace).unwrap();
    let count = |call: &str| trace.lines().filter(|line| line.contains(call)).count() as u64;
    assert!(count(" fdatasync(") >= ROUNDS, "{trace}");
    // The directory and its parent, when the store is made.
    assert!(count(" fsync(") <= 2, "{trace}");
}

/// Whether tests that need strace run. Panics if they should and it is not there.
fn has_strace() -> bool {
    if std::env::var_os("STEPWELL_SKIP_STRACE").is_some_and(|value| value == "1") {
        println!("skipped: STEPWELL_SKIP_STRACE=1");
        return false;
    }
    let version = Command::new("strace").arg("--version").output();
    assert!(
        version.is_ok_and(|output| output.status.success()),
        "this test needs strace: install it, or set STEPWELL_SKIP_STRACE=1 to leave the test out"
    );
    true
}

/// Runs the workload with the `nth` fsync of each thread failing. Returns whether a commit reported it.
async fn fail_sync(nth: u32) -> bool {
    let directory = tempfile::tempdir().unwrap();
    let (data, trace) = (directory.path().join("data"), directory.path().join("trace"));
    let inject = format!("inject=fdatasync,fsync:error=EIO:when={nth}");
    let wrapper = [
        "strace",
        "-f",
        "-o",
        trace.to_str().unwrap(),
        "-e",
        "trace=fdatasync,fsync",
        "-e",
        &inject,
    ];
    let output = ledger::command(&wrapper, "child", &data, ROUNDS)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let acked = ledger::acknowledged(&text);
    let trace = std::fs::read_to_string(trace).unwrap();
    // The last one: SQLite leaves a failed sync of the directory to us, so an earlier one may have had no effect.
    let faults = trace
        .lines()
        .enumerate()
        .filter(|(_, line)| line.contains("(INJECTED)"));
    let injected = faults.last().map(|(at, _)| at);
    let error = text.lines().find_map(|line| line.strip_prefix("error "));
    match error {
        Some(error) => {
            assert!(injected.is_some(), "an error without a fault: {error}");
            assert!(!output.status.success());
            if acked > 0 {
                assert!(error.contains("this process must stop"), "{error}");
            }
        }
        // The fault came when everything was acknowledged, or never.
        None => assert_eq!(acked, ROUNDS, "fault {nth}: {text}"),
    }
    if let (Some(at), true) = (injected, error.is_some() && acked > 0) {
        never_again(&trace, at, nth);
    }
    ledger::check(&data, acked).await;
    error.is_some() && acked > 0
}

/// The thread whose fsync failed calls none any more.
fn never_again(trace: &str, injected: usize, nth: u32) {
    let thread = |line: &str| line.split_whitespace().next().map(str::to_owned);
    let failed = trace.lines().nth(injected).and_then(thread);
    let later = trace.lines().skip(injected + 1);
    let again = later
        .filter(|line| line.contains("sync(") && thread(line) == failed)
        .count();
    assert_eq!(again, 0, "fault {nth}: synced again after it failed:\n{trace}");
}
