//! Random programs in a world that fails at random, in simulated time.
//!
//! `STEPWELL_SEED=n` repeats the seed n, `STEPWELL_SEEDS=n` tries n of them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use stepwell_engine::inspect::Filter;
use stepwell_engine::{Inspection, OperationError, Operations};
use stepwell_store::{Phase, Store};
use stepwell_testkit::{Fault, Program, Random, World};

const SEEDS: u64 = 200;
const SHARDS: u32 = 2;
const WORKFLOWS: [&str; 3] = ["flow", "flux", "float"];

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn whatever_fails_everything_ends_and_nothing_runs_twice() {
    let seeds = match number("STEPWELL_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("STEPWELL_SEEDS").unwrap_or(SEEDS),
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let seeds = seeds.clone().skip(thread).step_by(threads);
            scope.spawn(move || seeds.for_each(try_seed));
        }
    });
}

fn try_seed(seed: u64) {
    let result = std::panic::catch_unwind(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime");
        runtime.block_on(simulate(seed));
    });
    // The panic itself has been shown.
    assert!(result.is_ok(), "failed; STEPWELL_SEED={seed} repeats it");
}

/// What is known of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Nothing: the engine did not answer.
    Unknown,
    /// The engine has it.
    There,
    /// The engine has deleted it.
    Deleted,
}

/// What was done so far.
#[derive(Default)]
struct Story {
    /// Instances that were asked for, and what the engine said last.
    instances: BTreeMap<(&'static str, String), Fate>,
    events: u64,
}

async fn simulate(seed: u64) {
    let mut random = Random::new(seed);
    let mut world = World::new(SHARDS);
    world.options.running_max = 1 + random.below(6) as usize;
    world.options.quarantined_max = 1 + random.below(2) as usize;
    world.options.timer_window = Duration::from_millis(1000 + random.below(60_000));
    for name in WORKFLOWS {
        let limit = random.chance(20).then_some(1);
        let program: Program = random.program();
        world.define(name, program, limit);
    }
    world.boot().await;
    let mut faults = random.clone();
    world.store.set_plan(move |_| fault(&mut faults));
    let mut story = Story::default();
    for _ in 0..60 {
        let disk = world.store.clone();
        let crashed = tokio::select! {
            biased;
            () = disk.crashed() => true,
            () = act(&world, &mut random, &mut story) => false,
        };
        if crashed || random.chance(2) {
            world.reboot().await;
        }
    }
    world.store.set_plan(|_| None);
    world.store.make_room();
    world.store.fail_reads(0);
    if world.store.is_dead() {
        world.reboot().await;
    }
    settle(&world, &story).await;
    judge(&world, &story).await;
}

fn fault(random: &mut Random) -> Option<Fault> {
    let applied = random.chance(50);
    match random.below(200) {
        0..3 => Some(Fault::Crash { applied }),
        3..8 => Some(Fault::Unknown { applied }),
        8..12 => Some(Fault::Unavailable),
        12..22 => Some(Fault::Slow(Duration::from_millis(random.below(300)))),
        22 => Some(Fault::Full),
        _ => None,
    }
}

async fn act(world: &World, random: &mut Random, story: &mut Story) {
    let engine = world.engine();
    let known = story.instances.len() as u64;
    let some = story.instances.keys().nth(random.below(known) as usize).cloned();
    match (random.below(24), some) {
        (0..5, _) | (_, None) => {
            let workflow = WORKFLOWS[random.below(3) as usize];
            let id = format!("i{known}");
            create(world, story, (workflow, id)).await;
        }
        (5..10, Some((workflow, id))) => {
            story.events += 1;
            let payload = serde_json::json!(format!("event {}", story.events));
            let payload = stepwell_core::value::Value::from_json(&payload);
            let event_type = format!("t{}", random.below(2));
            let _ = engine.send_event(workflow, &id, &event_type, payload).await;
        }
        (10, Some((workflow, id))) => {
            let _ = engine.pause(workflow, &id).await;
        }
        (11 | 12, Some((workflow, id))) => {
            let _ = engine.resume(workflow, &id).await;
        }
        (13, Some((workflow, id))) if random.chance(30) => {
            let _ = engine.terminate(workflow, &id).await;
        }
        (13, Some(instance)) => delete(world, random, story, instance).await,
        (14, Some((workflow, id))) => {
            let _ = engine.status(workflow, &id).await;
            let _ = engine.describe(workflow, &id, true).await;
            let _ = engine.instances(workflow, Filter::default(), 0, 5).await;
            let _ = engine.list(workflow, Filter::default(), None, 5).await;
            let _ = engine.reason(workflow, &id).await;
        }
        (15, _) => world.runtime.kill_process(),
        (16, _) => world.runtime.let_go(None),
        (17, Some((_, id))) => world.runtime.let_go(Some(&id)),
        (18, _) => world.runtime.refuse(1 + random.below(2) as u32),
        (19, _) => world.clock.jump(random.below(30_000) as i64),
        (20, _) => world.clock.jump(-(random.below(3000) as i64)),
        (21, _) => world.store.fail_reads(1 + random.below(2) as u32),
        (22, _) => world.store.make_room(),
        _ => {}
    }
    let pause = match random.below(3) {
        0 => 0,
        1 => random.below(100),
        _ => random.below(10_000),
    };
    tokio::time::sleep(Duration::from_millis(pause)).await;
}

async fn create(world: &World, story: &mut Story, instance: (&'static str, String)) {
    story.instances.insert(instance.clone(), Fate::Unknown);
    if world.create_of(instance.0, &instance.1).await.is_ok() {
        story.instances.insert(instance, Fate::There);
    }
}

/// Deletes an instance, and most of the time creates it again at once.
async fn delete(world: &World, random: &mut Random, story: &mut Story, instance: (&'static str, String)) {
    let before = story.instances.insert(instance.clone(), Fate::Unknown);
    match world.engine().delete(instance.0, &instance.1).await {
        Ok(()) => {
            world.runtime.ledger().forget(&instance.1);
            story.instances.insert(instance.clone(), Fate::Deleted);
            if random.chance(70) {
                create(world, story, instance).await;
            }
        }
        Err(OperationError::Gone) => {
            assert_ne!(
                before,
                Some(Fate::There),
                "{instance:?} was acknowledged and is gone"
            );
        }
        Err(_) => {}
    }
}

/// The world behaves again: everything ends.
async fn settle(world: &World, story: &Story) {
    for (workflow, id) in story.instances.keys() {
        let what = format!("{workflow} {id} ends");
        world
            .until(&what, async || match world.phase_of(workflow, id).await {
                Some(Phase::Paused) => {
                    let _ = world.engine().resume(workflow, id).await;
                    false
                }
                Some(phase) => phase.is_terminal(),
                None => true,
            })
            .await;
    }
    tokio::time::sleep(Duration::from_secs(5)).await;
}

async fn judge(world: &World, story: &Story) {
    let ledger = world.runtime.ledger();
    assert_eq!(ledger.wrongs(), Vec::<String>::new());
    for ((workflow, id), fate) in &story.instances {
        let exists = world.phase_of(workflow, id).await.is_some();
        assert!(
            exists || *fate != Fate::There,
            "{id} was acknowledged and is gone"
        );
        assert!(!exists || *fate != Fate::Deleted, "{id} was deleted and is there");
        let events = ledger.events(id);
        let different: BTreeSet<&String> = events.iter().map(|(_, payload)| payload).collect();
        assert_eq!(
            different.len(),
            events.len(),
            "{id}: an event was delivered twice: {events:?}"
        );
    }
    for execution in ledger.executions() {
        assert!(
            execution.attempt <= Random::RETRIES + 1,
            "one attempt too many: {execution:?}"
        );
    }
    assert_eq!(
        world.engine().resident_count(),
        0,
        "what has ended stays in memory"
    );
    assert_eq!(world.runtime.running(), 0, "a run of something that has ended");
    for workflow in WORKFLOWS {
        let page = world
            .engine()
            .instances(workflow, Filter::default(), 0, 1000)
            .await;
        for instance in page.expect("the store reads").instances {
            let detail = world.engine().describe(workflow, &instance.id, true).await;
            assert_eq!(detail.expect("it is listed").summary, instance);
        }
    }
    for shard in 0..SHARDS {
        let shard = stepwell_core::ids::ShardId(shard);
        let timers = world
            .memory
            .timers(shard, None, i64::MAX, 10)
            .await
            .expect("memory");
        assert_eq!(timers, [], "timers of what has ended");
        let runnable = world.memory.runnable(shard, None, 10).await.expect("memory");
        assert_eq!(runnable, [], "nothing is left to do");
    }
}
