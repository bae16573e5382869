//! Every instance that has not ended has a reason for not moving.

use super::retries;
use std::time::Duration;
use stepwell_engine::inspect::{Limit, Reason, Wait, Why};
use stepwell_engine::{Clock, Inspection, OperationError, Operations, Status};
use stepwell_store::Phase;
use stepwell_testkit::{Program, World};

async fn why(world: &World, id: &str) -> Why {
    let why = world.engine().reason("flow", id).await;
    why.expect("the instance is there")
}

#[tokio::test(start_paused = true)]
async fn waits_are_told_with_their_times_the_soonest_first() {
    let world = World::with(Program::Parallel(vec![
        Program::sleep("s", 3_600_000),
        Program::wait("w", "go", 60_000),
        Program::failing("a", 9, Some(retries(3, 30_000))),
    ]))
    .await;
    let start = world.clock.now_ms();
    world.create("one").await;
    world.until_phase("one", Phase::Waiting).await;
    let told = why(&world, "one").await;
    assert_eq!((told.status, told.version), (Status::Waiting, 1));
    assert!(told.since_ms >= start);
    let Reason::Waiting { waits } = told.reason else {
        panic!("{told:?}")
    };
    let [
        Wait::Retry {
            step,
            attempt: 2,
            at_ms,
            error: Some(error),
        },
        Wait::Event {
            event_type, since_ms, ..
        },
        Wait::Sleep { until_ms, .. },
    ] = &waits[..]
    else {
        panic!("{waits:?}")
    };
    assert_eq!((&**step, &**event_type), ("a-1", "go"));
    assert!(*at_ms >= start + 30_000 && *until_ms >= start + 3_600_000);
    assert!(*since_ms >= start && error.to_string().contains('a'), "{error}");
}

#[tokio::test(start_paused = true)]
async fn who_runs_is_running_and_the_others_know_their_place() {
    let mut world = World::new(2);
    world.options.running_max = 1;
    world.define("flow", Program::slow("a", Duration::from_hours(1)), None);
    world.define("narrow", Program::step("a"), Some(1));
    world.boot().await;
    world.create("one").await;
    world.until_status("one", Status::Running).await;
    for id in ["two", "three"] {
        world.create(id).await;
        world.until_status(id, Status::Queued).await;
    }
    let Reason::Running { attempts, alone, .. } = why(&world, "one").await.reason else {
        panic!("it runs")
    };
    assert_eq!(
        (&*attempts[0].step, attempts[0].attempt, alone),
        ("a-1", 1, false)
    );
    let mut ahead = Vec::new();
    for id in ["two", "three"] {
        let Reason::Queued {
            limit: Limit::Running(1),
            ahead: before,
        } = why(&world, id).await.reason
        else {
            panic!("{id} is queued")
        };
        ahead.push(before);
    }
    assert_eq!(ahead, [0, 1]);
    world.engine().pause("flow", "one").await.expect("it will be");
    assert!(matches!(
        why(&world, "one").await.reason,
        Reason::Pausing { attempts } if attempts.len() == 1
    ));
    world.engine().terminate("flow", "one").await.expect("it ends");
    assert_eq!(why(&world, "one").await.reason, Reason::Ended);
}

#[tokio::test(start_paused = true)]
async fn the_workflows_own_limit_is_told_apart() {
    let mut world = World::new(2);
    world.define("flow", Program::slow("a", Duration::from_hours(1)), Some(1));
    world.boot().await;
    world.create("one").await;
    world.until_status("one", Status::Running).await;
    world.create("two").await;
    world
        .until("it is queued", async || {
            why(&world, "two").await.reason
                == Reason::Queued {
                    limit: Limit::Workflow(1),
                    ahead: 0,
                }
        })
        .await;
    world.engine().pause("flow", "two").await.expect("paused");
    assert_eq!(why(&world, "two").await.reason, Reason::Paused);
    let nobody = world.engine().reason("flow", "nobody").await;
    assert_eq!(nobody, Err(OperationError::NotFound));
}

#[tokio::test(start_paused = true)]
async fn a_process_that_does_not_start_and_code_that_is_not_there_are_reasons() {
    let world = World::with(Program::step("a")).await;
    world.runtime.refuse(1000);
    world.create("one").await;
    world
        .until("no process starts", async || {
            why(&world, "one").await.reason == Reason::NoProcess
        })
        .await;
    world.engine().publish("worker", Vec::new()).await.expect("empty");
    let gone = world.engine().reason("flow", "one").await;
    assert_eq!(gone, Err(OperationError::NoWorkflow { name: "flow".into() }));
    let inactive = stepwell_engine::Published {
        key: "flow".into(),
        name: "flow".into(),
        versions: Vec::new(),
        shares: Vec::new(),
        follows_latest: false,
    };
    let published = world.engine().publish("worker", vec![inactive]).await;
    published.expect("published");
    assert_eq!(why(&world, "one").await.reason, Reason::NotPublished);
}
