//! Who runs when there are more than may.

use std::sync::Arc;
use std::time::Duration;
use stepwell_engine::{Operations, Status};
use stepwell_store::Phase;
use stepwell_testkit::{Program, World};

async fn world(program: impl Into<Program>, running_max: usize) -> World {
    let mut world = World::new(4);
    world.options.running_max = running_max;
    world.define("flow", program, None);
    world.boot().await;
    world
}

fn order(world: &World) -> Vec<Arc<str>> {
    world
        .runtime
        .starts()
        .into_iter()
        .map(|(instance, _)| instance)
        .collect()
}

#[tokio::test(start_paused = true)]
async fn new_instances_start_in_order_when_others_end() {
    let world = world(Program::slow("a", Duration::from_secs(1)), 2).await;
    let ids: Vec<String> = (0..10).map(|n| format!("i{n}")).collect();
    for id in &ids {
        world.create(id).await;
    }
    assert_eq!(world.status("i0").await, Status::Running);
    assert_eq!(world.status("i9").await, Status::Queued);
    for id in &ids {
        world.until_phase(id, Phase::Complete).await;
    }
    assert_eq!(world.runtime.most_running(), 2);
    assert_eq!(
        order(&world),
        ids.iter().map(|id| Arc::from(&**id)).collect::<Vec<_>>()
    );
}

#[tokio::test(start_paused = true)]
async fn woken_instances_go_before_new_ones() {
    let program = [
        Program::sleep("s", 10_000),
        Program::slow("a", Duration::from_secs(30)),
    ];
    let world = world(program, 1).await;
    world.create("sleeper").await;
    world.until_phase("sleeper", Phase::Waiting).await;
    world.create("busy").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    world.create("new").await;
    for id in ["sleeper", "busy", "new"] {
        world.until_phase(id, Phase::Complete).await;
    }
    let order = order(&world);
    let woken = order.iter().rposition(|id| &**id == "sleeper");
    let new = order.iter().position(|id| &**id == "new");
    assert!(woken.is_some() && new.is_some(), "{order:?}");
    assert_eq!(world.runtime.most_running(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_full_house_lets_those_go_that_only_wait() {
    let world = world([Program::sleep("s", 60_000), Program::step("a")], 1).await;
    let started = tokio::time::Instant::now();
    for n in 0..20 {
        world.create(&format!("i{n}")).await;
    }
    for n in 0..20 {
        world.until_phase(&format!("i{n}"), Phase::Complete).await;
    }
    assert!(
        started.elapsed() < Duration::from_secs(90),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(world.runtime.most_running(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_workflow_has_a_limit_of_its_own() {
    let mut world = World::new(2);
    world.define("flow", Program::slow("a", Duration::from_secs(1)), Some(1));
    world.define("free", Program::slow("a", Duration::from_secs(1)), None);
    world.boot().await;
    for n in 0..3 {
        world.create(&format!("f{n}")).await;
        world.create_of("free", &format!("i{n}")).await.expect("created");
    }
    world
        .until("all run that may", async || world.runtime.running() == 4)
        .await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(world.runtime.running(), 1);
    world.until_phase("f2", Phase::Complete).await;
    assert_eq!(world.runtime.most_running(), 4);
}

#[tokio::test(start_paused = true)]
async fn slots_are_given_back_once_whatever_happens_to_who_waits_for_them() {
    let mut world = World::new(1);
    world.options.running_max = 2;
    world.define("flow", Program::slow("a", Duration::from_millis(100)), None);
    world.define("long", Program::slow("a", Duration::from_secs(500)), None);
    world.boot().await;
    // Its slot would be the one that is given away.
    world.create_of("long", "long").await.expect("created");
    for n in 0..3 {
        world.create(&format!("r{n}")).await;
    }
    // Tasks of their own: woken together with the shard, they get their word in before the message that says that an
    // instance may run.
    let churns: Vec<_> = (0..4)
        .map(|churn| {
            let engine = world.engine().clone();
            tokio::spawn(async move {
                for round in 0..100 {
                    let id = format!("r{}", (churn + round) % 3);
                    let _ = match (churn * 7 + round) % 5 {
                        0 => engine.pause("flow", &id).await,
                        1 => engine.resume("flow", &id).await,
                        2 => engine.terminate("flow", &id).await,
                        _ => engine.restart("flow", &id, None).await,
                    };
                }
            })
        })
        .collect();
    for churn in churns {
        churn.await.expect("no panic");
    }
    for n in 0..3 {
        let _ = world.engine().terminate("flow", &format!("r{n}")).await;
    }
    tokio::time::sleep(Duration::from_mins(1)).await;
    for n in 0..10 {
        world.create(&format!("i{n}")).await;
    }
    for n in 0..10 {
        world.until_phase(&format!("i{n}"), Phase::Complete).await;
    }
    assert_eq!(world.runtime.most_running(), 2);
}
