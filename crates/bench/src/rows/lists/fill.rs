//! A store with many instances, written as the engine writes: the same operations, in larger batches.

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use stepwell_core::failure::Failure;
use stepwell_core::ids::{InstanceNumber, ShardId, WorkflowId};
use stepwell_core::journal::Entry;
use stepwell_core::step::{StepKey, StepKind};
use stepwell_core::step_config::StepConfig;
use stepwell_core::value::Value;
use stepwell_store::{BatchOutcome, NewInstance, Op, Phase, ShardBatch, Store, TimerKey, Trigger};
use stepwell_store_sqlite::{Options, SqliteStore};

/// All instances were created within this time, which ended an hour ago.
pub(super) const SPAN: Duration = Duration::from_hours(72);
const HOUR_MS: i64 = 3_600_000;
/// Instances of one commit.
const PORTION: u32 = 2000;
/// So many have the rare status, however many there are in all: more than a page.
const RARE: u32 = 60;

/// Puts `count` instances of the Workflow `key` into the store at `directory`, on the version `version`. Returns when the
/// oldest was created, Unix milliseconds.
pub(super) async fn fill(directory: &Path, key: &str, version: u32, count: u32) -> Result<i64> {
    let directory = directory.to_owned();
    let options = Options {
        cache_bytes: 512 << 20,
        ..Options::default()
    };
    let store = tokio::task::spawn_blocking(move || SqliteStore::open(&directory, &options)).await??;
    let shards = store.info().shards;
    let mut leases = store.acquire(1, shards as usize, Duration::from_hours(1)).await?;
    let plan = Plan {
        workflow: store.workflow(key).await?,
        version,
        count,
        now_ms: SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as i64,
        shards,
    };
    for from in (0..count).step_by(PORTION as usize) {
        let mut ops: BTreeMap<ShardId, Vec<Op>> = BTreeMap::new();
        for index in from..count.min(from + PORTION) {
            let (shard, own) = plan.instance(index);
            ops.entry(shard).or_default().extend(own);
        }
        let batches = ops.into_iter().map(|(shard, ops)| {
            let lease = &mut leases[shard.0 as usize];
            lease.seq += 1;
            ShardBatch {
                shard,
                epoch: lease.epoch,
                expected: lease.seq - 1,
                ops,
            }
        });
        let outcomes = store.commit(batches.collect()).await?;
        let done = outcomes
            .iter()
            .all(|outcome| matches!(outcome, BatchOutcome::Committed(_)));
        ensure!(done, "the store refused: {outcomes:?}");
    }
    // Closing moves what is in the log into the file.
    tokio::task::spawn_blocking(move || drop(store)).await?;
    Ok(plan.created_ms(0))
}

struct Plan {
    workflow: WorkflowId,
    version: u32,
    count: u32,
    now_ms: i64,
    shards: u32,
}

impl Plan {
    fn created_ms(&self, index: u32) -> i64 {
        let span = SPAN.as_millis() as i64;
        self.now_ms - HOUR_MS - span + span * i64::from(index) / i64::from(self.count)
    }

    /// Six in ten thousand (of 1,000,000: of 100,000) are paused, a tenth has failed, a tenth sleeps, the others are
    /// complete.
    fn phase(&self, index: u32) -> Phase {
        if index.is_multiple_of(self.count / RARE) {
            return Phase::Paused;
        }
        match index % 10 {
            1 => Phase::Errored,
            2 => Phase::Waiting,
            _ => Phase::Complete,
        }
    }

    fn instance(&self, index: u32) -> (ShardId, Vec<Op>) {
        let id = id(index);
        let shard = ShardId::of(self.workflow, &id, self.shards);
        let created_ms = self.created_ms(index);
        // Unique also where many share a millisecond: the counter has 12 bits, the node 10.
        let number = InstanceNumber::new(created_ms, (index >> 12) as u16, index as u16);
        let phase = self.phase(index);
        let mut ops = vec![Op::CreateInstance(Box::new(NewInstance {
            number,
            workflow: self.workflow,
            id,
            version: self.version,
            created_ms,
            trigger: Trigger::Api,
            options: serde_json::Value::Null,
            params: text(r#"{"kind":"steps","steps":1,"bytes":0}"#),
        }))];
        for (seq, (entry, value)) in (0..).zip(journal(phase, created_ms)) {
            ops.push(Op::AppendJournal {
                number,
                seq,
                entry: Arc::new(entry),
                value: value.map(text),
            });
        }
        if phase == Phase::Waiting {
            ops.push(Op::PutTimer(TimerKey {
                due_ms: wakes_ms(created_ms),
                instance: number,
                key: 1,
            }));
        }
        let at_ms = created_ms + 20;
        ops.push(Op::SetPhase { number, phase, at_ms });
        (shard, ops)
    }
}

/// As long and as random as those that are made up.
fn id(index: u32) -> Arc<str> {
    let high = (u64::from(index) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let low = high.rotate_left(29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = u128::from(high) << 64 | u128::from(low);
    let version = bits & !(0xf << 76) | 0x4 << 76;
    let uuid = version & !(0x3 << 62) | 0x2 << 62;
    let digits = format!("{uuid:032x}");
    let parts = [
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..],
    ];
    parts.join("-").into()
}

fn text(text: &'static str) -> Value {
    Value::from_bytes(Bytes::from_static(text.as_bytes()))
}

/// In the future, for a long time.
fn wakes_ms(created_ms: i64) -> i64 {
    created_ms + 300 * 24 * HOUR_MS
}

fn journal(phase: Phase, created_ms: i64) -> Vec<(Entry, Option<&'static str>)> {
    let step = |kind, name| StepKey::new(kind, name, 1);
    let at_ms = created_ms + 20;
    let first = Entry::StepSucceeded {
        step: step(StepKind::Do, "step 0"),
        attempt: 1,
        started_ms: created_ms + 10,
        at_ms: created_ms + 12,
        config: Some(StepConfig::default_config()),
    };
    let last = match phase {
        Phase::Waiting => Entry::SleepStarted {
            step: step(StepKind::Sleep, "a day"),
            at_ms,
            until_ms: wakes_ms(created_ms),
        },
        Phase::Paused => Entry::Paused { at_ms },
        Phase::Errored => Entry::Errored {
            at_ms,
            started_ms: None,
            failure: Failure::new("Error", "no"),
        },
        _ => Entry::Completed {
            at_ms,
            started_ms: None,
        },
    };
    vec![
        (first, Some("0")),
        (last, (phase == Phase::Complete).then_some("1795000000000")),
    ]
}

/// The version that the instance `id` of the Workflow `key` is of.
pub(super) async fn version(directory: &Path, key: &str, id: &str) -> Result<u32> {
    let directory = directory.to_owned();
    let store =
        tokio::task::spawn_blocking(move || SqliteStore::open(&directory, &Options::default())).await??;
    let workflow = store.workflow(key).await?;
    let head = store
        .find(workflow, id)
        .await?
        .context("the instance is not in the store")?;
    tokio::task::spawn_blocking(move || drop(store)).await?;
    Ok(head.version)
}
