//! Runs that do nothing: let go of, or hung.

use std::time::Duration;
use stepwell_engine::Status;
use stepwell_store::Phase;
use stepwell_testkit::{Program, World};

#[tokio::test(start_paused = true)]
async fn a_run_that_never_settles_ends_with_the_text_of_the_runtime() {
    let world = World::with([Program::step("a"), Program::Hang]).await;
    let started = tokio::time::Instant::now();
    world.create("one").await;
    world.until_phase("one", Phase::Errored).await;
    assert!(started.elapsed() >= world.options.hang_after);
    let error = world.outcome("one").await.expect_err("it hung");
    assert!(
        error.starts_with("Error: The Workers runtime canceled this request because it detected that your Worker's code had hung"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_timer_outside_of_steps_is_no_hang() {
    let world = World::with([Program::Outside(Duration::from_secs(200)), Program::step("a")]).await;
    world.create("one").await;
    world.until_phase("one", Phase::Complete).await;
    assert_eq!(world.runtime.starts().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_step_that_takes_long_is_no_hang() {
    let world = World::with(Program::slow("a", Duration::from_secs(500))).await;
    world.create("one").await;
    world.until_phase("one", Phase::Complete).await;
    assert_eq!(world.runtime.ledger().attempts("one", "a"), [1]);
}

#[tokio::test(start_paused = true)]
async fn a_run_with_something_pending_outside_stays_until_that_has_ended() {
    let both = Program::Race(vec![
        Program::wait("w", "go", 86_400_000),
        [Program::Outside(Duration::from_secs(30)), Program::step("after")].into(),
    ]);
    let world = World::with(both).await;
    world.create("one").await;
    world.until_phase("one", Phase::Complete).await;
    assert_eq!(world.outcome("one").await, Ok("\"after-1 by attempt 1\"".into()));
    assert_eq!(world.runtime.starts().len(), 1, "it was let go of in between");
}

#[tokio::test(start_paused = true)]
async fn after_the_grace_it_is_let_go_of_all_the_same() {
    let both = Program::Parallel(vec![
        Program::wait("w", "go", 86_400_000),
        Program::Outside(Duration::from_hours(24)),
    ]);
    let world = World::with(both).await;
    world.create("one").await;
    let grace = world.options.grace;
    tokio::time::sleep(grace.mul_f32(0.95)).await;
    assert_eq!(world.status("one").await, Status::Waiting);
    assert_eq!(world.runtime.running(), 1);
    tokio::time::sleep(grace.mul_f32(0.1)).await;
    assert_eq!(world.phase_of("flow", "one").await, Some(Phase::Waiting));
    assert_eq!(world.runtime.running(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_run_is_not_let_go_of_while_a_step_runs() {
    let both = Program::Parallel(vec![
        Program::sleep("s", 86_400_000),
        Program::slow("a", Duration::from_secs(20)),
    ]);
    let world = World::with(both).await;
    world.create("one").await;
    tokio::time::sleep(Duration::from_secs(19)).await;
    assert_eq!((world.runtime.running(), world.runtime.starts().len()), (1, 1));
    world.until_phase("one", Phase::Waiting).await;
    assert_eq!(world.runtime.ledger().attempts("one", "a"), [1]);
}
