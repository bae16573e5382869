//! Lists, counts and details.

use super::retries;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use stepwell_core::ids::{InstanceNumber, ShardId};
use stepwell_core::step::{StepKey, StepKind as Kind};
use stepwell_core::value::Value;
use stepwell_engine::inspect::{Filter, InstancePage, InstanceSummary, StepDetail, StepKind};
use stepwell_engine::{Clock, Inspection, OperationError, Operations, Status};
use stepwell_store::{NewInstance, Op, Phase, Store, Trigger};
use stepwell_testkit::{Program, World};

async fn list(world: &World, filter: Filter, skip: u64, limit: usize) -> InstancePage {
    let page = world.engine().instances("flow", filter, skip, limit).await;
    page.expect("a page")
}

fn with_status(status: Status) -> Filter {
    Filter {
        status: Some(status),
        ..Filter::default()
    }
}

fn ids(page: &InstancePage) -> Vec<&str> {
    page.instances.iter().map(|instance| &*instance.id).collect()
}

/// All instances that the filter lets through, read in pages of `limit`.
async fn walk(world: &World, filter: Filter, limit: usize) -> Vec<InstanceSummary> {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let page = world.engine().list("flow", filter, after, limit).await;
        let page = page.expect("a page");
        assert!(page.instances.len() <= limit);
        all.extend(page.instances);
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

/// Pages from a position on show what lists with a total do, in both directions.
async fn walks_agree(world: &World, filter: Filter, expected: &[InstanceSummary]) {
    for limit in [1, 3, 1000] {
        assert_eq!(
            walk(world, filter, limit).await,
            expected,
            "{filter:?} by {limit}"
        );
        let forwards = Filter {
            ascending: true,
            ..filter
        };
        let mut backwards = walk(world, forwards, limit).await;
        backwards.reverse();
        assert_eq!(backwards, expected, "{forwards:?} by {limit}");
    }
}

/// Counts and lists say of every instance what `status()` says of it.
async fn agree(world: &World) -> BTreeMap<&'static str, u64> {
    let all = list(world, Filter::default(), 0, 1000).await;
    let mut counted = BTreeMap::new();
    for instance in &all.instances {
        assert_eq!(
            instance.status,
            world.status(&instance.id).await,
            "{}",
            instance.id
        );
        *counted.entry(instance.status.as_str()).or_default() += 1;
    }
    assert_eq!(all.total, all.instances.len() as u64);
    walks_agree(world, Filter::default(), &all.instances).await;
    let summary = world.engine().workflow("flow").await.expect("it is defined");
    let counts: BTreeMap<&str, u64> = summary
        .counts
        .iter()
        .map(|(status, n)| (status.as_str(), *n))
        .collect();
    assert_eq!(counts, counted);
    for status in Status::ALL {
        let page = list(world, with_status(status), 0, 1000).await;
        let matching = all.instances.iter().filter(|instance| instance.status == status);
        let matching: Vec<_> = matching.cloned().collect();
        assert_eq!(page.total, matching.len() as u64, "{}", status.as_str());
        assert_eq!(page.instances, matching);
        walks_agree(world, with_status(status), &matching).await;
    }
    counted
}

#[tokio::test(start_paused = true)]
async fn every_status_is_listed_and_counted_as_it_is() {
    let mut world = World::new(2);
    world.options.running_max = 4;
    world.define("flow", Program::step("a"), None);
    world.boot().await;
    let define = |program: Program| world.runtime.define("flow", program);
    define(Program::step("a"));
    world.create("complete").await;
    world.until_phase("complete", Phase::Complete).await;
    define(Program::Throw("no".into()));
    world.create("errored").await;
    world.until_phase("errored", Phase::Errored).await;
    define(Program::sleep("s", 3_600_000));
    for id in ["asleep", "paused", "terminated"] {
        world.create(id).await;
        world.until_phase(id, Phase::Waiting).await;
    }
    world.engine().pause("flow", "paused").await.expect("paused");
    world
        .engine()
        .terminate("flow", "terminated")
        .await
        .expect("ended");
    // A wait that is too short to leave memory for.
    define(Program::wait("w", "go", 1500));
    world.create("awaits").await;
    world.until_status("awaits", Status::Waiting).await;
    assert_eq!(world.phase_of("flow", "awaits").await, Some(Phase::Runnable));
    define(Program::slow("a", Duration::from_mins(1)));
    for id in ["running", "pausing", "third"] {
        world.create(id).await;
        world.until_status(id, Status::Running).await;
    }
    world.engine().pause("flow", "pausing").await.expect("it will be");
    world.create("queued").await;
    let expected = [
        ("complete", 1),
        ("errored", 1),
        ("paused", 1),
        ("queued", 1),
        ("running", 2),
        ("terminated", 1),
        ("waiting", 2),
        ("waitingForPause", 1),
    ];
    assert_eq!(agree(&world).await, BTreeMap::from(expected));
    let names: Vec<_> = world.engine().workflows().await.expect("one");
    assert_eq!((&*names[0].name, &*names[0].script_name), ("flow", "worker"));
    let unknown = world.engine().workflow("flaw").await.map(|_| ());
    assert_eq!(unknown, Err(OperationError::NoWorkflow { name: "flaw".into() }));
}

#[tokio::test(start_paused = true)]
async fn pages_go_both_ways_and_know_the_total() {
    let world = World::with(Program::step("a")).await;
    let start = world.clock.now_ms();
    for n in 0..7 {
        world.create(&format!("i{n}")).await;
        world.until_phase(&format!("i{n}"), Phase::Complete).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let newest = list(&world, Filter::default(), 1, 3).await;
    assert_eq!((ids(&newest), newest.total), (vec!["i5", "i4", "i3"], 7));
    let ascending = Filter {
        ascending: true,
        ..with_status(Status::Complete)
    };
    let oldest = list(&world, ascending, 5, 3).await;
    assert_eq!((ids(&oldest), oldest.total), (vec!["i5", "i6"], 7));
    let of = |name: &str| {
        oldest
            .instances
            .iter()
            .find(|instance| &*instance.id == name)
            .cloned()
    };
    let (created_from_ms, last) = (of("i5").map(|i| i.created_ms), of("i6").expect("it is there"));
    assert!(last.created_ms >= start + 6000 && last.modified_ms >= last.created_ms);
    let until = Filter {
        created_until_ms: created_from_ms,
        ..Filter::default()
    };
    assert_eq!(ids(&list(&world, until, 0, 2).await), ["i5", "i4"]);
    walks_agree(&world, until, &list(&world, until, 0, 9).await.instances).await;
    let from = Filter {
        created_from_ms,
        ..Filter::default()
    };
    walks_agree(&world, from, &list(&world, from, 0, 9).await.instances).await;
    let both = Filter {
        created_from_ms,
        ..until
    };
    walks_agree(&world, both, &of("i5").into_iter().collect::<Vec<_>>()).await;
    let nothing = Filter {
        created_from_ms: Some(i64::MIN),
        created_until_ms: Some(i64::MIN),
        ..Filter::default()
    };
    walks_agree(&world, nothing, &[]).await;
    let ever = Filter {
        created_from_ms: Some(i64::MIN),
        created_until_ms: Some(i64::MAX),
        ..Filter::default()
    };
    walks_agree(&world, ever, &list(&world, ever, 0, 9).await.instances).await;
    let late = list(&world, from, 0, 9).await;
    assert_eq!((ids(&late), late.total), (vec!["i6", "i5"], 2));
    let beyond = list(&world, Filter::default(), 7, 3).await;
    assert_eq!((ids(&beyond), beyond.total), (vec![], 7));
    let none = list(&world, with_status(Status::Running), 0, 3).await;
    assert_eq!((ids(&none), none.total), (vec![], 0));
}

async fn steps(world: &World, id: &str) -> Vec<StepDetail> {
    let detail = world
        .engine()
        .describe("flow", id, true)
        .await
        .expect("it is there");
    assert!(detail.step_count <= detail.steps.len() as u64);
    detail.steps
}

fn text(value: Option<&Value>) -> Option<String> {
    value.map(|value| String::from_utf8_lossy(value.bytes()).into_owned())
}

#[tokio::test(start_paused = true)]
async fn a_detail_has_every_step_in_the_order_in_which_they_began() {
    let config = retries(3, 500);
    let world = World::with([
        Program::failing("a", 1, Some(config.clone())),
        Program::sleep("s", 1000),
        Program::Parallel(vec![
            Program::wait("w", "go", 60_000),
            Program::Catch(Box::new(Program::wait("late", "never", 2000))),
            Program::slow("b", Duration::from_secs(1)),
        ]),
        Program::Catch(Box::new(Program::SleepUntil("past".into(), 5))),
        Program::Catch(Box::new(Program::failing("c", 9, Some(retries(1, 10))))),
        Program::step("d"),
    ])
    .await;
    let start = world.clock.now_ms();
    world.create("one").await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    world.event("one", "go", "x").await.expect("it waits");
    world.until_phase("one", Phase::Complete).await;
    let detail = world
        .engine()
        .describe("flow", "one", true)
        .await
        .expect("it is there");
    let names: Vec<&str> = detail.steps.iter().map(|step| &*step.name).collect();
    assert_eq!(
        names,
        ["a-1", "s-1", "w-1", "late-1", "b-1", "past-1", "c-1", "d-1"]
    );
    assert_eq!(detail.summary.status, Status::Complete);
    assert_eq!(
        (detail.step_count, text(Some(&detail.params)).as_deref()),
        (8, Some("{}"))
    );
    assert_eq!(
        text(detail.output.as_ref()).as_deref(),
        Some("\"d-1 by attempt 1\"")
    );
    assert_eq!(detail.summary.started_ms, Some(detail.steps[0].started_ms));
    assert!(
        detail.summary.ended_ms >= Some(start + 4000),
        "{:?}",
        detail.summary.ended_ms
    );
    let StepKind::Do {
        config: own,
        attempts,
        success,
        output,
    } = &detail.steps[0].kind
    else {
        panic!("no do")
    };
    assert_eq!((own, *success), (&config, Some(true)));
    assert_eq!(text(output.as_ref()).as_deref(), Some("\"a-1 by attempt 2\""));
    let ends: Vec<_> = attempts.iter().map(|attempt| attempt.success).collect();
    assert_eq!(ends, [Some(false), Some(true)]);
    assert!(attempts[0].error.is_some() && attempts[1].error.is_none());
    assert_eq!(
        Some(attempts[1].started_ms),
        attempts[0].ended_ms.map(|at| at + 500)
    );
    let slept = &detail.steps[1];
    assert!(matches!(
        slept.kind,
        StepKind::Sleep {
            finished: true,
            error: None
        }
    ));
    assert_eq!(slept.ended_ms, Some(slept.started_ms + 1000));
    let StepKind::WaitForEvent {
        event_type,
        finished,
        error,
        event_ms,
        payload,
    } = &detail.steps[2].kind
    else {
        panic!("no wait")
    };
    assert_eq!((&**event_type, *finished, error), ("go", true, &None));
    assert_eq!(
        (*event_ms, text(payload.as_ref()).as_deref()),
        (detail.steps[2].ended_ms, Some("\"x\""))
    );
    let timed_out = matches!(
        &detail.steps[3].kind,
        StepKind::WaitForEvent {
            finished: true,
            error: Some(_),
            ..
        }
    );
    let past = matches!(
        &detail.steps[5].kind,
        StepKind::Sleep {
            finished: true,
            error: Some(_)
        }
    );
    assert!(timed_out && past, "{:?}", detail.steps);
    let StepKind::Do {
        attempts, success, ..
    } = &detail.steps[6].kind
    else {
        panic!("no do")
    };
    assert_eq!((attempts.len(), *success), (2, Some(false)));
    let brief = world
        .engine()
        .describe("flow", "one", false)
        .await
        .expect("it is there");
    assert_eq!((brief.steps.len(), brief.step_count), (0, 8));
    assert!(brief.output.is_some());
    let missing = world.engine().describe("flow", "two", true).await.map(|_| ());
    assert_eq!(missing, Err(OperationError::NotFound));
}

#[tokio::test(start_paused = true)]
async fn what_runs_now_is_in_the_detail() {
    let mut world = World::new(1);
    world.options.start_lag = Duration::from_hours(1); // the start of an attempt is not written by itself
    world.define(
        "flow",
        [
            Program::Outside(Duration::from_secs(2)),
            Program::slow("a", Duration::from_mins(1)),
        ],
        None,
    );
    world.boot().await;
    world.create("one").await;
    world.until_status("one", Status::Running).await;
    let started_ms = world.clock.now_ms();
    let early = world
        .engine()
        .describe("flow", "one", true)
        .await
        .expect("it is there");
    assert_eq!((early.steps.len(), early.summary.ended_ms), (0, None));
    assert!(
        early
            .summary
            .started_ms
            .is_some_and(|at| (started_ms - 100..=started_ms).contains(&at))
    );
    tokio::time::sleep(Duration::from_secs(3)).await;
    let detail = steps(&world, "one").await;
    let StepKind::Do {
        attempts,
        success: None,
        output: None,
        ..
    } = &detail[0].kind
    else {
        panic!("{detail:?}")
    };
    assert_eq!(
        (attempts.len(), attempts[0].success, attempts[0].ended_ms),
        (1, None, None)
    );
}

#[tokio::test(start_paused = true)]
async fn one_step_is_found_by_kind_and_name() {
    let world = World::with([
        Program::step("a"),
        Program::step("a"),
        Program::wait("a", "go", 60_000),
        Program::sleep("s", 3_600_000),
    ])
    .await;
    world.create("one").await;
    world.event("one", "go", "hello").await.expect("it is kept");
    world.until_phase("one", Phase::Waiting).await;
    let step = async |kind, name: &str| {
        let step = world.engine().step("flow", "one", kind, name).await;
        step.expect("the instance is there")
    };
    let second = step(Kind::Do, "a-2").await.map(|step| step.kind);
    let Some(StepKind::Do { output, .. }) = second else {
        panic!("{second:?}")
    };
    assert_eq!(text(output.as_ref()), Some("\"a-2 by attempt 1\"".into()));
    let wait = step(Kind::WaitForEvent, "a-1").await.map(|step| step.kind);
    let Some(StepKind::WaitForEvent { payload, .. }) = wait else {
        panic!("{wait:?}")
    };
    assert_eq!(text(payload.as_ref()), Some("\"hello\"".into()));
    assert!(step(Kind::Sleep, "s-1").await.is_some());
    assert!(step(Kind::Do, "s-1").await.is_none());
    assert!(step(Kind::Do, "a-3").await.is_none());
    let nobody = world.engine().step("flow", "two", Kind::Do, "a-1").await;
    assert!(matches!(nobody, Err(OperationError::NotFound)));
}

#[tokio::test(start_paused = true)]
async fn a_pause_moves_deadlines_and_a_termination_is_a_step() {
    let world = World::with([Program::step("a"), Program::sleep("s", 60_000)]).await;
    world.create("one").await;
    world.until_phase("one", Phase::Waiting).await;
    let until = steps(&world, "one").await[1].ended_ms.expect("a deadline");
    world.engine().pause("flow", "one").await.expect("it sleeps");
    tokio::time::sleep(Duration::from_secs(5)).await;
    world.engine().resume("flow", "one").await.expect("it is paused");
    let moved = steps(&world, "one").await[1].ended_ms.expect("a deadline");
    assert!((until + 5000..until + 5100).contains(&moved), "{}", moved - until);
    world.engine().terminate("flow", "one").await.expect("it sleeps");
    let ended = world
        .engine()
        .describe("flow", "one", true)
        .await
        .expect("it is there");
    assert!(matches!(
        ended.steps[1].kind,
        StepKind::Sleep { finished: false, .. }
    ));
    assert!(matches!(ended.steps[2].kind, StepKind::Termination));
    assert_eq!(
        (ended.step_count, ended.summary.ended_ms),
        (2, ended.steps[2].ended_ms)
    );
}

#[tokio::test(start_paused = true)]
async fn a_restart_from_a_step_forgets_what_it_forgets() {
    let world = World::with([
        Program::step("a"),
        Program::step("b"),
        Program::sleep("s", 60_000),
    ])
    .await;
    world.create("one").await;
    world.until_phase("one", Phase::Waiting).await;
    world
        .runtime
        .define("flow", Program::slow("a", Duration::from_mins(1)));
    let from = Some(StepKey::new(Kind::Do, "b", 1));
    world
        .engine()
        .restart("flow", "one", from)
        .await
        .expect("b has run");
    let names: Vec<String> = steps(&world, "one")
        .await
        .into_iter()
        .map(|step| step.name)
        .collect();
    assert_eq!(names, ["a-1"]);
    world
        .engine()
        .restart("flow", "one", None)
        .await
        .expect("it can be");
    world.until_status("one", Status::Running).await;
    let again = steps(&world, "one").await;
    assert!(matches!(&again[0].kind, StepKind::Do { success: None, .. }));
}

#[tokio::test(start_paused = true)]
async fn an_instance_without_steps_has_a_start_all_the_same() {
    let world = World::with(Program::Outside(Duration::from_secs(3))).await;
    world.create("one").await;
    world.until_phase("one", Phase::Complete).await;
    let detail = world
        .engine()
        .describe("flow", "one", true)
        .await
        .expect("it is there");
    let (Some(started_ms), Some(ended_ms)) = (detail.summary.started_ms, detail.summary.ended_ms) else {
        panic!("{detail:?}")
    };
    assert!(
        (3000..3100).contains(&(ended_ms - started_ms)),
        "{started_ms} to {ended_ms}"
    );
}

const MANY: u32 = 20_000;

/// Puts instances into the store, each phase its share.
async fn fill(world: &World) {
    let workflow = world.memory.workflow("flow").await.expect("a Workflow");
    let mut batches = super::batches(world, 4).await;
    for n in 0..MANY {
        let id: Arc<str> = format!("i{n}").into();
        let shard = ShardId::of(workflow, &id, 4).0 as usize;
        let created_ms = world.clock.now_ms() - i64::from(MANY - n);
        let number = InstanceNumber::new(created_ms, 1, 0);
        batches[shard].ops.push(Op::CreateInstance(Box::new(NewInstance {
            number,
            workflow,
            id,
            version: 1,
            created_ms,
            trigger: Trigger::Api,
            options: json!(null),
            params: Value::undefined(),
        })));
        let phase = Phase::ALL[1 + n as usize % 5];
        batches[shard].ops.push(Op::SetPhase {
            number,
            phase,
            at_ms: created_ms,
        });
    }
    world.memory.commit(batches).await.expect("room");
}

#[tokio::test(start_paused = true)]
async fn twenty_thousand_instances_are_listed_without_being_loaded() {
    let mut world = World::new(4);
    world.define("flow", Program::slow("a", Duration::from_hours(1)), None);
    fill(&world).await;
    world.boot().await;
    for n in 0..50 {
        world.create(&format!("r{n}")).await;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    world.until_status("r49", Status::Running).await;
    let (loaded, _) = world.store.read_counts();
    let summary = world.engine().workflow("flow").await.expect("it is defined");
    let share = u64::from(MANY / 5);
    assert_eq!(
        summary.counts,
        [
            (Status::Running, 50),
            (Status::Paused, share),
            (Status::Errored, share),
            (Status::Terminated, share),
            (Status::Complete, share),
            (Status::Waiting, share),
        ]
    );
    let last = list(&world, Filter::default(), u64::from(MANY) + 40, 100).await;
    assert_eq!((last.instances.len(), last.total), (10, u64::from(MANY) + 50));
    assert_eq!(ids(&last)[9], "i0");
    let ascending = Filter {
        ascending: true,
        ..with_status(Status::Paused)
    };
    let page = list(&world, ascending, 3990, 100).await;
    assert_eq!((page.instances.len(), page.total), (10, share));
    assert_eq!(ids(&page)[9], format!("i{}", MANY - 4));
    let running = list(&world, with_status(Status::Running), 48, 10).await;
    assert_eq!(ids(&running), ["r1", "r0"]);
    assert_eq!(world.store.read_counts().0, loaded, "a list reads no journal");
    assert_eq!(world.engine().delete_all("flow").await, Ok(u64::from(MANY) + 50));
    assert_eq!(list(&world, Filter::default(), 0, 10).await.total, 0);
    assert_eq!(
        (world.engine().resident_count(), world.store.read_counts().0),
        (0, loaded)
    );
}
