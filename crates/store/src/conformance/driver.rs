//! Plays random calls against a store and the reference store, and compares every answer and all that can be read.

use super::model::{self, BatchPlan, OpPlan, Page, SHARDS, Step};
use super::owner::{NODE, TTL, append, event, noise, phase, timer};
use super::snapshot;
use crate::memory::MemoryStore;
use crate::{InboxMessage, Lease, Listing, NewInstance, Op, Phase, ShardBatch, Span, Store, Trigger};
use proptest::test_runner::{Config, TestRunner};
use std::collections::BTreeMap;
use std::time::Duration;
use stepwell_core::ids::{InstanceNumber, ShardId, WorkflowId};

const WORKFLOWS: [WorkflowId; 2] = [WorkflowId(1), WorkflowId(2)];

/// A store under test.
pub trait Subject {
    /// The store, with [`SHARDS`] shards.
    fn store(&self) -> &dyn Store;
    /// Closes the store and opens it again; without persistence: nothing.
    #[must_use]
    fn reopen(self) -> Self;
}

/// Runs `cases` random sequences (more with `PROPTEST_CASES`), each on a fresh store.
pub fn property<S: Subject>(cases: u32, make: impl Fn() -> S) {
    let config = Config {
        cases: std::env::var("PROPTEST_CASES")
            .ok()
            .and_then(|cases| cases.parse().ok())
            .unwrap_or(cases),
        failure_persistence: None,
        ..Config::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let result = TestRunner::new(config).run(&model::steps(), |steps| {
        runtime.block_on(play(make(), steps));
        Ok(())
    });
    if let Err(failure) = result {
        panic!("{failure}");
    }
}

async fn play<S: Subject>(mut subject: S, steps: Vec<Step>) {
    let mut model = Model {
        memory: MemoryStore::new(SHARDS),
        leases: BTreeMap::new(),
        last: Vec::new(),
        node: NODE,
    };
    model.acquire(subject.store()).await;
    for step in steps {
        if matches!(step, Step::Reopen) {
            subject = subject.reopen();
            model.memory.forget_leases();
            model.acquire(subject.store()).await;
        } else {
            model.step(subject.store(), step).await;
        }
        let expected = snapshot::take(&model.memory, &WORKFLOWS).await;
        assert_eq!(snapshot::take(subject.store(), &WORKFLOWS).await, expected);
    }
}

struct Model {
    memory: MemoryStore,
    leases: BTreeMap<ShardId, Lease>,
    /// Batches of the last call of `commit`.
    last: Vec<ShardBatch>,
    node: u64,
}

impl Model {
    async fn acquire(&mut self, store: &dyn Store) {
        let leases = self.memory.acquire(self.node, usize::MAX, TTL).await.unwrap();
        assert_eq!(store.acquire(self.node, usize::MAX, TTL).await.unwrap(), leases);
        self.leases = leases.into_iter().map(|lease| (lease.shard, lease)).collect();
    }

    async fn step(&mut self, store: &dyn Store, step: Step) {
        match step {
            Step::Commit(plans) => {
                let mut batches = Vec::new();
                for plan in plans {
                    batches.push(self.batch(&plan, &batches).await);
                }
                self.commit(store, batches).await;
            }
            Step::Resend => self.commit(store, self.last.clone()).await,
            Step::Enqueue(messages) => {
                let messages: Vec<_> = messages.into_iter().map(message).collect();
                let expected = self.memory.enqueue(messages.clone()).await.is_ok();
                assert_eq!(store.enqueue(messages).await.is_ok(), expected);
            }
            Step::Workflow(nth) => {
                let name = format!("workflow {nth}");
                let expected = self.memory.workflow(&name).await.unwrap();
                assert_eq!(store.workflow(&name).await.unwrap(), expected);
            }
            Step::NewOwner => {
                let held: Vec<_> = self.leases.values().copied().collect();
                self.memory.release(self.node, &held).await.unwrap();
                store.release(self.node, &held).await.unwrap();
                self.node += 1;
                self.acquire(store).await;
            }
            Step::Upkeep => {
                store.maintain(Duration::from_millis(1)).await.unwrap();
                store.probe().await.unwrap();
            }
            Step::Page(page) => self.read(store, &page).await,
            Step::Reopen => {}
        }
    }

    async fn commit(&mut self, store: &dyn Store, batches: Vec<ShardBatch>) {
        let expected = self.memory.commit(batches.clone()).await.unwrap();
        assert_eq!(store.commit(batches.clone()).await.unwrap(), expected);
        for (batch, outcome) in batches.iter().zip(&expected) {
            if let crate::BatchOutcome::Committed(seq) = outcome
                && let Some(lease) = self.leases.get_mut(&batch.shard)
            {
                lease.seq = *seq;
            }
        }
        self.last = batches;
    }

    /// The batch of a plan, after others of the same call.
    async fn batch(&self, plan: &BatchPlan, earlier: &[ShardBatch]) -> ShardBatch {
        let shard = ShardId(plan.shard);
        let lease = self.leases[&shard];
        let ahead = earlier.iter().filter(|batch| batch.shard == shard).count() as u64;
        let mut lengths = BTreeMap::new();
        let mut ops = Vec::new();
        for op in &plan.ops {
            ops.push(self.op(shard, op, &mut lengths).await);
        }
        ShardBatch {
            shard,
            epoch: lease.epoch.saturating_add_signed(plan.epoch_shift),
            expected: (lease.seq + ahead).saturating_add_signed(plan.expected_shift),
            ops,
        }
    }

    /// The op of a plan. `lengths` are those of the journals as earlier ops of the batch leave them.
    async fn op(&self, shard: ShardId, plan: &OpPlan, lengths: &mut BTreeMap<InstanceNumber, u32>) -> Op {
        match *plan {
            OpPlan::Create(instance, id, workflow, length) => {
                let number = number(shard, instance);
                lengths.insert(number, 0);
                Op::CreateInstance(Box::new(NewInstance {
                    number,
                    workflow: WorkflowId(workflow),
                    id: id_in(shard, WorkflowId(workflow), id).into(),
                    version: 1,
                    created_ms: instance as i64,
                    trigger: Trigger::Api,
                    options: serde_json::json!({"nth": id}),
                    params: noise(length, instance),
                }))
            }
            OpPlan::SetPhase(instance, to, at_ms) => {
                phase(number(shard, instance), Phase::from_number(to).unwrap(), at_ms)
            }
            OpPlan::SetVersion(instance, version) => Op::SetVersion {
                number: number(shard, instance),
                version,
            },
            OpPlan::Append(instance, seq, length) => {
                let number = number(shard, instance);
                let stored = self.memory.load(shard, number).await.unwrap();
                let stored = stored.map_or(0, |loaded| loaded.journal.len() as u32);
                let next = lengths.entry(number).or_insert(stored);
                let right = *next;
                *next += 1;
                let value = length.map(|length| noise(length, u64::from(right)));
                append(number, seq.unwrap_or(right), value)
            }
            OpPlan::Clear(instance) => {
                let number = number(shard, instance);
                lengths.insert(number, 0);
                Op::ClearInstance { number }
            }
            OpPlan::PutTimer(instance, due_ms, key) => {
                Op::PutTimer(timer(due_ms, number(shard, instance), key))
            }
            OpPlan::DeleteTimer(instance, due_ms, key) => {
                Op::DeleteTimer(timer(due_ms, number(shard, instance), key))
            }
            OpPlan::Buffer(instance, id, length) => event(number(shard, instance), id, noise(length, id)),
            OpPlan::Take(instance, id) => Op::TakeEvent {
                number: number(shard, instance),
                id,
            },
            OpPlan::InboxTaken(ref ids) => Op::InboxTaken { ids: ids.clone() },
            OpPlan::Delete(instance) => Op::DeleteInstance {
                number: number(shard, instance),
            },
        }
    }

    async fn read(&self, store: &dyn Store, page: &Page) {
        let shard = ShardId(page.shard);
        let number = number(shard, page.instance);
        let phase = page.phase.and_then(Phase::from_number);
        let cursor = Some(timer(page.due_ms.0, number, page.from));
        let (until, limit) = (page.due_ms.1, page.limit);
        let memory = &self.memory;
        assert_eq!(
            store.timers(shard, cursor, until, limit).await.unwrap(),
            memory.timers(shard, cursor, until, limit).await.unwrap()
        );
        assert_eq!(
            store.runnable(shard, Some(number), limit).await.unwrap(),
            memory.runnable(shard, Some(number), limit).await.unwrap()
        );
        assert_eq!(
            store.inbox(shard, limit).await.unwrap(),
            memory.inbox(shard, limit).await.unwrap()
        );
        assert_eq!(
            store
                .values(shard, number, page.from, page.max_bytes)
                .await
                .unwrap(),
            memory
                .values(shard, number, page.from, page.max_bytes)
                .await
                .unwrap()
        );
        let other = ShardId((page.shard + 1) % SHARDS);
        assert_eq!(
            store.load(other, number).await.unwrap(),
            memory.load(other, number).await.unwrap()
        );
        let span = Span {
            first: InstanceNumber(page.due_ms.0.max(0) as u64),
            last: InstanceNumber(page.due_ms.1.max(0) as u64),
        };
        for workflow in WORKFLOWS {
            let listing = Listing {
                phases: phase.map_or(Phase::ALL.to_vec(), |phase| vec![phase]),
                ascending: page.ascending,
                after: Some(number),
                limit,
                ..Listing::all(workflow)
            };
            assert_eq!(
                store.list(listing.clone()).await.unwrap(),
                memory.list(listing).await.unwrap()
            );
            assert_eq!(
                store.counts(workflow, span).await.unwrap(),
                memory.counts(workflow, span).await.unwrap()
            );
        }
    }
}

fn number(shard: ShardId, instance: u64) -> InstanceNumber {
    InstanceNumber(instance * u64::from(SHARDS) + u64::from(shard.0))
}

/// The `nth` id of a Workflow that belongs to the shard.
fn id_in(shard: ShardId, workflow: WorkflowId, nth: usize) -> String {
    let ids = (0..).map(|i| format!("id-{i}"));
    let mut mine = ids.filter(|id| ShardId::of(workflow, id, SHARDS) == shard);
    mine.nth(nth).unwrap()
}

fn message((shard, id, source_id, with_value): (u32, u64, u64, bool)) -> InboxMessage {
    InboxMessage {
        id,
        shard: ShardId(shard),
        source: 1,
        source_id,
        body: serde_json::json!({"id": id}),
        value: with_value.then(|| noise(3_000 * id as usize, id)),
    }
}
