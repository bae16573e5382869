//! Create, status, get, ends, restarts.

use super::retries;
use serde_json::json;
use stepwell_core::step::{StepKey, StepKind};
use stepwell_engine::{Create, Engine, OperationError, Operations, Status};
use stepwell_store::{Phase, Trigger};
use stepwell_testkit::{Program, World};

fn request(id: Option<&str>) -> Create {
    Create {
        id: id.map(str::to_owned),
        params: None,
        options: json!(null),
        trigger: Trigger::Api,
    }
}

fn refusal<T: std::fmt::Debug>(result: Result<T, OperationError>) -> String {
    result.expect_err("it is refused").to_string()
}

#[tokio::test(start_paused = true)]
async fn an_instance_runs_its_steps_and_completes() {
    let world = World::with([Program::step("a"), Program::step("b"), Program::step("b")]).await;
    world.create("one").await;
    world.until_phase("one", Phase::Complete).await;
    assert_eq!(world.outcome("one").await, Ok("\"b-2 by attempt 1\"".into()));
    assert_eq!(world.runtime.ledger().attempts("one", "b"), [1, 1]);
    assert_eq!(world.engine().resident_count(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_run_throws_is_the_error_of_the_instance() {
    let world = World::with(Program::Throw("no".into())).await;
    world.create("one").await;
    world.until_phase("one", Phase::Errored).await;
    assert_eq!(world.outcome("one").await, Err("Error: no".into()));
}

#[tokio::test(start_paused = true)]
async fn ids_are_unique_and_follow_the_rules() {
    let world = World::with(Program::sleep("s", 1000)).await;
    let engine: &Engine = world.engine();
    let (first, second) = tokio::join!(
        engine.create("flow", request(Some("one"))),
        engine.create("flow", request(Some("one")))
    );
    assert_eq!(first.as_deref(), Ok("one"));
    assert_eq!(second, Err(OperationError::AlreadyExists { id: "one".into() }));
    world.until_phase("one", Phase::Complete).await;
    let again = engine.create("flow", request(Some("one"))).await;
    assert_eq!(again, Err(OperationError::AlreadyExists { id: "one".into() }));
    assert!(refusal(engine.create("flow", request(Some("no spaces"))).await).ends_with("invalid id"));
    assert_eq!(engine.get("flow", "one").await, Ok(()));
    assert_eq!(engine.get("flow", "two").await, Err(OperationError::NotFound));
    assert_eq!(
        engine.status("flow", "two").await.map(|_| ()),
        Err(OperationError::Gone)
    );
    let elsewhere = engine.get("flaw", "one").await;
    assert_eq!(elsewhere, Err(OperationError::NoWorkflow { name: "flaw".into() }));
}

#[tokio::test(start_paused = true)]
async fn a_batch_leaves_out_what_exists() {
    let world = World::with(Program::step("a")).await;
    world.create("b").await;
    let requests = ["a", "b", "c"].map(|id| request(Some(id))).into();
    let created = world
        .engine()
        .create_batch("flow", requests)
        .await
        .expect("a batch");
    assert_eq!(created.iter().map(|id| &**id).collect::<Vec<_>>(), ["a", "c"]);
    let none = world.engine().create_batch("flow", Vec::new()).await;
    assert_eq!(
        refusal(none),
        "WorkflowError: batchCreate should have at least 1 instance"
    );
    let many = (0..101).map(|_| request(None)).collect();
    let many = world.engine().create_batch("flow", many).await;
    assert_eq!(
        refusal(many),
        "WorkflowError: batchCreate only supports 100 instances at a time"
    );
}

#[tokio::test(start_paused = true)]
async fn attempts_follow_the_config_and_its_delays() {
    let world = World::with([
        Program::failing("a", 2, Some(retries(2, 1500))),
        Program::step("b"),
    ])
    .await;
    let started = tokio::time::Instant::now();
    world.create("one").await;
    world.until_phase("one", Phase::Complete).await;
    let took = started.elapsed().as_millis();
    assert!((3000..3500).contains(&took), "{took} ms");
    assert_eq!(world.runtime.ledger().attempts("one", "a"), [1, 2, 3]);
}

#[tokio::test(start_paused = true)]
async fn default_retries_hibernate_and_come_back() {
    let world = World::with(Program::failing("a", 9, None)).await;
    let started = tokio::time::Instant::now();
    world.create("one").await;
    world.until_phase("one", Phase::Waiting).await;
    assert_eq!(world.runtime.running(), 0, "a run waits ten seconds in memory");
    world.until_phase("one", Phase::Errored).await;
    assert_eq!(world.runtime.ledger().attempts("one", "a"), [1, 2, 3, 4, 5, 6]);
    assert!(started.elapsed().as_secs() >= 310);
    assert_eq!(
        world.outcome("one").await,
        Err("Error: a-1 failed in attempt 6".into())
    );
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_is_caught_is_remembered() {
    let program = [
        Program::Catch(Box::new(Program::NonRetryable("a".into()))),
        Program::sleep("s", 60_000),
        Program::step("b"),
    ];
    let world = World::with(program).await;
    world.create("one").await;
    world.until_phase("one", Phase::Complete).await;
    assert_eq!(world.runtime.ledger().attempts("one", "a"), [1]);
    assert_eq!(world.runtime.ledger().wrongs(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn the_winner_of_a_race_wins_in_the_replay_too() {
    let race = Program::Race(vec![
        Program::slow("slow", std::time::Duration::from_millis(200)),
        Program::slow("fast", std::time::Duration::from_millis(100)),
    ]);
    let program = [race.clone(), Program::sleep("s", 60_000)];
    let mut world = World::new(1);
    world.define("flow", program, None);
    world.boot().await;
    world.create("one").await;
    world.until_phase("one", Phase::Waiting).await;
    world.runtime.define("flow", race);
    world.until_phase("one", Phase::Complete).await;
    assert_eq!(world.outcome("one").await, Ok("\"fast-1 by attempt 1\"".into()));
}

#[tokio::test(start_paused = true)]
async fn terminate_ends_once() {
    let world = World::with(Program::sleep("s", 60_000)).await;
    world.create("one").await;
    world.until_status("one", Status::Waiting).await;
    assert_eq!(
        world.engine().terminate("flow", "one").await,
        Ok(Status::Terminated)
    );
    let again = world.engine().terminate("flow", "one").await;
    assert_eq!(again, Err(OperationError::CannotTerminate));
    assert_eq!(
        refusal(again),
        "(instance.cannot_terminate) Cannot terminate instance since its on a finite state"
    );
    assert_eq!(
        refusal(world.event("one", "go", "x").await),
        "(instance.in_finite_state) Instance reached a finite state, cannot send events to it"
    );
    assert_eq!(
        refusal(world.engine().resume("flow", "one").await),
        "(instance.cannot_resume) Cannot resume instance with status \"terminated\""
    );
    assert_eq!(world.runtime.running(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_restart_runs_everything_again() {
    let world = World::with([Program::step("a"), Program::step("b")]).await;
    world.create("one").await;
    world.until_phase("one", Phase::Complete).await;
    world.runtime.ledger().forget("one");
    assert_eq!(
        world.engine().restart("flow", "one", None).await,
        Ok(Status::Queued)
    );
    world.until_phase("one", Phase::Complete).await;
    assert_eq!(world.runtime.ledger().attempts("one", "a"), [1, 1]);
    assert_eq!(world.runtime.ledger().attempts("one", "b"), [1, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_restart_from_a_step_keeps_what_began_before_it() {
    let mut world = World::with([Program::step("a"), Program::step("b"), Program::step("c")]).await;
    world.create("one").await;
    world.until_phase("one", Phase::Complete).await;
    world.reboot().await;
    world.runtime.ledger().forget("one");
    let step = |name: &str| Some(StepKey::new(StepKind::Do, name, 1));
    world
        .engine()
        .restart("flow", "one", step("b"))
        .await
        .expect("b has run");
    world.until_phase("one", Phase::Complete).await;
    let attempts = |name| world.runtime.ledger().attempts("one", name);
    assert_eq!(
        (attempts("a"), attempts("b"), attempts("c")),
        (vec![1], vec![1, 1], vec![1, 1])
    );
    assert_eq!(
        refusal(world.engine().restart("flow", "one", step("d")).await),
        "(instance.cannot_restart) Step \"d\" not found in execution history"
    );
}
