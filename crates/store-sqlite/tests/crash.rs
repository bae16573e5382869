//! SIGKILL at random times: what was acknowledged is there, and nothing half.

#[path = "common/ledger.rs"]
mod ledger;

use std::io::Read;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const KILLS: u32 = 20;

#[test]
#[ignore = "run by the other test as the process that is killed"]
fn child() {
    ledger::child();
}

#[tokio::test]
async fn acknowledged_batches_survive_sigkill() {
    let directory = tempfile::tempdir().unwrap();
    let seed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
    println!("seed {seed}");
    let mut state = seed | 1;
    let mut applied = 0;
    for kill in 0..KILLS {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let mut command = ledger::command(&[], "child", directory.path(), 1_000_000);
        let mut process = command.spawn().unwrap();
        // From before the store is open to some hundred rounds later.
        std::thread::sleep(Duration::from_micros((state >> 33) % 400_000));
        process.kill().unwrap();
        let mut output = String::new();
        process
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut output)
            .unwrap();
        let ended = process.wait().unwrap();
        assert!(!ended.success(), "it ended by itself: {output}");
        let acked = ledger::acknowledged(&output).max(applied);
        applied = ledger::check(directory.path(), acked).await;
        println!("kill {kill}: {acked} rounds acknowledged, {applied} applied");
    }
    assert!(
        applied > u64::from(KILLS),
        "the child hardly wrote anything: {applied}"
    );
}
