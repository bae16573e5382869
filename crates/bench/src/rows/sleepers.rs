//! Instances that sleep for a day: what they cost in memory, and how soon others go on after a `kill -9` with them.

use super::{BOTH, unix_ms};
use crate::arguments::Engine;
use crate::engines::{Place, Server};
use crate::machine::Load;
use crate::report::{Better, Figure, Unit};
use crate::run::{Bench, Running};
use crate::worker::Worker;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Created in requests of this many.
const PORTION: u32 = 5000;
/// No more are created after this long.
const PATIENCE: Duration = Duration::from_secs(90);
const MEBIBYTE: f64 = 1024.0 * 1024.0;

pub(super) async fn measure(bench: &mut Bench<'_>) {
    for engine in bench.engines(&BOTH) {
        if let Err(error) = samples(bench, engine).await {
            bench.report.fail(
                &memory(
                    "beyond_base",
                    "engine's memory beyond its base",
                    wanted(bench, engine),
                ),
                engine,
                &error,
            );
        }
    }
}

/// workerd's own engine holds several files open for each, and fails at a few thousand.
fn wanted(bench: &Bench<'_>, engine: Engine) -> u32 {
    match engine {
        Engine::Stepwell => bench.size(100_000, 2000),
        Engine::Workerd | Engine::Wrangler => bench.size(2000, 200),
    }
}

async fn samples(bench: &mut Bench<'_>, engine: Engine) -> Result<()> {
    let wanted = wanted(bench, engine);
    let Running { server, place } = bench.start(engine).await?;
    let worker = bench.worker(&server);
    let small = json!({"kind": "steps", "steps": 1, "bytes": 0});
    worker.waves(100, small, Duration::ZERO, 1).await?;
    settle(&server).await;
    let base = server.memory();

    let load = Load::start();
    let begin = Instant::now();
    let count = fill(&worker, wanted).await?;
    // Instances are created faster than they run, and start in order: when this one is through, all of them sleep.
    worker
        .waves(
            1,
            json!({"kind": "steps", "steps": 1, "bytes": 0}),
            Duration::ZERO,
            1,
        )
        .await?;
    let filled = begin.elapsed().as_secs_f64();
    let others = load.others();
    bench
        .report
        .add(&created(count), engine, f64::from(count) / filled, others);
    settle(&server).await;
    let asleep = server.memory();
    let beyond = asleep.own as f64 - base.own as f64;
    let figure =
        memory("beyond_base", "engine's memory beyond its base", count).target("100 MiB, aim 20 MiB");
    bench.report.add(&figure, engine, beyond / MEBIBYTE, others);
    bench.report.add(
        &memory("base", "engine's base", 0),
        engine,
        base.own as f64 / MEBIBYTE,
        others,
    );
    bench.report.add(
        &per_instance(),
        engine,
        beyond / 1024.0 / f64::from(count),
        others,
    );
    if engine == Engine::Stepwell {
        let figure = memory("workerd", "memory of its workerd processes", count);
        bench
            .report
            .add(&figure, engine, asleep.children as f64 / MEBIBYTE, others);
    }
    recoveries(bench, server, &place, count).await
}

async fn fill(worker: &Worker, wanted: u32) -> Result<u32> {
    let begin = Instant::now();
    let mut count = 0;
    while count < wanted && begin.elapsed() < PATIENCE {
        let portion = PORTION.min(wanted - count);
        worker
            .fill("sleeper", count, portion, json!({"kind": "sleep"}))
            .await?;
        count += portion;
    }
    Ok(count)
}

/// Waits until no run is in memory (where the engine tells), at most a minute, and a little longer.
async fn settle(server: &Server) {
    for _ in 0..120 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let metrics = server.metrics().await;
        if metrics
            .get("stepwell_residents")
            .is_none_or(|residents| *residents == 0.0)
        {
            break;
        }
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
}

/// Kills the engine while one instance runs steps, starts it again, and looks when that instance went on.
async fn recoveries(bench: &mut Bench<'_>, first: Server, place: &Place, count: u32) -> Result<()> {
    let engine = first.engine;
    let mut server = first;
    for sample in 0..bench.arguments.samples() {
        let prefix = format!("ticks-{sample}");
        let job = json!({"kind": "ticks", "steps": 150, "every": 10});
        bench.worker(&server).fill(&prefix, 0, 1, job).await?;
        tokio::time::sleep(Duration::from_millis(700)).await;
        let load = Load::start();
        let killed = unix_ms(server.kill().await);
        server = Server::start(engine, &bench.tools, place).await?;
        let others = load.others();
        let ready = server.ready_after.as_secs_f64() * 1e3;
        let outputs = bench.worker(&server).outputs(&prefix, 1).await?;
        let times: Vec<f64> = outputs
            .iter()
            .filter_map(Value::as_array)
            .flatten()
            .filter_map(Value::as_f64)
            .collect();
        let resumed = times.iter().copied().find(|time| *time > killed);
        let resumed = resumed.context("the instance had ended before the kill")?;
        bench.report.add(
            &recovery("kill -9 to the first resumed step", "recovery", count),
            engine,
            resumed - killed,
            others,
        );
        bench.report.add(
            &recovery("start to ready", "restart", count).target(""),
            engine,
            ready,
            others,
        );
    }
    settle(&server).await;
    let load = Load::start();
    let after = server.memory().own as f64 / MEBIBYTE;
    bench.report.add(
        &memory("after_restart", "engine's memory after a restart", count),
        engine,
        after,
        load.others(),
    );
    Ok(())
}

fn memory(id: &str, title: &str, count: u32) -> Figure {
    let (id, title) = if count == 0 {
        (format!("sleepers_{id}"), title.to_owned())
    } else {
        (
            format!("sleepers_{count}_{id}"),
            format!("{count} asleep: {title}"),
        )
    };
    Figure::new(id, title, Unit::Mebibytes, Better::Lower)
}

fn created(count: u32) -> Figure {
    let title = format!("{count} asleep: created and asleep");
    Figure::new(
        format!("sleepers_{count}_created"),
        title,
        Unit::PerSecond,
        Better::Higher,
    )
}

fn per_instance() -> Figure {
    Figure::new(
        "sleeper_memory",
        "engine's memory per sleeping instance",
        Unit::Kibibytes,
        Better::Lower,
    )
}

fn recovery(title: &str, id: &str, count: u32) -> Figure {
    Figure::new(
        format!("sleepers_{count}_{id}"),
        format!("{count} asleep: {title}"),
        Unit::Milliseconds,
        Better::Lower,
    )
    .target("3,000 ms, aim 1,000 ms")
}
