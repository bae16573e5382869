//! A workload whose every trace can be checked afterwards, and the child process that runs it.
//!
//! Each round is one call of `commit` with one batch per shard. Batch 1 of a shard creates an instance; batch `n` puts
//! journal entry `n - 2`, a timer and an event into it and takes the event before away. A shard that has applied `n`
//! batches can so look in one way only.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use stepwell_core::ids::{InstanceNumber, ShardId};
use stepwell_core::value::Value;
use stepwell_store::conformance::owner::{Owner, append, event, noise, timer};
use stepwell_store::{BatchOutcome, Op, ShardBatch, Store, StoreError};
use stepwell_store_sqlite::{Options, SqliteStore};

/// Tells the child where the store is.
const DIRECTORY: &str = "STEPWELL_TEST_DIRECTORY";
/// Tells the child how many rounds to write.
const ROUNDS: &str = "STEPWELL_TEST_ROUNDS";

/// A small store whose log is moved all the time.
pub(crate) fn options() -> Options {
    Options {
        shards: 3,
        checkpoint_bytes: 16 * 8192,
        ..Options::default()
    }
}

/// Runs the workload if this process is such a child; prints `ack N` after each round. Ends the process.
pub(crate) fn child() {
    let (Ok(directory), Ok(rounds)) = (std::env::var(DIRECTORY), std::env::var(ROUNDS)) else {
        return;
    };
    // The test harness has begun a line.
    println!();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let written = runtime.block_on(write(Path::new(&directory), rounds.parse().unwrap()));
    match written {
        Ok(()) => std::process::exit(0),
        Err(error) => {
            println!("error {error}");
            std::process::abort();
        }
    }
}

/// The command that runs `test` of this binary as the child, behind `wrapper`.
pub(crate) fn command(wrapper: &[&str], test: &str, directory: &Path, rounds: u64) -> Command {
    let this = std::env::current_exe().unwrap();
    let this = this.to_str().unwrap();
    let line: Vec<&str> = wrapper
        .iter()
        .copied()
        .chain([
            this,
            "--exact",
            test,
            "--ignored",
            "--nocapture",
            "--test-threads=1",
        ])
        .collect();
    let mut command = Command::new(line[0]);
    command
        .args(&line[1..])
        .env(DIRECTORY, directory)
        .env(ROUNDS, rounds.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    command
}

/// The last round that the child's output acknowledges.
pub(crate) fn acknowledged(output: &str) -> u64 {
    // The output may end in the middle of a line.
    let whole = output.rfind('\n').map_or("", |end| &output[..end]);
    let acks = whole.lines().filter_map(|line| line.strip_prefix("ack "));
    acks.filter_map(|ack| ack.parse().ok()).max().unwrap_or(0)
}

async fn write(directory: &Path, rounds: u64) -> Result<(), StoreError> {
    let store = SqliteStore::open(directory, &options())?;
    let leases = store
        .acquire(1, usize::MAX, std::time::Duration::from_mins(1))
        .await?;
    let mut owner = Owner {
        store: &store,
        leases: leases.into_iter().map(|lease| (lease.shard, lease)).collect(),
    };
    for _ in 0..rounds {
        let shards: Vec<ShardId> = owner.leases.keys().copied().collect();
        let batches: Vec<ShardBatch> = shards.iter().map(|shard| batch(&owner, *shard)).collect();
        let next = batches[0].expected + 1;
        match store.commit(batches).await {
            Ok(outcomes) => {
                let all = outcomes
                    .iter()
                    .all(|outcome| *outcome == BatchOutcome::Committed(next));
                assert!(all, "{outcomes:?}");
            }
            Err(error) => {
                // From now on the store refuses everything.
                assert!(matches!(store.probe().await, Err(StoreError::Poisoned { .. })));
                let read = store.load(ShardId(0), InstanceNumber(1)).await;
                assert!(matches!(read, Err(StoreError::Poisoned { .. })));
                return Err(error);
            }
        }
        println!("ack {next}");
        owner.leases.values_mut().for_each(|lease| lease.seq += 1);
    }
    Ok(())
}

fn batch(owner: &Owner<'_>, shard: ShardId) -> ShardBatch {
    let applied = owner.leases[&shard].seq;
    let new = owner.instance_in(shard, 1);
    let number = new.number;
    if applied == 0 {
        return owner.batch(shard, vec![Op::CreateInstance(Box::new(new))]);
    }
    let seq = applied as u32 - 1;
    let ops = vec![
        append(number, seq, Some(entry_value(shard, seq))),
        Op::PutTimer(timer(i64::from(seq), number, seq)),
        Op::TakeEvent {
            number,
            id: applied - 1,
        },
        event(number, applied, noise(10, applied)),
    ];
    owner.batch(shard, ops)
}

/// Some values are blobs.
fn entry_value(shard: ShardId, seq: u32) -> Value {
    let length = if seq % 7 == 3 { 20_000 } else { 100 };
    noise(length, u64::from(seq) << 8 | u64::from(shard.0))
}

/// Opens the store and checks that it has applied `acked` rounds, or the one after as well, and nothing half. Returns
/// how many.
pub(crate) async fn check(directory: &Path, acked: u64) -> u64 {
    let store = SqliteStore::open(directory, &options()).unwrap();
    let owner = Owner::new(&store).await;
    let seqs: BTreeMap<_, _> = owner
        .leases
        .values()
        .map(|lease| (lease.shard, lease.seq))
        .collect();
    let applied = seqs[&ShardId(0)];
    assert!(
        seqs.values().all(|seq| *seq == applied),
        "one call, different sequences: {seqs:?}"
    );
    assert!(
        applied == acked || applied == acked + 1,
        "{acked} rounds acknowledged, {applied} applied"
    );
    for shard in seqs.into_keys() {
        let number = owner.instance_in(shard, 1).number;
        let Some(loaded) = store.load(shard, number).await.unwrap() else {
            assert_eq!(applied, 0);
            continue;
        };
        let entries = applied as u32 - 1;
        assert_eq!(loaded.journal.len(), entries as usize);
        let values = store.values(shard, number, 0, u64::MAX).await.unwrap();
        let expected: Vec<_> = (0..entries).map(|seq| (seq, entry_value(shard, seq))).collect();
        assert!(values == expected, "the values differ");
        let timers = store.timers(shard, None, i64::MAX, usize::MAX).await.unwrap();
        let expected: Vec<_> = (0..entries)
            .map(|seq| timer(i64::from(seq), number, seq))
            .collect();
        assert_eq!(timers, expected);
        let events: Vec<u64> = loaded.events.iter().map(|event| event.id).collect();
        let expected: Vec<u64> = (entries > 0).then_some(applied - 1).into_iter().collect();
        assert_eq!(events, expected);
    }
    applied
}
