//! Journals replayed against other code.

use super::versions::Versions;
use std::time::Duration;
use stepwell_core::step::{StepKey, StepKind};
use stepwell_engine::check::{CheckLimits, CheckReport, Divergence, Verdict};
use stepwell_engine::{Operations, Status};
use stepwell_store::{Phase, Store};
use stepwell_testkit::{Program, World};

const LONG: u64 = 3_600_000;

fn original() -> Program {
    [
        Program::step("a"),
        Program::Parallel(vec![Program::step("b"), Program::sleep("nap", 10)]),
        Program::wait("w", "go", LONG),
        Program::slow("c", Duration::from_hours(1)),
    ]
    .into()
}

/// A world whose instance `asleep` waits for its event and whose instance `busy` is in step c.
async fn world(changed: Program) -> (World, Versions) {
    let mut world = World::new(2);
    world.boot().await;
    let versions = Versions::new([original(), changed]);
    versions.publish(&world, &[1]).await;
    for id in ["asleep", "busy"] {
        world.create(id).await;
        world.until_phase(id, Phase::Waiting).await;
    }
    world.event("busy", "go", "x").await.expect("it waits");
    world.until_status("busy", Status::Running).await;
    world
        .until("it is in step c", async || {
            !versions.runtime(1).ledger().attempts("busy", "c").is_empty()
        })
        .await;
    // The start of its attempt is in the journal.
    tokio::time::sleep(Duration::from_secs(1)).await;
    (world, versions)
}

async fn check(world: &World, versions: &Versions) -> CheckReport {
    let version = versions.version(2);
    let report = world.engine().check("flow", &version, CheckLimits::default());
    report.await.expect("it can be checked")
}

/// What is found of both instances, when the code is changed to this.
async fn verdicts(changed: Program) -> [Verdict; 2] {
    let (world, versions) = world(changed).await;
    let commits = world.memory.info().commits;
    let report = check(&world, &versions).await;
    assert_eq!(world.memory.info().commits, commits, "a check writes nothing");
    assert_eq!(versions.runtime(2).ledger().executions(), [], "a callback ran");
    assert_eq!(versions.runtime(2).running(), 0);
    assert_eq!(report.left_out, 0);
    let ids: Vec<_> = report.checked.iter().map(|one| (&*one.id, one.version)).collect();
    assert_eq!(ids, [("asleep", 1), ("busy", 1)]);
    let verdicts: Vec<Verdict> = report.checked.into_iter().map(|one| one.verdict).collect();
    verdicts.try_into().expect("two")
}

fn not_asked(steps: &[(StepKind, &str)]) -> Verdict {
    let steps = steps.iter().map(|(kind, name)| StepKey::new(*kind, *name, 1));
    Verdict::Diverges(Divergence::NotAsked {
        steps: steps.collect(),
    })
}

#[tokio::test(start_paused = true)]
async fn what_only_adds_behind_the_journal_replays() {
    let changed = [original(), Program::step("new"), Program::sleep("more", 5)];
    assert_eq!(
        verdicts(changed.into()).await,
        [Verdict::Replays, Verdict::Replays]
    );
}

#[tokio::test(start_paused = true)]
async fn a_step_that_is_renamed_or_gone_diverges_where_it_is_recorded() {
    let changed = [
        Program::step("a"),
        Program::Parallel(vec![Program::step("b"), Program::sleep("nap", 10)]),
        Program::wait("w", "go", LONG),
        Program::step("d"),
    ];
    let busy = not_asked(&[(StepKind::Do, "c")]);
    assert_eq!(verdicts(changed.into()).await, [Verdict::Replays, busy]);
}

#[tokio::test(start_paused = true)]
async fn a_step_put_in_front_keeps_the_rest_from_being_asked_for() {
    let changed = [Program::step("first"), original()];
    let before = [
        (StepKind::Do, "a"),
        (StepKind::Do, "b"),
        (StepKind::Sleep, "nap"),
        (StepKind::WaitForEvent, "w"),
    ];
    let mut busy = before.to_vec();
    busy.push((StepKind::Do, "c"));
    assert_eq!(
        verdicts(changed.into()).await,
        [not_asked(&before), not_asked(&busy)]
    );
}

#[tokio::test(start_paused = true)]
async fn another_kind_of_step_and_an_error_are_told_as_such() {
    let changed = [
        Program::step("a"),
        Program::Parallel(vec![Program::step("b"), Program::step("nap")]),
    ];
    let other = Verdict::Diverges(Divergence::OtherKind {
        recorded: StepKey::new(StepKind::Sleep, "nap", 1),
        asked: StepKind::Do,
    });
    assert_eq!(verdicts(changed.into()).await, [other.clone(), other]);
    let changed = [Program::step("a"), Program::Throw("changed my mind".into())];
    for verdict in verdicts(changed.into()).await {
        let Verdict::Diverges(Divergence::Threw(failure)) = verdict else {
            panic!("{verdict:?}")
        };
        assert_eq!(failure.message, "changed my mind");
    }
}

#[tokio::test(start_paused = true)]
async fn code_that_ends_early_diverges_and_code_that_hangs_is_known_by_what_it_did_not_ask_for() {
    let all = [
        (StepKind::Do, "b"),
        (StepKind::Sleep, "nap"),
        (StepKind::WaitForEvent, "w"),
    ];
    for changed in [Program::step("a"), [Program::step("a"), Program::Hang].into()] {
        assert_eq!(verdicts(changed).await[0], not_asked(&all));
    }
}

#[tokio::test(start_paused = true)]
async fn a_check_is_bounded_and_says_what_it_could_not_find_out() {
    let (world, versions) = world([Program::Outside(Duration::from_hours(9)), original()].into()).await;
    let version = versions.version(2);
    let limits = |each, all| CheckLimits {
        at_once: 1,
        each: Duration::from_secs(each),
        all: Duration::from_secs(all),
    };
    let engine = world.engine();
    let slow = engine
        .check("flow", &version, limits(3, 60))
        .await
        .expect("checked");
    let reason = "it did not come to rest within 3 seconds".to_owned();
    assert_eq!(slow.checked[1].verdict, Verdict::Unknown { reason });
    let hurried = engine
        .check("flow", &version, limits(3, 2))
        .await
        .expect("checked");
    assert_eq!((hurried.checked.len(), hurried.left_out), (1, 1));
    versions.runtime(2).refuse(9);
    let refused = engine
        .check("flow", &version, limits(3, 60))
        .await
        .expect("checked");
    assert!(matches!(refused.checked[0].verdict, Verdict::Unknown { .. }));
    engine.terminate("flow", "busy").await.expect("it ends");
    world.create("new").await;
    let report = check(&world, &versions).await;
    let ids: Vec<_> = report.checked.iter().map(|one| &*one.id).collect();
    assert_eq!(ids, ["asleep", "new"]);
}
