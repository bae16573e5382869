//! Very many instances that sleep.

use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use stepwell_core::ids::{InstanceNumber, ShardId};
use stepwell_core::journal::Entry;
use stepwell_core::step::{StepKey, StepKind};
use stepwell_core::value::Value;
use stepwell_engine::Clock;
use stepwell_store::{NewInstance, Op, Phase, Store, TimerKey, Trigger};
use stepwell_testkit::{Program, World};

const SLEEPERS: u32 = 100_000;
const SHARDS: u32 = 4;
const DUE_SOON: u32 = 50;

#[tokio::test(start_paused = true)]
async fn a_hundred_thousand_sleepers_cost_no_memory_and_no_start() {
    let mut world = World::new(SHARDS);
    world.define("flow", Program::sleep("s", 86_400_000), None);
    fill(&world).await;
    world.boot().await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(world.engine().resident_count(), 0);
    let (loaded, timers) = world.store.read_counts();
    assert_eq!(
        (loaded, timers),
        (0, u64::from(DUE_SOON)),
        "only what is due soon is read"
    );
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert_eq!(world.runtime.starts().len(), DUE_SOON as usize);
    assert_eq!(world.engine().resident_count(), 0);
    let (loaded, timers) = world.store.read_counts();
    assert_eq!((loaded, timers), (u64::from(DUE_SOON), u64::from(DUE_SOON)));
}

/// Puts the instances into the store as an engine would have left them: asleep for a day, and some for 40 seconds.
async fn fill(world: &World) {
    let workflow = world.memory.workflow("flow").await.expect("a Workflow");
    let now_ms = world.clock.now_ms();
    let mut batches = super::batches(world, SHARDS).await;
    for n in 0..SLEEPERS {
        let id: Arc<str> = format!("i{n}").into();
        let shard = ShardId::of(workflow, &id, SHARDS);
        let batch = batches
            .iter_mut()
            .find(|batch| batch.shard == shard)
            .expect("every shard");
        let sleep_ms = if n < DUE_SOON { 40_000 } else { 86_400_000 };
        batch.ops.extend(sleeper(workflow, id, n, now_ms, sleep_ms));
    }
    world.memory.commit(batches).await.expect("room");
}

fn sleeper(
    workflow: stepwell_core::ids::WorkflowId,
    id: Arc<str>,
    n: u32,
    now_ms: i64,
    sleep_ms: i64,
) -> [Op; 4] {
    let number = InstanceNumber::new(now_ms - i64::from(n / 4096) - 1, 1, (n % 4096) as u16);
    let until_ms = now_ms + sleep_ms;
    let entry = Entry::SleepStarted {
        step: StepKey::new(StepKind::Sleep, "s", 1),
        at_ms: now_ms,
        until_ms,
    };
    [
        Op::CreateInstance(Box::new(NewInstance {
            number,
            workflow,
            id,
            version: 1,
            created_ms: now_ms,
            trigger: Trigger::Api,
            options: json!(null),
            params: Value::undefined(),
        })),
        Op::AppendJournal {
            number,
            seq: 0,
            entry: entry.into(),
            value: None,
        },
        Op::PutTimer(TimerKey {
            due_ms: until_ms,
            instance: number,
            key: 0,
        }),
        Op::SetPhase {
            number,
            phase: Phase::Waiting,
            at_ms: now_ms,
        },
    ]
}
