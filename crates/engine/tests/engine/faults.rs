//! Stores that fail, processes that die.

use super::retries;
use std::time::Duration;
use stepwell_engine::{OperationError, Operations, Status};
use stepwell_store::Phase;
use stepwell_testkit::{Fault, Program, World};

fn mixed() -> Program {
    Program::from([
        Program::step("a"),
        Program::Parallel(vec![
            Program::failing("b", 1, Some(retries(20, 100))),
            Program::slow("c", Duration::from_millis(300)),
            Program::sleep("s", 500),
        ]),
        Program::wait("w", "go", 600_000),
        Program::sleep("t", 5000),
        Program::Catch(Box::new(Program::NonRetryable("d".into()))),
        Program::step("e"),
    ])
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_refuses_what_is_new_and_answers_what_is_asked() {
    let world = World::with([Program::sleep("s", 5000), Program::step("a")]).await;
    world.create("one").await;
    world.store.fill();
    let refused = world.create_of("flow", "two").await;
    assert_eq!(refused, Err(OperationError::Full));
    assert_eq!(world.create_of("flow", "three").await, Err(OperationError::Full));
    assert_eq!(world.event("one", "go", "x").await, Err(OperationError::Full));
    assert_ne!(world.status("one").await, Status::Complete);
    assert_eq!(world.engine().get("flow", "one").await, Ok(()));
    assert_eq!(
        world.engine().get("flow", "two").await,
        Err(OperationError::NotFound)
    );
    tokio::time::sleep(Duration::from_mins(1)).await;
    world.store.make_room();
    world.until_phase("one", Phase::Complete).await;
    world.create("two").await;
    world.until_phase("two", Phase::Complete).await;
    assert_eq!(world.runtime.ledger().wrongs(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_disk_that_is_full_in_the_middle_of_everything_loses_nothing() {
    for at in 1..12 {
        let mut world = World::new(2);
        world.options.running_max = 2;
        world.define(
            "flow",
            Program::from([Program::step("a"), Program::step("b"), Program::sleep("s", 3000)]),
            None,
        );
        world.boot().await;
        world
            .store
            .set_plan(move |commit| (commit == at).then_some(Fault::Full));
        let mut created = Vec::new();
        for n in 0..5 {
            let id = format!("i{n}");
            if world.create_of("flow", &id).await.is_ok() {
                created.push(id);
            }
        }
        tokio::time::sleep(Duration::from_secs(10)).await;
        world.store.make_room();
        for id in &created {
            world.until_phase(id, Phase::Complete).await;
        }
        assert_eq!(
            world.runtime.ledger().wrongs(),
            Vec::<String>::new(),
            "full at commit {at}"
        );
        assert!(world.runtime.most_running() <= 2, "full at commit {at}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_is_not_charged_to_the_step_that_ran_then() {
    let once = Program::Do {
        name: "slow".into(),
        failures: 0,
        deadly: 0,
        takes: Duration::from_secs(5),
        config: Some(retries(0, 0)),
    };
    let world = World::with([once]).await;
    world.create("one").await;
    world.until_status("one", Status::Running).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    world.store.fill();
    assert_eq!(world.create_of("flow", "two").await, Err(OperationError::Full));
    tokio::time::sleep(Duration::from_secs(1)).await;
    world.store.make_room();
    world.until_phase("one", Phase::Complete).await;
    let attempts = world.runtime.ledger().attempts("one", "slow");
    assert!(attempts.iter().all(|attempt| *attempt == 1), "{attempts:?}");
}

#[tokio::test(start_paused = true)]
async fn a_result_is_held_while_the_disk_is_full_and_its_step_runs_once() {
    let world = World::with([
        Program::slow("slow", Duration::from_secs(2)),
        Program::step("after"),
    ])
    .await;
    world.create("one").await;
    world.until_status("one", Status::Running).await;
    world.store.fill();
    tokio::time::sleep(Duration::from_mins(10)).await;
    assert_eq!(world.create_of("flow", "two").await, Err(OperationError::Full));
    assert_eq!(world.status("one").await, Status::Running);
    world.store.make_room();
    world.until_phase("one", Phase::Complete).await;
    assert_eq!(world.runtime.ledger().attempts("one", "slow"), [1]);
    assert_eq!(world.runtime.ledger().attempts("one", "after"), [1]);
    world.create("two").await;
    world.until_phase("two", Phase::Complete).await;
}

#[tokio::test(start_paused = true)]
async fn commits_are_repeated_when_that_helps() {
    for fault in [
        Fault::Unavailable,
        Fault::Unknown { applied: true },
        Fault::Unknown { applied: false },
        Fault::Slow(Duration::from_millis(700)),
    ] {
        let world = World::with(mixed()).await;
        world
            .store
            .set_plan(move |commit| commit.is_multiple_of(2).then_some(fault));
        world.create("one").await;
        world.event("one", "go", "x").await.expect("accepted");
        world.until_phase("one", Phase::Complete).await;
        assert_eq!(world.runtime.ledger().wrongs(), Vec::<String>::new(), "{fault:?}");
        assert_eq!(world.runtime.ledger().attempts("one", "e"), [1], "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn reads_that_fail_are_repeated() {
    let world = World::with([
        Program::step("a"),
        Program::sleep("s", 10_000),
        Program::wait("w", "go", 60_000),
    ])
    .await;
    world.create("one").await;
    world.event("one", "go", "kept").await.expect("accepted");
    world.until_phase("one", Phase::Waiting).await;
    for _ in 0..40 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        world.store.fail_reads(1);
    }
    world.store.fail_reads(0);
    world.until_phase("one", Phase::Complete).await;
    assert_eq!(world.outcome("one").await, Ok("\"kept\"".into()));
    assert_eq!(world.runtime.ledger().wrongs(), Vec::<String>::new());
}

/// The process dies in the n-th commit, for every n that there is: what was acknowledged is there, nothing that was
/// recorded runs again, everything ends.
#[tokio::test(start_paused = true)]
async fn a_crash_in_any_commit_loses_nothing() {
    for applied in [false, true] {
        let mut at = 1;
        loop {
            let mut world = World::new(2);
            world.define("flow", mixed(), None);
            world.boot().await;
            world
                .store
                .set_plan(move |commit| (commit == at).then_some(Fault::Crash { applied }));
            let mut created = Vec::new();
            let store = world.store.clone();
            let mut crashed = false;
            tokio::select! {
                () = store.crashed() => crashed = true,
                () = work(&world, &mut created) => {}
            }
            if crashed {
                world.reboot().await;
            }
            let mut rest = Vec::new();
            work(&world, &mut rest).await;
            for id in ["i0", "i1", "i2"] {
                world.until_phase(id, Phase::Complete).await;
            }
            for (id, event) in &created {
                assert!(
                    world.phase_of("flow", id).await.is_some(),
                    "crash {at}: {id} was acknowledged"
                );
                let events = world.runtime.ledger().events(id);
                assert_eq!(events[0].1, "\"first\"", "crash {at}: {event} of {id}");
            }
            let wrongs = world.runtime.ledger().wrongs();
            assert_eq!(wrongs, Vec::<String>::new(), "crash {at}, applied {applied}");
            if !crashed {
                assert!(at > 20, "there were only {at} commits");
                break;
            }
            at += 1;
        }
    }
}

/// Creates three instances and sends each an event; what was acknowledged goes into `acknowledged`.
async fn work(world: &World, acknowledged: &mut Vec<(String, String)>) {
    for n in 0..3 {
        let id = format!("i{n}");
        match world.create_of("flow", &id).await {
            Ok(_) | Err(OperationError::AlreadyExists { .. }) => {}
            Err(error) => panic!("{id}: {error}"),
        }
        if world.phase_of("flow", &id).await != Some(Phase::Complete)
            && world.event(&id, "go", "first").await.is_ok()
        {
            acknowledged.push((id, "the event".into()));
        }
    }
    tokio::time::sleep(Duration::from_secs(30)).await;
}

#[tokio::test(start_paused = true)]
async fn a_stop_lets_steps_end_and_starts_nothing_more() {
    let mut world = World::with([Program::slow("a", Duration::from_secs(2)), Program::step("b")]).await;
    world.create("one").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    world.engine().stop(Duration::from_secs(10)).await;
    assert_eq!(world.runtime.ledger().attempts("one", "a"), [1]);
    let refused = world.create_of("flow", "two").await;
    assert!(
        matches!(refused, Err(OperationError::Unavailable { .. })),
        "{refused:?}"
    );
    world.reboot().await;
    world.until_phase("one", Phase::Complete).await;
    assert_eq!(world.runtime.ledger().attempts("one", "a"), [1]);
    assert_eq!(world.runtime.ledger().attempts("one", "b"), [1]);
}
