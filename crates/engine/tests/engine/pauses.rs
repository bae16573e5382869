//! Pause and resume in each state.

use std::time::Duration;
use stepwell_engine::{Operations, Status};
use stepwell_store::Phase;
use stepwell_testkit::{Program, World};

const HOUR: Duration = Duration::from_hours(1);

#[tokio::test(start_paused = true)]
async fn a_running_step_may_end_before_the_pause() {
    let world = World::with([Program::slow("a", Duration::from_secs(5)), Program::step("b")]).await;
    world.create("one").await;
    world.until_status("one", Status::Running).await;
    assert_eq!(
        world.engine().pause("flow", "one").await,
        Ok(Status::WaitingForPause)
    );
    world.until_phase("one", Phase::Paused).await;
    tokio::time::sleep(HOUR).await;
    assert_eq!(world.status("one").await, Status::Paused);
    assert_eq!(world.runtime.ledger().attempts("one", "b"), [0_u32; 0]);
    world.engine().resume("flow", "one").await.expect("it is paused");
    world.until_phase("one", Phase::Complete).await;
    assert_eq!(world.runtime.ledger().attempts("one", "a"), [1]);
}

#[tokio::test(start_paused = true)]
async fn a_pause_can_be_taken_back_before_it_comes() {
    let steps = Program::Parallel(vec![
        Program::slow("a", Duration::from_secs(5)),
        [Program::sleep("s", 1000), Program::step("c")].into(),
    ]);
    let world = World::with([steps, Program::step("b")]).await;
    world.create("one").await;
    world.until_status("one", Status::Running).await;
    world.engine().pause("flow", "one").await.expect("it runs");
    tokio::time::sleep(Duration::from_secs(2)).await; // the sleep comes due meanwhile
    assert_eq!(world.engine().resume("flow", "one").await, Ok(Status::Running));
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(world.phase_of("flow", "one").await, Some(Phase::Complete));
    assert_eq!(world.runtime.starts().len(), 1, "it is still the first run");
}

#[tokio::test(start_paused = true)]
async fn deadlines_move_by_the_paused_time() {
    let waits = [
        Program::sleep("s", 100_000),
        Program::Catch(Box::new(Program::wait("w", "go", 100_000))),
        Program::failing("a", 1, Some(super::retries(1, 100_000))),
    ];
    for (dormant, reboot) in [(false, false), (true, false), (true, true)] {
        for wait in &waits {
            let mut world = World::with(wait.clone()).await;
            let started = tokio::time::Instant::now();
            world.create("one").await;
            if dormant {
                world.until_phase("one", Phase::Waiting).await;
            } else {
                world.until_status("one", Status::Waiting).await;
            }
            assert_eq!(world.engine().pause("flow", "one").await, Ok(Status::Paused));
            assert_eq!(world.runtime.running(), 0);
            tokio::time::sleep(HOUR).await;
            assert_eq!(world.status("one").await, Status::Paused);
            if reboot {
                world.reboot().await;
            }
            world.engine().resume("flow", "one").await.expect("it is paused");
            let left = (HOUR + Duration::from_secs(99)).saturating_sub(started.elapsed());
            tokio::time::sleep(left).await;
            assert_ne!(
                world.phase_of("flow", "one").await,
                Some(Phase::Complete),
                "{wait:?}: too early"
            );
            tokio::time::sleep(Duration::from_secs(3)).await;
            assert_eq!(
                world.phase_of("flow", "one").await,
                Some(Phase::Complete),
                "{wait:?}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_of_the_pause_comes_after_it() {
    let mut world = World::with(Program::wait("w", "go", 60_000)).await;
    world.create("one").await;
    world.until_status("one", Status::Waiting).await;
    world.engine().pause("flow", "one").await.expect("it waits");
    world.event("one", "go", "first").await.expect("accepted");
    world.reboot().await;
    world.event("one", "go", "second").await.expect("accepted");
    assert_eq!(world.status("one").await, Status::Paused);
    world.engine().resume("flow", "one").await.expect("it is paused");
    world.until_phase("one", Phase::Complete).await;
    assert_eq!(world.outcome("one").await, Ok("\"first\"".into()));
}

#[tokio::test(start_paused = true)]
async fn a_queued_instance_is_paused_at_once() {
    let mut world = World::new(1);
    world.define("flow", Program::slow("a", Duration::from_secs(5)), Some(1));
    world.boot().await;
    world.create("one").await;
    world.create("two").await;
    assert_eq!(world.status("two").await, Status::Queued);
    assert_eq!(world.engine().pause("flow", "two").await, Ok(Status::Paused));
    world.until_phase("one", Phase::Complete).await;
    tokio::time::sleep(HOUR).await;
    assert_eq!(world.status("two").await, Status::Paused);
    world.engine().resume("flow", "two").await.expect("it is paused");
    world.until_phase("two", Phase::Complete).await;
}

#[tokio::test(start_paused = true)]
async fn a_process_that_dies_while_a_pause_is_coming_does_not_stop_the_step_for_good() {
    let mut world = World::with(Program::slow("a", Duration::from_secs(5))).await;
    world.create("one").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    world.engine().pause("flow", "one").await.expect("it runs");
    world.runtime.kill_process();
    world.until_phase("one", Phase::Paused).await;
    world.reboot().await;
    world.engine().resume("flow", "one").await.expect("it is paused");
    world.until_phase("one", Phase::Complete).await;
    assert_eq!(world.runtime.ledger().attempts("one", "a"), [1, 1]);
}
