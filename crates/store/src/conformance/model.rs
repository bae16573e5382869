//! Random calls: mostly sensible, some not, so that refusals are compared as well.

use proptest::collection::vec;
use proptest::prelude::*;

/// Shards of the stores that the property test compares.
pub const SHARDS: u32 = 3;
/// Instance numbers per shard.
pub const NUMBERS: u64 = 5;
/// Ids per shard and Workflow.
pub const IDS: usize = 3;

/// One call.
#[derive(Debug, Clone)]
pub enum Step {
    /// `commit` of batches for these shards.
    Commit(Vec<BatchPlan>),
    /// `commit` of the last call's batches once more.
    Resend,
    /// `enqueue` of messages: shard, id, source id, whether with a value.
    Enqueue(Vec<(u32, u64, u64, bool)>),
    /// `workflow` with one of a few names.
    Workflow(u8),
    /// The leases are given back and taken by another node.
    NewOwner,
    /// The store is closed and opened.
    Reopen,
    /// `maintain` and `probe`.
    Upkeep,
    /// Reads with these limits.
    Page(Page),
}

/// A batch; epoch and expected sequence are right unless moved.
#[derive(Debug, Clone)]
pub struct BatchPlan {
    /// Its shard.
    pub shard: u32,
    /// Added to the right epoch.
    pub epoch_shift: i64,
    /// Added to the right sequence.
    pub expected_shift: i64,
    /// Its ops.
    pub ops: Vec<OpPlan>,
}

/// An op. Instances are named by a small number, which the driver turns into one of the shard's.
#[derive(Debug, Clone)]
pub enum OpPlan {
    /// Instance, id, Workflow, length of the params.
    Create(u64, usize, u32, usize),
    /// Instance, phase, time.
    SetPhase(u64, u8, i64),
    /// Instance, version.
    SetVersion(u64, u32),
    /// Instance, sequence number (`None`: the right one), length of the value.
    Append(u64, Option<u32>, Option<usize>),
    /// Instance.
    Clear(u64),
    /// Instance, due time, key.
    PutTimer(u64, i64, u32),
    /// Instance, due time, key.
    DeleteTimer(u64, i64, u32),
    /// Instance, id, length of the payload.
    Buffer(u64, u64, usize),
    /// Instance, id.
    Take(u64, u64),
    /// Ids.
    InboxTaken(Vec<u64>),
    /// Instance.
    Delete(u64),
}

/// Arguments of paged reads.
#[derive(Debug, Clone)]
pub struct Page {
    /// Shard.
    pub shard: u32,
    /// Instance.
    pub instance: u64,
    /// Rows.
    pub limit: usize,
    /// Due time of the cursor and of the end.
    pub due_ms: (i64, i64),
    /// First sequence number.
    pub from: u32,
    /// Bytes of values.
    pub max_bytes: u64,
    /// Phase.
    pub phase: Option<u8>,
    /// From the oldest on.
    pub ascending: bool,
}

/// Sequences of calls.
pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    vec(step(), 1..24)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => vec(batch(), 0..4).prop_map(Step::Commit),
        1 => Just(Step::Resend),
        1 => vec((0..SHARDS, 0..6_u64, 0..6_u64, any::<bool>()), 0..4).prop_map(Step::Enqueue),
        1 => (0..4_u8).prop_map(Step::Workflow),
        1 => Just(Step::NewOwner),
        1 => Just(Step::Reopen),
        1 => Just(Step::Upkeep),
        3 => page().prop_map(Step::Page),
    ]
}

fn batch() -> impl Strategy<Value = BatchPlan> {
    let shift = || prop_oneof![12 => Just(0_i64), 1 => -1..=1_i64];
    let plan = (0..SHARDS, shift(), shift(), vec(op(), 0..6));
    plan.prop_map(|(shard, epoch_shift, expected_shift, ops)| BatchPlan {
        shard,
        epoch_shift,
        expected_shift,
        ops,
    })
}

fn op() -> impl Strategy<Value = OpPlan> {
    let instance = || 0..NUMBERS;
    let length = || prop_oneof![Just(0_usize), 1..50_usize, 2040..2060_usize, 9_000..20_000_usize];
    let due = || -3..3_i64;
    prop_oneof![
        6 => (instance(), 0..IDS, 1..3_u32, length()).prop_map(|(a, b, c, d)| OpPlan::Create(a, b, c, d)),
        4 => (instance(), 0..6_u8, 0..9_i64).prop_map(|(a, b, c)| OpPlan::SetPhase(a, b, c)),
        2 => (instance(), 0..4_u32).prop_map(|(a, b)| OpPlan::SetVersion(a, b)),
        8 => (instance(), proptest::option::weighted(0.1, 0..4_u32), proptest::option::of(length()))
            .prop_map(|(a, b, c)| OpPlan::Append(a, b, c)),
        1 => instance().prop_map(OpPlan::Clear),
        3 => (instance(), due(), 0..3_u32).prop_map(|(a, b, c)| OpPlan::PutTimer(a, b, c)),
        2 => (instance(), due(), 0..3_u32).prop_map(|(a, b, c)| OpPlan::DeleteTimer(a, b, c)),
        3 => (instance(), 1..8_u64, length()).prop_map(|(a, b, c)| OpPlan::Buffer(a, b, c)),
        2 => (instance(), 1..8_u64).prop_map(|(a, b)| OpPlan::Take(a, b)),
        1 => vec(0..6_u64, 0..3).prop_map(OpPlan::InboxTaken),
        1 => instance().prop_map(OpPlan::Delete),
    ]
}

fn page() -> impl Strategy<Value = Page> {
    let plan = (
        0..SHARDS,
        0..NUMBERS,
        0..4_usize,
        (-4..4_i64, -4..4_i64),
        0..4_u32,
        0..12_000_u64,
        (proptest::option::of(0..6_u8), any::<bool>()),
    );
    plan.prop_map(
        |(shard, instance, limit, due_ms, from, max_bytes, (phase, ascending))| Page {
            shard,
            instance,
            limit,
            due_ms,
            from,
            max_bytes,
            phase,
            ascending,
        },
    )
}
