//! Processes of runs that die.

use super::retries;
use std::time::Duration;
use stepwell_store::Phase;
use stepwell_testkit::{Program, World};

#[tokio::test(start_paused = true)]
async fn a_run_that_was_let_go_of_repeats_its_attempt_under_the_same_number() {
    let world = World::with(Program::slow("a", Duration::from_secs(3))).await;
    world.create("one").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    world.runtime.let_go(None);
    world.until_phase("one", Phase::Complete).await;
    assert_eq!(world.runtime.ledger().attempts("one", "a"), [1, 1]);
    assert!(world.runtime.starts().iter().all(|(_, alone)| !alone));
}

#[tokio::test(start_paused = true)]
async fn innocents_go_on_alone_and_lose_no_attempt() {
    let mut world = World::new(2);
    world.define("flow", Program::failing("a", 0, Some(retries(0, 0))), None);
    world.define(
        "slow",
        [Program::slow("a", Duration::from_secs(3)), Program::step("b")],
        None,
    );
    world.define("asleep", Program::sleep("s", 1500), None);
    world.boot().await;
    for n in 0..5 {
        world.create_of("slow", &format!("i{n}")).await.expect("created");
    }
    world.create_of("asleep", "sleeper").await.expect("created");
    tokio::time::sleep(Duration::from_secs(1)).await;
    world.runtime.kill_process();
    for n in 0..5 {
        let id = format!("i{n}");
        world
            .until("all are complete", async || {
                world.phase_of("slow", &id).await == Some(Phase::Complete)
            })
            .await;
        assert_eq!(world.runtime.ledger().attempts(&id, "a"), [1, 1]);
    }
    let alone = world.runtime.starts().into_iter().filter(|(_, alone)| *alone);
    let mut alone: Vec<_> = alone.map(|(id, _)| id.to_string()).collect();
    alone.sort();
    assert_eq!(
        alone,
        ["i0", "i1", "i2", "i3", "i4"],
        "who only waits is no suspect"
    );
}

#[tokio::test(start_paused = true)]
async fn a_step_that_kills_its_process_fails_by_its_own_limit_and_alone() {
    let mut world = World::new(2);
    world.options.quarantined_max = 1;
    world.define("flow", Program::deadly("bomb", 99, Some(retries(2, 1000))), None);
    world.define("slow", Program::slow("a", Duration::from_secs(2)), None);
    world.boot().await;
    for n in 0..8 {
        world.create_of("slow", &format!("i{n}")).await.expect("created");
    }
    world.create("bomber").await;
    world.until_phase("bomber", Phase::Errored).await;
    assert_eq!(
        world.outcome("bomber").await,
        Err("WorkflowInternalError: Attempt 3 of step \"bomb\" did not finish".into())
    );
    assert_eq!(world.runtime.ledger().attempts("bomber", "bomb"), [1, 1, 2, 3]);
    for n in 0..8 {
        let id = format!("i{n}");
        world
            .until("all are complete", async || {
                world.phase_of("slow", &id).await == Some(Phase::Complete)
            })
            .await;
        let attempts = world.runtime.ledger().attempts(&id, "a");
        assert!(
            attempts.len() <= 2 && attempts.iter().all(|attempt| *attempt == 1),
            "{attempts:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_deadly_step_is_waited_for_alone_however_long_it_takes_to_get_there() {
    let program = [
        Program::Outside(Duration::from_secs(5)),
        Program::deadly("bomb", 99, Some(retries(1, 10))),
    ];
    let world = World::with(program).await;
    world.create("one").await;
    world.until_phase("one", Phase::Errored).await;
    assert_eq!(world.runtime.ledger().attempts("one", "bomb"), [1, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_step_that_survives_its_second_attempt_goes_on() {
    let program = [
        Program::deadly("a", 1, Some(retries(2, 10))),
        Program::step("b"),
        Program::sleep("s", 5000),
    ];
    let world = World::with(program).await;
    world.create("one").await;
    world.until_phase("one", Phase::Complete).await;
    assert_eq!(world.runtime.ledger().attempts("one", "a"), [1, 1, 2]);
    assert_eq!(world.runtime.ledger().attempts("one", "b"), [1]);
    assert_eq!(world.runtime.ledger().wrongs(), Vec::<String>::new());
    let last = world.runtime.starts().last().cloned();
    assert_eq!(
        last.map(|(_, alone)| alone),
        Some(false),
        "it left the quarantine"
    );
}

#[tokio::test(start_paused = true)]
async fn three_crashes_outside_of_steps_end_the_instance() {
    let world = World::with([Program::step("a"), Program::Die(99)]).await;
    world.create("one").await;
    world.until_phase("one", Phase::Errored).await;
    let error = world.outcome("one").await.expect_err("it crashed");
    assert!(
        error.starts_with("WorkflowCrashError: The Workflow's code ended its process 3 times"),
        "{error}"
    );
    assert_eq!(world.runtime.ledger().attempts("one", "a"), [1]);
}

#[tokio::test(start_paused = true)]
async fn two_crashes_outside_of_steps_do_not() {
    let world = World::with([Program::step("a"), Program::Die(3)]).await;
    world.create("one").await;
    world.until_phase("one", Phase::Complete).await;
}

#[tokio::test(start_paused = true)]
async fn a_run_that_finds_no_process_tries_again() {
    let world = World::with(Program::step("a")).await;
    world.runtime.refuse(3);
    world.create("one").await;
    world.until_phase("one", Phase::Complete).await;
    assert_eq!(world.runtime.starts().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn new_code_takes_over_where_the_old_was() {
    let world = World::with([Program::step("a"), Program::slow("b", Duration::from_secs(9))]).await;
    world.create("one").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    world.runtime.define(
        "flow",
        [Program::step("a"), Program::step("b"), Program::step("c")],
    );
    world.deploy().await;
    world.runtime.let_go(None);
    world.until_phase("one", Phase::Complete).await;
    assert_eq!(world.runtime.ledger().attempts("one", "a"), [1]);
    assert_eq!(world.runtime.ledger().attempts("one", "c"), [1]);
}
