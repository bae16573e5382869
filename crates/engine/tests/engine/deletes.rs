//! `delete()`: everything goes, and the id is free.

use serde_json::json;
use std::time::Duration;
use stepwell_engine::{Create, OperationError, Operations, Status};
use stepwell_store::{Phase, Store, Trigger};
use stepwell_testkit::{Fault, Program, World};

async fn delete(world: &World, id: &str) -> Result<(), OperationError> {
    world.engine().delete("flow", id).await
}

/// Nothing of the instance is left in the store.
async fn nothing_left(world: &World) {
    for shard in 0..2 {
        let timers = world
            .memory
            .timers(stepwell_core::ids::ShardId(shard), None, i64::MAX, 9)
            .await;
        assert_eq!(timers.expect("memory"), []);
    }
    let workflow = world.memory.workflow("flow").await.expect("it is defined");
    let counts = world.memory.counts(workflow, stepwell_store::Span::ALL).await;
    assert_eq!(counts.expect("memory"), []);
}

#[tokio::test(start_paused = true)]
async fn whatever_it_does_it_is_gone() {
    let programs: [(Program, Status); 4] = [
        (Program::step("a"), Status::Complete),
        (Program::slow("a", Duration::from_mins(1)), Status::Running),
        (Program::sleep("s", 3_600_000), Status::Waiting),
        (Program::Throw("no".into()), Status::Errored),
    ];
    for (program, status) in programs {
        let world = World::with(program).await;
        world.create("one").await;
        world.until_status("one", status).await;
        world.event("one", "early", "x").await.ok();
        assert_eq!(delete(&world, "one").await, Ok(()), "{status:?}");
        nothing_left(&world).await;
        assert_eq!(
            world.engine().get("flow", "one").await,
            Err(OperationError::NotFound)
        );
        assert_eq!(world.engine().resident_count(), 0);
        assert_eq!(world.event("one", "late", "x").await, Err(OperationError::Gone));
        assert_eq!(delete(&world, "one").await, Err(OperationError::Gone));
        tokio::time::sleep(Duration::from_hours(2)).await;
        assert_eq!(world.runtime.running(), 0);
        assert_eq!(world.runtime.ledger().wrongs(), Vec::<String>::new());
    }
}

#[tokio::test(start_paused = true)]
async fn the_new_instance_has_nothing_of_the_old_one() {
    let wait = [Program::step("a"), Program::wait("w", "go", 5_000)];
    let world = World::with(wait).await;
    world.create("one").await;
    world.until_status("one", Status::Waiting).await;
    world.event("one", "other", "old").await.expect("kept");
    // In one go: nobody waits for a commit in between.
    let engine = world.engine();
    let request = || Create {
        id: Some("one".into()),
        params: None,
        options: json!(null),
        trigger: Trigger::Api,
    };
    tokio::time::sleep(Duration::from_secs(4)).await;
    world.runtime.ledger().forget("one");
    world
        .runtime
        .define("flow", [Program::step("a"), Program::wait("w", "other", 5_000)]);
    let (first, created, second, again) = tokio::join!(
        engine.delete("flow", "one"),
        engine.create("flow", request()),
        engine.delete("flow", "one"),
        engine.create("flow", request()),
    );
    assert_eq!((first, second), (Ok(()), Ok(())));
    assert_eq!((created.as_deref(), again.as_deref()), (Ok("one"), Ok("one")));
    world.until_status("one", Status::Waiting).await;
    // The old one's deadline passes, and its event is not there.
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(world.status("one").await, Status::Waiting);
    world.event("one", "other", "new").await.expect("it waits");
    world.until_phase("one", Phase::Complete).await;
    assert_eq!(
        world.runtime.ledger().events("one"),
        [("w-1".to_owned(), "\"new\"".to_owned())]
    );
    assert_eq!(world.runtime.ledger().wrongs(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn its_slot_goes_to_the_next_one() {
    let mut world = World::new(2);
    world.define("flow", Program::slow("a", Duration::from_mins(1)), Some(1));
    world.boot().await;
    for id in ["one", "two", "three"] {
        world.create(id).await;
    }
    world.until_status("one", Status::Running).await;
    assert_eq!(delete(&world, "two").await, Ok(()));
    assert_eq!(delete(&world, "one").await, Ok(()));
    world.until_status("three", Status::Running).await;
    world.create("four").await;
    world.until_phase("four", Phase::Complete).await;
    assert_eq!(world.runtime.most_running(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_batch_says_what_became_of_each_id() {
    let world = World::with(Program::step("a")).await;
    world.create("a").await;
    world.create("b").await;
    let delete = |ids: &[&str]| {
        let ids = ids.iter().map(|id| (*id).to_owned()).collect();
        world.engine().delete_batch("flow", ids)
    };
    let results = delete(&["a", "missing", "a", "b"]).await;
    assert_eq!(
        results,
        Ok(vec![Ok(()), Err(OperationError::Gone), Ok(()), Ok(())])
    );
    nothing_left(&world).await;
    let refusal = |result: Result<_, OperationError>| result.expect_err("it is refused").to_string();
    assert_eq!(
        refusal(delete(&[]).await.map(|_| ())),
        "(body) batchDeleteInstances should have at least 1 instance"
    );
    assert_eq!(
        refusal(delete(&["a"; 101]).await.map(|_| ())),
        "(body) batchDeleteInstances only supports 100 instances at a time"
    );
}

/// The commit of the deletion fails in every way; afterwards the instance is there as it was, or not at all.
#[tokio::test(start_paused = true)]
async fn a_crash_leaves_it_whole_or_gone() {
    for applied in [false, true] {
        let mut world = World::with([Program::step("a"), Program::wait("w", "go", 60_000)]).await;
        world.create("one").await;
        world.until_status("one", Status::Waiting).await;
        world.store.set_plan(move |_| Some(Fault::Crash { applied }));
        let store = world.store.clone();
        tokio::select! {
            () = store.crashed() => {}
            result = delete(&world, "one") => panic!("answered before it was durable: {result:?}"),
        }
        world.store.set_plan(|_| None);
        world.reboot().await;
        if applied {
            nothing_left(&world).await;
            world.runtime.ledger().forget("one");
            world.create("one").await;
        }
        world.until_status("one", Status::Waiting).await;
        world.event("one", "go", "x").await.expect("it waits");
        world.until_phase("one", Phase::Complete).await;
        assert_eq!(world.runtime.ledger().wrongs(), Vec::<String>::new());
    }
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_refuses_it_and_it_goes_on() {
    let world = World::with([Program::sleep("s", 10_000), Program::step("a")]).await;
    world.create("one").await;
    world.until_status("one", Status::Waiting).await;
    world.store.set_plan(|_| Some(Fault::Full));
    assert_eq!(delete(&world, "one").await, Err(OperationError::Full));
    assert_eq!(world.engine().get("flow", "one").await, Ok(()));
    world.store.set_plan(|_| None);
    world.store.make_room();
    world.until_phase("one", Phase::Complete).await;
    assert_eq!(delete(&world, "one").await, Ok(()));
}
