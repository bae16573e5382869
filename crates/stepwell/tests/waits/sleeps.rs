//! `sleep` and `sleepUntil`.

use super::each;

#[test]
fn a_sleep_takes_its_time() {
    each(|server, ledger| {
        let took = server.play("sleep", ledger).complete();
        assert!(took.as_u64() >= Some(300), "{took} ms");
    });
}

#[test]
fn sleep_until_takes_dates_and_milliseconds() {
    each(|server, ledger| {
        let took = server.play("sleepUntil", ledger).complete();
        assert!(
            took[0].as_u64() >= Some(500) && took[1].as_u64() >= Some(500),
            "{took} ms"
        );
    });
}

#[test]
fn sleep_until_the_past_throws() {
    each(|server, ledger| {
        assert_eq!(
            server.play("sleepUntilThePast", ledger).complete(),
            "Error: You can't sleep until a time in the past, time-traveler"
        );
    });
}

#[test]
fn a_replay_after_the_moment_of_sleep_until_goes_on() {
    each(|server, ledger| {
        let id = server.create("sleepThroughARestart", ledger);
        ledger.gate("slept").reached(1);
        server.kill_9();
        server.restart();
        ledger.gate("slept").open();
        let late = server.finish(&id).complete();
        assert!(late.as_i64() >= Some(0), "{late} ms after the moment");
        assert_eq!(ledger.count("first"), 1);
    });
}

#[test]
fn a_deadline_that_passed_while_nothing_ran_is_due_at_once() {
    each(|server, ledger| {
        let id = server.create("sleepThroughARestart", ledger);
        ledger.gate("slept").open();
        server.wait_until(&id, "waiting");
        server.kill_9();
        // The moment passes while no server runs: there is nothing to ask.
        std::thread::sleep(std::time::Duration::from_secs(3));
        server.restart();
        server.finish(&id).complete();
        assert_eq!(ledger.count("first"), 1);
    });
}

#[test]
fn a_long_sleep_leaves_memory_and_is_replayed() {
    each(|server, ledger| {
        let id = server.create("longSleep", ledger);
        server.wait_until(&id, "waiting");
        assert_eq!(server.finish(&id).complete(), "woken");
        assert_eq!(
            ledger.count("run"),
            2,
            "run() is called when it starts and when it wakes"
        );
        assert_eq!(ledger.count("first"), 1);
    });
}
