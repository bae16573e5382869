//! Several Workers on one engine.

use std::sync::Arc;
use std::time::Duration;
use stepwell_engine::{Definition, OperationError, PrepareError, Status};
use stepwell_store::Phase;
use stepwell_testkit::{Program, ScriptedRuntime, World};

fn definition(name: &str) -> Definition {
    Definition {
        key: name.into(),
        name: name.into(),
        class_name: name.into(),
        step_limit: 100,
        concurrency_limit: None,
        version: 1,
    }
}

/// A second Worker with the Workflow `other`.
async fn deploy_other(world: &World, program: Program) -> Arc<ScriptedRuntime> {
    let runtime = ScriptedRuntime::new();
    runtime.define("other", program);
    world
        .engine()
        .deploy("second", vec![definition("other")], runtime.clone())
        .await
        .expect("it is deployed");
    runtime
}

async fn until_complete(world: &World, workflow: &str, id: &str) {
    world
        .until("it is complete", async || {
            world.phase_of(workflow, id).await == Some(Phase::Complete)
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn each_workflow_runs_where_its_code_is() {
    let world = World::with(Program::step("a")).await;
    let other = deploy_other(&world, Program::step("b")).await;
    world.create("one").await;
    world.create_of("other", "two").await.expect("created");
    until_complete(&world, "flow", "one").await;
    until_complete(&world, "other", "two").await;
    assert_eq!(world.runtime.starts(), [("one".into(), false)]);
    assert_eq!(other.starts(), [("two".into(), false)]);
}

#[tokio::test(start_paused = true)]
async fn new_code_of_one_script_leaves_the_others_alone() {
    let world = World::with(Program::sleep("s", 60_000)).await;
    let other = deploy_other(&world, Program::step("b")).await;
    world.create("one").await;
    world.deploy().await;
    world.create_of("other", "two").await.expect("created");
    until_complete(&world, "other", "two").await;
    assert_eq!(other.starts().len(), 1);
    until_complete(&world, "flow", "one").await;
}

#[tokio::test(start_paused = true)]
async fn the_limits_of_all_scripts_hold() {
    let mut world = World::new(2);
    world.define("flow", Program::slow("a", Duration::from_secs(5)), Some(1));
    world.boot().await;
    world.create("one").await;
    world.create("two").await;
    world.until_status("one", Status::Running).await;
    deploy_other(&world, Program::step("b")).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(world.status("two").await, Status::Queued);
    until_complete(&world, "flow", "two").await;
    assert_eq!(world.runtime.most_running(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_name_is_of_one_script() {
    let world = World::with(Program::step("a")).await;
    let engine = world.engine();
    let refused = engine.prepare("second", vec![definition("flow")]).await;
    let error = refused.expect_err("it is refused");
    assert!(matches!(&error, PrepareError::DefinedTwice { .. }));
    let text = error.to_string();
    assert!(
        text.contains("\"flow\" is defined by two Workers, \"second\" and \"worker\""),
        "{text}"
    );
    // It moves: first the one that loses it.
    let without = engine.prepare("worker", vec![]).await.expect("nothing to refuse");
    let runtime = ScriptedRuntime::new();
    runtime.define("flow", Program::step("b"));
    let with = engine.prepare("second", vec![definition("flow")]).await;
    engine.adopt(with.expect("the name is free"), runtime.clone());
    engine.adopt(without, world.runtime.clone());
    world.create("one").await;
    world.until_phase("one", Phase::Complete).await;
    assert_eq!(runtime.starts().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn instances_of_a_script_that_is_gone_wait_for_it() {
    let world = World::with(Program::step("a")).await;
    deploy_other(&world, Program::sleep("s", 5000)).await;
    world.create_of("other", "one").await.expect("created");
    world
        .until("it sleeps", async || {
            world.phase_of("other", "one").await == Some(Phase::Waiting)
        })
        .await;
    world.engine().retire("second");
    let refused = world.create_of("other", "two").await;
    assert_eq!(refused, Err(OperationError::NoWorkflow { name: "other".into() }));
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(world.phase_of("other", "one").await, Some(Phase::Runnable));
    // Its name is free for others, too.
    let third = ScriptedRuntime::new();
    third.define("other", Program::sleep("s", 5000));
    let deployed = world
        .engine()
        .deploy("third", vec![definition("other")], third.clone());
    deployed.await.expect("the name is free");
    until_complete(&world, "other", "one").await;
    assert_eq!(third.starts().len(), 1);
}
