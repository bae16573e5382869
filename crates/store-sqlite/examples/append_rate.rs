//! How fast the store commits. `cargo run --release -p stepwell-store-sqlite --example append_rate [DIRECTORY]`
//!
//! One caller that waits for each commit before it makes the next, as the engine's committer does.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::time::{Duration, Instant};
use stepwell_core::ids::{InstanceNumber, ShardId};
use stepwell_store::conformance::owner::{Owner, append, new_instance, noise, phase};
use stepwell_store::{Listing, Op, Phase, ShardBatch, Store};
use stepwell_store_sqlite::{Options, SqliteStore};

const TIME: Duration = Duration::from_secs(4);

#[tokio::main]
async fn main() {
    let parent = tempfile::tempdir().unwrap();
    let directory = std::env::args_os()
        .nth(1)
        .map_or_else(|| parent.path().to_owned(), Into::into);
    for batch in [1, 32, 256] {
        appends(&directory.join(format!("append-{batch}")), batch).await;
    }
    instances(&directory.join("instances"), 100).await;
    reads(&directory.join("append-256")).await;
}

fn open(directory: &std::path::Path) -> SqliteStore {
    SqliteStore::open(directory, &Options::default()).unwrap()
}

/// Puts each op into the batch of its shard.
fn batches(owner: &Owner<'_>, ops: Vec<(ShardId, Op)>) -> Vec<ShardBatch> {
    let mut batches: Vec<ShardBatch> = owner
        .leases
        .keys()
        .map(|shard| owner.batch(*shard, vec![]))
        .collect();
    for (shard, op) in ops {
        batches[shard.0 as usize].ops.push(op);
    }
    batches.retain(|batch| !batch.ops.is_empty());
    batches
}

async fn send(owner: &mut Owner<'_>, batches: Vec<ShardBatch>, times: &mut Vec<Duration>) {
    let shards: Vec<ShardId> = batches.iter().map(|batch| batch.shard).collect();
    let started = Instant::now();
    let outcomes = owner.store.commit(batches).await.unwrap();
    times.push(started.elapsed());
    for (shard, outcome) in shards.iter().zip(outcomes) {
        let lease = owner.leases.get_mut(shard).unwrap();
        lease.seq += 1;
        assert_eq!(outcome, stepwell_store::BatchOutcome::Committed(lease.seq));
    }
}

/// CPU time of this process, all threads.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    // The name of the command may have spaces; user and system time are the 12th and 13th fields after it.
    let fields = stat.rsplit_once(')').unwrap().1.split_whitespace();
    let ticks: u64 = fields
        .skip(11)
        .take(2)
        .map(|ticks| ticks.parse::<u64>().unwrap())
        .sum();
    Duration::from_millis(ticks * 10)
}

fn report(what: &str, done: usize, elapsed: Duration, cpu: Duration, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize].as_micros();
    println!(
        "{what}: {:.0}/s, {:.1} us of CPU each; a call takes {} us (p50), {} us (p99), {} us (most)",
        done as f64 / elapsed.as_secs_f64(),
        cpu.as_secs_f64() * 1e6 / done as f64,
        at(0.5),
        at(0.99),
        at(1.0)
    );
}

/// 256 instances over all shards get entries of 100 bytes, `size` at a time; each is replaced after 20.
async fn appends(directory: &std::path::Path, size: usize) {
    let store = open(directory);
    let mut owner = Owner::new(&store).await;
    let (mut made, mut done, mut next) = (0, 0, 0);
    let mut live: Vec<(ShardId, InstanceNumber, u32)> = Vec::new();
    let mut times = Vec::new();
    let value = noise(100, 1);
    let (mut elapsed, mut busy) = (Duration::ZERO, Duration::ZERO);
    while elapsed < TIME {
        let mut new = Vec::new();
        live.retain(|instance| instance.2 < 20);
        while live.len() < 256 {
            made += 1;
            let instance = new_instance(made, &format!("instance-{made}"));
            let shard = owner.shard_of(&instance);
            live.push((shard, instance.number, 0));
            new.push((shard, Op::CreateInstance(Box::new(instance))));
        }
        if !new.is_empty() {
            let new = batches(&owner, new);
            send(&mut owner, new, &mut Vec::new()).await;
        }
        let before = cpu();
        for _ in 0..16 {
            let mut ops = Vec::with_capacity(size);
            for _ in 0..size {
                next = (next + 1) % live.len();
                let (shard, number, seq) = &mut live[next];
                ops.push((*shard, append(*number, *seq, Some(value.clone()))));
                *seq += 1;
            }
            let ops = batches(&owner, ops);
            let started = Instant::now();
            send(&mut owner, ops, &mut times).await;
            elapsed += started.elapsed();
            done += size;
        }
        busy += cpu().saturating_sub(before);
    }
    report(
        &format!("appends of 100 bytes, {size} in a commit"),
        done,
        elapsed,
        busy,
        times,
    );
}

/// Instances that are created in one commit and complete in the next, `size` at a time.
async fn instances(directory: &std::path::Path, size: u64) {
    let store = open(directory);
    let mut owner = Owner::new(&store).await;
    let (mut made, mut times) = (0, Vec::new());
    let (started, before) = (Instant::now(), cpu());
    while started.elapsed() < TIME {
        let (mut creates, mut completes) = (Vec::new(), Vec::new());
        for _ in 0..size {
            made += 1;
            let new = new_instance(made, &format!("instance-{made}"));
            let (shard, number) = (owner.shard_of(&new), new.number);
            creates.push((shard, Op::CreateInstance(Box::new(new))));
            completes.push((shard, append(number, 0, Some(noise(100, 1)))));
            completes.push((shard, phase(number, Phase::Complete, 5)));
        }
        for ops in [creates, completes] {
            let ops = batches(&owner, ops);
            send(&mut owner, ops, &mut times).await;
        }
    }
    let what = format!("instances created and completed in two commits of {size}");
    report(
        &what,
        made as usize,
        started.elapsed(),
        cpu().saturating_sub(before),
        times,
    );
}

/// Single reads, one after the other.
async fn reads(directory: &std::path::Path) {
    let store = open(directory);
    let newest = store
        .list(Listing {
            limit: 10_000,
            ..Listing::all(stepwell_core::ids::WorkflowId(1))
        })
        .await
        .unwrap();
    for kind in ["find", "load", "values"] {
        let mut times = Vec::new();
        let (started, before) = (Instant::now(), cpu());
        for head in &newest {
            let one = Instant::now();
            match kind {
                "find" => drop(store.find(head.workflow, &head.id).await.unwrap()),
                "load" => drop(store.load(head.shard, head.number).await.unwrap()),
                _ => drop(store.values(head.shard, head.number, 0, 1 << 20).await.unwrap()),
            }
            times.push(one.elapsed());
        }
        report(
            &format!("reads: {kind}"),
            newest.len(),
            started.elapsed(),
            cpu().saturating_sub(before),
            times,
        );
    }
}
