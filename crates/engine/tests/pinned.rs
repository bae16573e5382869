//! Instances of several versions, in simulated time, in a world that fails at random: each runs on its version, until it
//! is migrated, and then on that.
//!
//! `STEPWELL_SEED=n` repeats the seed n, `STEPWELL_SEEDS=n` tries n of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use stepwell_engine::{Inspection, Operations, Published, Share, Version};
use stepwell_store::{Phase, Store};
use stepwell_testkit::{Fault, Random, ScriptedRuntime, World, request};

const SEEDS: u64 = 60;
const VERSIONS: u32 = 3;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn an_instance_runs_on_its_version_whatever_fails() {
    let seeds = match number("STEPWELL_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("STEPWELL_SEEDS").unwrap_or(SEEDS),
    };
    for seed in seeds {
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
}

/// The world, and what runs the versions: all have the same code, so that a journal of one replays on another.
struct Pinned {
    world: World,
    runtimes: Vec<Arc<ScriptedRuntime>>,
    /// What is published now.
    published: Vec<u32>,
    /// Instances, and the steps that each version had called when the instance was last known not to be of it.
    instances: BTreeMap<String, Known>,
}

/// What is known of an instance.
#[derive(Debug, Default, Clone)]
struct Known {
    /// The version it is certainly of; `None` if an answer was lost.
    version: Option<u32>,
    /// By version: how many callbacks it had called then.
    called: BTreeMap<u32, usize>,
}

impl Pinned {
    async fn publish(&self) {
        let version = |number: &u32| Version {
            number: *number,
            class_name: "flow".into(),
            step_limit: 1000,
            concurrency_limit: None,
            runtime: self.runtimes[*number as usize - 1].clone(),
        };
        let share = |number: &u32| Share {
            version: *number,
            percentage: 100.0,
        };
        let workflow = Published {
            key: "flow".into(),
            name: "flow".into(),
            versions: self.published.iter().map(version).collect(),
            shares: self.published.iter().map(share).collect(),
            follows_latest: false,
        };
        let published = self.world.engine().publish("worker", vec![workflow]).await;
        published.expect("the store takes it");
    }

    async fn reboot(&mut self) {
        self.world.crash().await;
        for runtime in &self.runtimes {
            runtime.engine_died();
        }
        self.world.boot().await;
        self.publish().await;
    }

    fn called(&self, id: &str) -> BTreeMap<u32, usize> {
        let count = |runtime: &Arc<ScriptedRuntime>| {
            let executions = runtime.ledger().executions();
            executions.iter().filter(|one| &*one.instance == id).count()
        };
        (1..).zip(self.runtimes.iter().map(count)).collect()
    }

    /// It is certainly of this version now.
    fn is_of(&mut self, id: &str, version: u32) {
        let called = self.called(id);
        let known = Known {
            version: Some(version),
            called,
        };
        self.instances.insert(id.to_owned(), known);
    }

    async fn stored_version(&self, id: &str) -> Option<u32> {
        let workflow = self.world.memory.workflow("flow").await.ok()?;
        let head = self.world.memory.find(workflow, id).await.ok()?;
        head.map(|head| head.version)
    }

    async fn act(&mut self, random: &mut Random) {
        let known = self.instances.len() as u64;
        let some = self.instances.keys().nth(random.below(known) as usize).cloned();
        match (random.below(16), some) {
            (0..4, _) | (_, None) => {
                let id = format!("i{known}");
                self.instances.insert(id.clone(), Known::default());
                if self.world.engine().create("flow", request(&id)).await.is_ok() {
                    let version = self.stored_version(&id).await.expect("it is acknowledged");
                    // It may have begun already, on that version.
                    let called = (1..=VERSIONS).map(|number| (number, 0)).collect();
                    let version = Some(version);
                    self.instances.insert(id, Known { version, called });
                }
            }
            (4..8, Some(id)) => self.migrate(random, &id).await,
            (8, _) => {
                let to = 1 + random.below(u64::from(VERSIONS)) as u32;
                for known in self.instances.values_mut() {
                    known.version = None;
                }
                let moved = self.world.engine().migrate_all("flow", to).await;
                if moved.is_ok() {
                    self.all_live_are_of(to).await;
                }
            }
            (9, _) => {
                self.published = (1..=VERSIONS).filter(|_| random.chance(70)).collect();
                self.publish().await;
            }
            (10, Some(id)) => {
                let payload = stepwell_core::value::Value::from_json(&serde_json::json!("x"));
                let event_type = format!("t{}", random.below(2));
                let _ = self
                    .world
                    .engine()
                    .send_event("flow", &id, &event_type, payload)
                    .await;
            }
            (11, Some(id)) => {
                let _ = self.world.engine().pause("flow", &id).await;
                let _ = self.world.engine().reason("flow", &id).await;
                let _ = self.world.engine().resume("flow", &id).await;
            }
            (12, _) => self.runtimes[random.below(u64::from(VERSIONS)) as usize].kill_process(),
            (13, _) => self.runtimes[random.below(u64::from(VERSIONS)) as usize].let_go(None),
            (14, _) => self.world.store.fail_reads(1),
            _ => {}
        }
        tokio::time::sleep(Duration::from_millis(random.below(5000))).await;
    }

    async fn migrate(&mut self, random: &mut Random, id: &str) {
        let to = 1 + random.below(u64::from(VERSIONS)) as u32;
        let before = self.instances.insert(id.to_owned(), Known::default());
        match self.world.engine().migrate("flow", id, to).await {
            Ok(_) => self.is_of(id, to),
            // Refused: nothing has changed.
            Err(
                stepwell_engine::OperationError::NotPublished { .. } | stepwell_engine::OperationError::Ended,
            ) => {
                self.instances.insert(id.to_owned(), before.unwrap_or_default());
            }
            Err(_) => {}
        }
    }

    async fn all_live_are_of(&mut self, version: u32) {
        let ids: Vec<String> = self.instances.keys().cloned().collect();
        for id in ids {
            let phase = self.world.phase_of("flow", &id).await;
            if phase.is_some_and(|phase| !phase.is_terminal()) {
                assert_eq!(self.stored_version(&id).await, Some(version), "{id}");
                self.is_of(&id, version);
            }
        }
    }

    /// No version but its own has called anything since it was last known.
    fn judge(&self) {
        for (id, known) in &self.instances {
            let Some(version) = known.version else { continue };
            for (number, count) in self.called(id) {
                let before = known.called.get(&number).copied().unwrap_or(0);
                assert!(
                    number == version || count == before,
                    "{id} is of version {version}, and version {number} ran {} callbacks of it",
                    count - before
                );
            }
        }
    }
}

async fn simulate(seed: u64) {
    let mut random = Random::new(seed);
    let program = random.program();
    let runtime = |_| {
        let runtime = ScriptedRuntime::new();
        runtime.define("flow", program.clone());
        runtime
    };
    let mut world = World::new(2);
    world.options.running_max = 2 + random.below(4) as usize;
    let mut draws = random.clone();
    let draw = parking_lot::Mutex::new(move || draws.below(u64::MAX));
    world.options.random = Arc::new(move || draw.lock()());
    world.boot().await;
    let mut pinned = Pinned {
        world,
        runtimes: (0..VERSIONS).map(runtime).collect(),
        published: vec![1, 2],
        instances: BTreeMap::new(),
    };
    pinned.publish().await;
    let mut faults = random.clone();
    pinned.world.store.set_plan(move |_| fault(&mut faults));
    for _ in 0..40 {
        let disk = pinned.world.store.clone();
        let crashed = tokio::select! {
            biased;
            () = disk.crashed() => true,
            () = pinned.act(&mut random) => false,
        };
        if crashed || random.chance(5) {
            pinned.reboot().await;
        }
        pinned.judge();
    }
    pinned.world.store.set_plan(|_| None);
    pinned.world.store.fail_reads(0);
    if pinned.world.store.is_dead() {
        pinned.reboot().await;
    }
    pinned.published = (1..=VERSIONS).collect();
    pinned.publish().await;
    for id in pinned.instances.keys() {
        let phase = async || pinned.world.phase_of("flow", id).await;
        let what = format!("{id} ends");
        let ended = async || {
            if phase().await == Some(Phase::Paused) {
                let _ = pinned.world.engine().resume("flow", id).await;
            }
            phase().await.is_none_or(Phase::is_terminal)
        };
        pinned.world.until(&what, ended).await;
    }
    pinned.judge();
    for runtime in &pinned.runtimes {
        assert_eq!(runtime.ledger().wrongs(), Vec::<String>::new());
    }
    assert_eq!(
        pinned.world.engine().resident_count(),
        0,
        "what has ended stays in memory"
    );
}

fn fault(random: &mut Random) -> Option<Fault> {
    let applied = random.chance(50);
    match random.below(200) {
        0..3 => Some(Fault::Crash { applied }),
        3..8 => Some(Fault::Unknown { applied }),
        8..12 => Some(Fault::Unavailable),
        12..22 => Some(Fault::Slow(Duration::from_millis(random.below(300)))),
        _ => None,
    }
}
