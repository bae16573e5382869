//! Sleeps and events.

use std::time::Duration;
use stepwell_engine::{Operations, Status};
use stepwell_store::Phase;
use stepwell_testkit::{Program, World};

#[tokio::test(start_paused = true)]
async fn a_short_sleep_stays_in_memory() {
    let world = World::with(Program::sleep("s", 1500)).await;
    world.create("one").await;
    world.until_phase("one", Phase::Complete).await;
    assert_eq!(world.runtime.starts().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_long_sleep_leaves_memory_and_ends_in_time() {
    // Below, at and far beyond the window in which timers are held in memory.
    for seconds in [10, 59, 60, 61, 119, 3600, 86_400] {
        let world = World::with(Program::sleep("s", seconds * 1000)).await;
        let started = tokio::time::Instant::now();
        world.create("one").await;
        world.until_phase("one", Phase::Waiting).await;
        assert_eq!((world.runtime.running(), world.engine().resident_count()), (0, 0));
        assert_eq!(world.status("one").await, Status::Waiting);
        assert_eq!(
            world.engine().resident_count(),
            0,
            "asking brought it into memory for good"
        );
        let woken = world.runtime.starts().len();
        world
            .until("it is woken", async || world.runtime.starts().len() > woken)
            .await;
        let late = started.elapsed().as_millis() as u64 - seconds * 1000;
        assert!(late < 1000 + seconds * 100, "{late} ms late after {seconds} s");
        world.until_phase("one", Phase::Complete).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_timer_fires_within_a_second_of_its_time() {
    let world = World::with(Program::sleep("s", 600_000)).await;
    world.create("one").await;
    tokio::time::sleep(Duration::from_millis(599_900)).await;
    assert_eq!(world.phase_of("flow", "one").await, Some(Phase::Waiting));
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(world.phase_of("flow", "one").await, Some(Phase::Complete));
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_forward_wakes_at_once() {
    let world = World::with(Program::sleep("s", 86_400_000)).await;
    world.create("one").await;
    world.until_phase("one", Phase::Waiting).await;
    world.clock.jump(86_400_000);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(world.phase_of("flow", "one").await, Some(Phase::Complete));
}

#[tokio::test(start_paused = true)]
async fn an_event_reaches_a_wait_in_memory_and_one_that_is_dormant() {
    for dormant in [false, true] {
        let world = World::with(Program::wait("w", "go", 86_400_000)).await;
        world.create("one").await;
        if dormant {
            world.until_phase("one", Phase::Waiting).await;
        } else {
            world.until_status("one", Status::Waiting).await;
        }
        world.event("one", "other", "no").await.expect("accepted");
        world.event("one", "go", "yes").await.expect("accepted");
        world.until_phase("one", Phase::Complete).await;
        assert_eq!(world.outcome("one").await, Ok("\"yes\"".into()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_times_out() {
    let world = World::with(Program::wait("w", "go", 30_000)).await;
    world.create("one").await;
    world.until_phase("one", Phase::Errored).await;
    assert_eq!(
        world.outcome("one").await,
        Err("WorkflowTimeoutError: Execution timed out after 30000ms".into())
    );
}

#[tokio::test(start_paused = true)]
async fn events_are_taken_in_the_order_in_which_they_came() {
    let waits =
        (0..4).map(|n| Program::wait(&format!("w{n}"), if n == 2 { "stop" } else { "go" }, 86_400_000));
    let program = [
        Program::sleep("s", 20_000),
        Program::Sequence(waits.collect()),
        Program::sleep("t", 20_000),
    ];
    let mut world = World::with(program).await;
    world.create("one").await;
    for (event_type, payload) in [("go", "1"), ("stop", "2"), ("go", "3"), ("go", "4")] {
        world.event("one", event_type, payload).await.expect("accepted");
    }
    world.until_phase("one", Phase::Waiting).await;
    world.reboot().await; // what is kept is in the store only now
    world.until_phase("one", Phase::Complete).await;
    let events: Vec<String> = world
        .runtime
        .ledger()
        .events("one")
        .into_iter()
        .map(|(_, value)| value)
        .collect();
    assert_eq!(events, ["\"1\"", "\"3\"", "\"2\"", "\"4\""]);
    assert_eq!(world.runtime.ledger().wrongs(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn an_event_is_kept_before_the_first_run() {
    let mut world = World::new(1);
    world.define("flow", Program::wait("w", "go", 60_000), Some(1));
    world.boot().await;
    world.create("first").await;
    world.create("second").await;
    world.event("second", "go", "early").await.expect("accepted");
    assert_eq!(
        world.engine().terminate("flow", "first").await,
        Ok(Status::Terminated)
    );
    world.until_phase("second", Phase::Complete).await;
    assert_eq!(world.outcome("second").await, Ok("\"early\"".into()));
}
