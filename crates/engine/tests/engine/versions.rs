//! Several versions of a Workflow at once.

use std::sync::Arc;
use std::time::Duration;
use stepwell_engine::inspect::Filter;
use stepwell_engine::{Inspection, Migrated, OperationError, Operations, Published, Share, Status, Version};
use stepwell_store::{Phase, Store};
use stepwell_testkit::{Fault, Program, ScriptedRuntime, World};

const LONG: u64 = 3_600_000;

/// Versions of `flow`, from 1, each in a runtime of its own.
pub(crate) struct Versions {
    runtimes: Vec<Arc<ScriptedRuntime>>,
}

impl Versions {
    pub(crate) fn new(programs: impl IntoIterator<Item = Program>) -> Self {
        let runtime = |program| {
            let runtime = ScriptedRuntime::new();
            runtime.define("flow", program);
            runtime
        };
        Self {
            runtimes: programs.into_iter().map(runtime).collect(),
        }
    }

    pub(crate) fn version(&self, number: u32) -> Version {
        Version {
            number,
            class_name: "flow".into(),
            step_limit: 100,
            concurrency_limit: None,
            runtime: self.runtimes[number as usize - 1].clone(),
        }
    }

    fn published(&self, numbers: &[u32]) -> Published {
        Published {
            key: "flow".into(),
            name: "flow".into(),
            versions: numbers.iter().map(|number| self.version(*number)).collect(),
            shares: Vec::new(),
            follows_latest: false,
        }
    }

    pub(crate) async fn publish(&self, world: &World, numbers: &[u32]) {
        let published = vec![self.published(numbers)];
        world
            .engine()
            .publish("worker", published)
            .await
            .expect("the store takes it");
    }

    /// Where this version runs.
    pub(crate) fn runtime(&self, number: u32) -> &ScriptedRuntime {
        &self.runtimes[number as usize - 1]
    }

    /// How often this version was started.
    fn starts(&self, number: u32) -> usize {
        self.runtimes[number as usize - 1].starts().len()
    }
}

/// A world with nothing published.
async fn empty() -> World {
    let mut world = World::new(2);
    world.boot().await;
    world
}

async fn version_of(world: &World, id: &str) -> u32 {
    let workflow = world.memory.workflow("flow").await.expect("memory");
    let head = world.memory.find(workflow, id).await.expect("memory");
    head.expect("it exists").version
}

fn sleeper(name: &str) -> Program {
    [Program::step("a"), Program::sleep("s", LONG), Program::step(name)].into()
}

#[tokio::test(start_paused = true)]
async fn an_instance_stays_on_its_version_across_deploys_and_crashes() {
    let mut world = empty().await;
    let versions = Versions::new([sleeper("one"), sleeper("two")]);
    versions.publish(&world, &[1]).await;
    world.create("old").await;
    world.until_phase("old", Phase::Waiting).await;
    versions.publish(&world, &[1, 2]).await;
    world.create("new").await;
    world.until_phase("new", Phase::Waiting).await;
    world.reboot().await;
    versions.publish(&world, &[1, 2]).await;
    world.until_phase("old", Phase::Complete).await;
    world.until_phase("new", Phase::Complete).await;
    assert_eq!(world.outcome("old").await, Ok("\"one-1 by attempt 1\"".into()));
    assert_eq!(world.outcome("new").await, Ok("\"two-1 by attempt 1\"".into()));
}

#[tokio::test(start_paused = true)]
async fn a_further_version_does_not_disturb_runs() {
    let world = empty().await;
    let slow = || Program::slow("a", Duration::from_mins(1));
    let versions = Versions::new([slow(), slow()]);
    versions.publish(&world, &[1]).await;
    world.create("one").await;
    world.until_status("one", Status::Running).await;
    versions.publish(&world, &[1, 2]).await;
    world.until_phase("one", Phase::Complete).await;
    assert_eq!((versions.starts(1), versions.starts(2)), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn what_is_of_a_version_that_is_not_published_waits_for_it() {
    let mut world = empty().await;
    let versions = Versions::new([sleeper("one"), sleeper("two")]);
    versions.publish(&world, &[1, 2]).await;
    world.create("sleeps").await;
    world.until_phase("sleeps", Phase::Waiting).await;
    versions.publish(&world, &[1]).await;
    world.until_phase("sleeps", Phase::Runnable).await;
    world.create("other").await;
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert_eq!(world.status("sleeps").await, Status::Queued);
    assert_eq!(world.status("other").await, Status::Waiting);
    assert_eq!(world.engine().resident_count(), 0, "it waits in the store");
    world.reboot().await;
    versions.publish(&world, &[1]).await;
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert_eq!(world.status("sleeps").await, Status::Queued);
    versions.publish(&world, &[1, 2]).await;
    world.until_phase("sleeps", Phase::Complete).await;
    assert_eq!(world.outcome("sleeps").await, Ok("\"two-1 by attempt 1\"".into()));
}

#[tokio::test(start_paused = true)]
async fn shares_say_which_version_a_new_instance_starts_on() {
    let mut world = World::new(2);
    let drawn = Arc::new(std::sync::atomic::AtomicU64::new(0));
    let draw = drawn.clone();
    // A hundred numbers, spread evenly.
    world.options.random =
        Arc::new(move || draw.fetch_add(1, std::sync::atomic::Ordering::Relaxed) % 100 * (u64::MAX / 100));
    world.boot().await;
    let versions = Versions::new([Program::step("a"), Program::step("a"), Program::step("a")]);
    let share = |version, percentage| Share { version, percentage };
    let published = Published {
        shares: vec![share(1, 10.0), share(2, 90.0), share(9, 50.0)],
        ..versions.published(&[1, 2, 3])
    };
    world
        .engine()
        .publish("worker", vec![published])
        .await
        .expect("published");
    for nth in 0..100 {
        world.create(&format!("i{nth}")).await;
    }
    world
        .until("all have run", async || {
            versions.starts(1) + versions.starts(2) + versions.starts(3) == 100
        })
        .await;
    assert_eq!(
        (versions.starts(1), versions.starts(2), versions.starts(3)),
        (10, 90, 0)
    );
}

#[tokio::test(start_paused = true)]
async fn who_follows_the_latest_goes_on_there_and_is_of_it_then() {
    let mut world = empty().await;
    let versions = Versions::new([sleeper("one"), sleeper("two")]);
    versions.publish(&world, &[1]).await;
    world.create("one").await;
    world.until_phase("one", Phase::Waiting).await;
    let published = Published {
        follows_latest: true,
        ..versions.published(&[1, 2])
    };
    world
        .engine()
        .publish("worker", vec![published])
        .await
        .expect("published");
    world.until_phase("one", Phase::Complete).await;
    assert_eq!(world.outcome("one").await, Ok("\"two-1 by attempt 1\"".into()));
    assert_eq!(version_of(&world, "one").await, 2);
    world.reboot().await;
    versions.publish(&world, &[1, 2]).await;
    assert_eq!(version_of(&world, "one").await, 2);
}

#[tokio::test(start_paused = true)]
async fn who_follows_goes_back_with_a_rollback_and_stays_on_either_side_of_a_split() {
    let world = empty().await;
    let versions = Versions::new([sleeper("one"), sleeper("two"), sleeper("three")]);
    versions.publish(&world, &[1, 2]).await;
    world.create("back").await;
    world.until_phase("back", Phase::Waiting).await;
    assert_eq!(version_of(&world, "back").await, 2);
    let follows = |shares: &[(u32, f64)]| Published {
        follows_latest: true,
        shares: shares
            .iter()
            .map(|&(version, percentage)| Share { version, percentage })
            .collect(),
        ..versions.published(&[1, 2, 3])
    };
    let publish = async |world: &World, published| {
        world
            .engine()
            .publish("worker", vec![published])
            .await
            .expect("published");
    };
    // Version 1 is live again.
    publish(&world, follows(&[(1, 100.0)])).await;
    world.until_phase("back", Phase::Complete).await;
    assert_eq!(version_of(&world, "back").await, 1);
    // Under a split an instance stays on a live version, and leaves another for the one with the greatest share.
    publish(&world, versions.published(&[1, 2, 3])).await;
    world.create("leaves").await;
    world.until_phase("leaves", Phase::Waiting).await;
    assert_eq!(version_of(&world, "leaves").await, 3);
    publish(
        &world,
        Published {
            follows_latest: false,
            ..follows(&[(2, 100.0)])
        },
    )
    .await;
    world.create("stays").await;
    world.until_phase("stays", Phase::Waiting).await;
    publish(&world, follows(&[(1, 90.0), (2, 10.0)])).await;
    for id in ["leaves", "stays"] {
        world.until_phase(id, Phase::Complete).await;
    }
    assert_eq!(
        (
            version_of(&world, "leaves").await,
            version_of(&world, "stays").await
        ),
        (1, 2)
    );
}

#[tokio::test(start_paused = true)]
async fn a_workflow_moves_to_another_script_with_its_instances() {
    let world = empty().await;
    let versions = Versions::new([sleeper("one"), sleeper("two")]);
    versions.publish(&world, &[1]).await;
    world.create("one").await;
    world.until_phase("one", Phase::Waiting).await;
    let engine = world.engine();
    engine
        .publish("other", vec![versions.published(&[1, 2])])
        .await
        .expect("published");
    engine.publish("worker", Vec::new()).await.expect("published");
    let summary = engine.workflow("flow").await.expect("it is there");
    assert_eq!(&*summary.script_name, "other");
    world.until_phase("one", Phase::Complete).await;
    assert_eq!(world.outcome("one").await, Ok("\"one-1 by attempt 1\"".into()));
}

#[tokio::test(start_paused = true)]
async fn without_a_version_it_can_be_looked_at_and_nothing_starts() {
    let world = empty().await;
    let versions = Versions::new([sleeper("one")]);
    versions.publish(&world, &[1]).await;
    world.create("one").await;
    world.until_phase("one", Phase::Waiting).await;
    versions.publish(&world, &[]).await;
    assert_eq!(
        world.create_of("flow", "two").await,
        Err(OperationError::NoVersion)
    );
    let page = world.engine().instances("flow", Filter::default(), 0, 10).await;
    assert_eq!(page.expect("it lists").total, 1);
    let engine = world.engine();
    engine.terminate("flow", "one").await.expect("terminated");
    assert_eq!(world.status("one").await, Status::Terminated);
}

#[tokio::test(start_paused = true)]
async fn a_full_restart_starts_where_a_new_instance_would() {
    let world = empty().await;
    let versions = Versions::new([Program::Throw("no".into()), Program::step("a")]);
    versions.publish(&world, &[1]).await;
    world.create("one").await;
    world.until_phase("one", Phase::Errored).await;
    versions.publish(&world, &[1, 2]).await;
    world
        .engine()
        .restart("flow", "one", None)
        .await
        .expect("restarted");
    world.until_phase("one", Phase::Complete).await;
    assert_eq!(version_of(&world, "one").await, 2);
}

#[tokio::test(start_paused = true)]
async fn migrating_takes_a_run_with_it_and_keeps_what_is_recorded() {
    let mut world = empty().await;
    let program = |name| -> Program {
        [
            Program::step("a"),
            Program::slow("b", Duration::from_mins(1)),
            Program::step(name),
        ]
        .into()
    };
    let versions = Versions::new([program("one"), program("two")]);
    versions.publish(&world, &[1]).await;
    world.create("one").await;
    world
        .until("b runs", async || {
            !versions.runtimes[0].ledger().attempts("one", "b").is_empty()
        })
        .await;
    let engine = world.engine();
    assert_eq!(
        engine.migrate("flow", "one", 2).await,
        Err(OperationError::NotPublished { version: 2 })
    );
    versions.publish(&world, &[1, 2]).await;
    assert_eq!(world.engine().migrate("flow", "one", 2).await, Ok(true));
    assert_eq!(world.engine().migrate("flow", "one", 2).await, Ok(false));
    assert_eq!(versions.runtimes[0].running(), 0, "its run is let go of");
    world.reboot().await;
    versions.publish(&world, &[1, 2]).await;
    world.until_phase("one", Phase::Complete).await;
    assert_eq!(world.outcome("one").await, Ok("\"two-1 by attempt 1\"".into()));
    assert_eq!(versions.runtimes[1].ledger().attempts("one", "a"), [0; 0]);
    assert_eq!(
        world.engine().migrate("flow", "one", 1).await,
        Err(OperationError::Ended)
    );
}

#[tokio::test(start_paused = true)]
async fn all_live_instances_migrate_wherever_they_are() {
    let world = empty().await;
    let versions = Versions::new([sleeper("one"), sleeper("two")]);
    versions.publish(&world, &[1]).await;
    world.create("ended").await;
    world.until_phase("ended", Phase::Waiting).await;
    world.engine().terminate("flow", "ended").await.expect("it ends");
    for nth in 0..40 {
        world.create(&format!("i{nth}")).await;
    }
    world
        .until("they sleep", async || world.engine().resident_count() == 0)
        .await;
    world.engine().pause("flow", "i0").await.expect("paused");
    world.create("young").await;
    versions.publish(&world, &[2]).await;
    world.create("new").await;
    let migrated = world.engine().migrate_all("flow", 2).await;
    assert_eq!(migrated, Ok(Migrated { moved: 41, there: 1 }));
    // One that is woken before the commit of its move would not be on the old version either.
    assert_eq!(version_of(&world, "i7").await, 2);
    assert_eq!(version_of(&world, "ended").await, 1);
    world.engine().resume("flow", "i0").await.expect("resumed");
    for id in ["i0", "i7", "i39", "young", "new"] {
        world.until_phase(id, Phase::Complete).await;
        assert_eq!(world.outcome(id).await, Ok("\"two-1 by attempt 1\"".into()));
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_wakes_before_its_move_is_durable_wakes_on_the_new_version() {
    let world = empty().await;
    let program = |name| -> Program { [Program::wait("w", "go", LONG), Program::step(name)].into() };
    let versions = Versions::new([program("one"), program("two")]);
    versions.publish(&world, &[1]).await;
    world.create("one").await;
    world.until_phase("one", Phase::Waiting).await;
    versions.publish(&world, &[1, 2]).await;
    world
        .store
        .set_plan(|_| Some(Fault::Slow(Duration::from_secs(1))));
    let moved = world.engine().migrate("flow", "one", 2);
    let (moved, sent) = tokio::join!(moved, world.event("one", "go", "x"));
    assert_eq!((moved, sent), (Ok(true), Ok(())));
    world.until_phase("one", Phase::Complete).await;
    assert_eq!((versions.starts(1), versions.starts(2)), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_version_that_is_back_while_the_store_cannot_be_read_is_found_later() {
    let world = empty().await;
    let versions = Versions::new([sleeper("one")]);
    versions.publish(&world, &[1]).await;
    world.create("one").await;
    world.until_phase("one", Phase::Waiting).await;
    versions.publish(&world, &[]).await;
    world.until_phase("one", Phase::Runnable).await;
    tokio::time::sleep(Duration::from_mins(1)).await;
    world.store.fail_reads(2); // of both shards
    versions.publish(&world, &[1]).await;
    world.until_phase("one", Phase::Complete).await;
}
