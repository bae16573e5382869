//! Many instances at once, and Workflows that go.

use std::time::Duration;
use stepwell_engine::inspect::Filter;
use stepwell_engine::{Inspection, Job, Made, Management, OperationError, Operations, Status};
use stepwell_store::{Listing, Phase, Store};
use stepwell_testkit::{Program, World, request};

async fn done(world: &World) {
    world
        .until("the job is done", async || {
            world.engine().is_terminating("flow").await == Ok(false)
        })
        .await;
}

async fn count(world: &World, status: Status) -> u64 {
    let summary = world.engine().workflow("flow").await.expect("it is there");
    let of = summary.counts.iter().find(|(of, _)| *of == status);
    of.map_or(0, |(_, count)| *count)
}

#[tokio::test(start_paused = true)]
async fn each_of_a_batch_is_told_what_became_of_it() {
    let world = World::with(Program::step("a")).await;
    world.create("old").await;
    let engine = world.engine();
    let requests = ["new", "old", "new", "newer"].map(request);
    let results = engine.create_each("flow", requests.to_vec()).await;
    let made = |id: &str| {
        Ok(Made {
            id: id.into(),
            version: 1,
        })
    };
    let expected = [
        made("new"),
        Err(OperationError::AlreadyExists { id: "old".into() }),
        Err(OperationError::DuplicateInBatch { id: "new".into() }),
        made("newer"),
    ];
    assert_eq!(results, Ok(expected.to_vec()));
    let wrong = ["fine", "not/fine"].map(request);
    assert!(engine.create_each("flow", wrong.to_vec()).await.is_err());
    assert_eq!(engine.get("flow", "fine").await, Err(OperationError::NotFound));
    assert!(engine.create_each("flow", Vec::new()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn all_that_have_not_ended_are_terminated_in_the_background() {
    let mut world = World::new(2);
    world.options.running_max = 5;
    world.define("flow", Program::step("a"), None);
    world.boot().await;
    world.create("complete").await;
    world.until_phase("complete", Phase::Complete).await;
    world.runtime.define("flow", Program::sleep("s", 3_600_000));
    for nth in 0..300 {
        world.create(&format!("s{nth}")).await;
    }
    world
        .until("they sleep", async || count(&world, Status::Waiting).await == 300)
        .await;
    world.engine().pause("flow", "s0").await.expect("paused");
    world
        .runtime
        .define("flow", Program::slow("b", Duration::from_hours(1)));
    for nth in 0..9 {
        world.create(&format!("b{nth}")).await;
    }
    world
        .until("some run", async || count(&world, Status::Running).await == 5)
        .await;
    let engine = world.engine();
    assert_eq!(engine.terminate_all("flow", None).await, Ok(Job::Ok(())));
    assert_eq!(engine.terminate_all("flow", None).await, Ok(Job::AlreadyRunning));
    assert_eq!(
        engine.terminate_batch("flow", vec!["s1".into()]).await,
        Ok(Job::AlreadyRunning)
    );
    assert_eq!(engine.is_terminating("flow").await, Ok(true));
    done(&world).await;
    assert_eq!(count(&world, Status::Terminated).await, 309);
    assert_eq!(count(&world, Status::Complete).await, 1);
    assert_eq!(world.runtime.running(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_a_crash_cut_off_goes_on_and_leaves_what_came_later() {
    let mut world = World::with(Program::sleep("s", 3_600_000)).await;
    for nth in 0..600 {
        world.create(&format!("s{nth}")).await;
    }
    world
        .until("they sleep", async || count(&world, Status::Waiting).await == 600)
        .await;
    let engine = world.engine();
    assert_eq!(engine.terminate_all("flow", None).await, Ok(Job::Ok(())));
    world.create("later").await;
    world.reboot().await;
    let before = count(&world, Status::Terminated).await;
    assert!(before < 600, "the crash was too late: {before}");
    done(&world).await;
    assert_eq!(count(&world, Status::Terminated).await, 600);
    assert_ne!(world.status("later").await, Status::Terminated);
    // It is done once: who is restarted stays.
    world
        .engine()
        .restart("flow", "s0", None)
        .await
        .expect("restarted");
    world.reboot().await;
    assert_eq!(world.engine().is_terminating("flow").await, Ok(false));
    assert_ne!(world.status("s0").await, Status::Terminated);
}

#[tokio::test(start_paused = true)]
async fn those_of_one_status_can_be_terminated_and_the_others_go_on() {
    let world = World::with(Program::sleep("s", 3_600_000)).await;
    for id in ["a", "b", "c"] {
        world.create(id).await;
        world.until_phase(id, Phase::Waiting).await;
    }
    world.engine().pause("flow", "b").await.expect("paused");
    world
        .runtime
        .define("flow", Program::slow("d", Duration::from_hours(1)));
    world.create("d").await;
    world.until_status("d", Status::Running).await;
    let engine = world.engine();
    let job = engine.terminate_all("flow", Some(Status::Waiting)).await;
    assert_eq!(job, Ok(Job::Ok(())));
    done(&world).await;
    let statuses = [
        world.status("a").await,
        world.status("b").await,
        world.status("c").await,
        world.status("d").await,
    ];
    let ended = Status::Terminated;
    assert_eq!(statuses, [ended, Status::Paused, ended, Status::Running]);
    let ids = ["a", "b", "d", "b", "nobody"].map(str::to_owned);
    assert_eq!(engine.terminate_batch("flow", ids.to_vec()).await, Ok(Job::Ok(2)));
    assert_eq!(world.status("d").await, ended);
}

#[tokio::test(start_paused = true)]
async fn creations_and_restarts_have_a_rate() {
    let mut world = World::new(2);
    world.options.creations_per_second_per_workflow = Some(2);
    world.define("flow", Program::step("a"), None);
    world.define("other", Program::step("a"), None);
    world.boot().await;
    world.create("one").await;
    world.until_phase("one", Phase::Complete).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    world.create("two").await;
    world
        .engine()
        .restart("flow", "one", None)
        .await
        .expect("it has ended");
    let refused = world.create_of("flow", "three").await;
    assert!(matches!(
        refused,
        Err(OperationError::RateLimited {
            retry_after_ms: 1..=500
        })
    ));
    assert!(world.engine().restart("flow", "one", None).await.is_err());
    world
        .create_of("other", "three")
        .await
        .expect("a rate of its own");
    tokio::time::sleep(Duration::from_millis(500)).await;
    world.create("three").await;
}

#[tokio::test(start_paused = true)]
async fn a_deleted_workflow_leaves_no_instances_also_when_the_server_dies_meanwhile() {
    let mut world = World::with(Program::slow("a", Duration::from_hours(1))).await;
    for nth in 0..20 {
        world.create(&format!("i{nth}")).await;
    }
    world.until_status("i3", Status::Running).await;
    let old = world.memory.workflow("flow").await.expect("memory");
    world.engine().delete_workflow("flow").await.expect("deleted");
    let refused = world.create_of("flow", "late").await;
    assert_eq!(refused, Err(OperationError::NoWorkflow { name: "flow".into() }));
    world.reboot().await;
    let page = world.engine().instances("flow", Filter::default(), 0, 10).await;
    assert_eq!(page.expect("it is new").total, 0);
    world.create("i0").await;
    world
        .until("the old ones are gone", async || {
            let left = world.memory.list(Listing::all(old)).await.expect("memory");
            left.is_empty()
        })
        .await;
    world.until_status("i0", Status::Running).await;
    assert_eq!(world.runtime.running(), 1);
    world
        .engine()
        .delete_workflow("nothing")
        .await
        .expect("nothing to do");
}
