//! Kills at random times.

use crate::{check, load};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use stepwell_e2e::{Ledger, project};

const MAKERS: usize = 4;

#[test]
fn nothing_acknowledged_is_lost_and_no_recorded_step_runs_again() {
    let seconds = number("STEPWELL_CRASH_SECONDS").unwrap_or(60);
    let seed = number("STEPWELL_CRASH_SEED").unwrap_or_else(|| {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(1, |since| since.as_millis() as u64)
    });
    println!("STEPWELL_CRASH_SEED={seed} STEPWELL_CRASH_SECONDS={seconds}");
    let mut random = Random(seed);
    let ledger = Ledger::start();
    let mut server = project!("crash").arguments(&["--no-watch"]).start();
    let client = server.client();
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));

    let (promised, crashes, killed) = std::thread::scope(|scope| {
        let maker = || load::make(&client, &ledger, &next, &stop);
        let makers: Vec<_> = (0..MAKERS).map(|_| scope.spawn(maker)).collect();
        let until = Instant::now() + Duration::from_secs(seconds);
        let (mut crashes, mut killed) = (0, 0);
        // On a machine that is busy with something else it goes on until enough has happened.
        let enough = || next.load(Ordering::Relaxed) as u64 >= seconds + MAKERS as u64;
        while Instant::now() < until || (!enough() && Instant::now() < until + load::LIMIT) {
            // The only guessed time of these tests, and it is guessed on purpose.
            std::thread::sleep(Duration::from_millis(random.below(2000)));
            crashes += 1;
            match random.below(5) {
                0 => killed += usize::from(server.kill_workerd('r') > 0),
                1 => drop(server.kill_workerd('h')),
                _ => {
                    server.kill_9();
                    server.restart();
                }
            }
        }
        stop.store(true, Ordering::Relaxed);
        let mut promised = load::Promised::new();
        for maker in makers {
            promised.append(&mut maker.join().expect("every request is acknowledged in the end"));
        }
        (promised, crashes, killed)
    });

    load::finish(&client, &promised, killed);
    check::ledger(&ledger, crashes);
    println!(
        "{} instances, {crashes} crashes, {} reports",
        promised.len(),
        ledger.records().len()
    );
    assert!(
        promised.len() as u64 >= seconds,
        "too little was going on: {} instances",
        promised.len()
    );
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// `SplitMix64`: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % limit
    }
}
