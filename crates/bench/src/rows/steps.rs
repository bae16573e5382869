//! Durable steps per second with 1, 16 and 256 instances at once.

use crate::arguments::Engine;
use crate::machine::{Load, processor_seconds};
use crate::report::{Better, Figure, Unit};
use crate::run::{Bench, Running};
use anyhow::Result;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const STEPS: u32 = 20;
/// A slow engine gets fewer samples once those of one figure have taken this long.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) async fn measure(bench: &mut Bench<'_>) {
    let mut running = Vec::new();
    for engine in bench.arguments.engines() {
        match bench.start(engine).await {
            Ok(server) => running.push(server),
            Err(error) => bench.report.fail(&figure(1), engine, &error),
        }
    }
    let widths: &[u32] = bench.size(&[1, 16, 256], &[1, 16]);
    for width in widths {
        for server in &running {
            if let Err(error) = warm_up(bench, server, *width).await {
                bench.report.fail(&figure(*width), server.server.engine, &error);
            }
        }
        let mut spent = vec![Duration::ZERO; running.len()];
        // The engines take turns, so that a change of the load on the machine meets all of them.
        for _ in 0..bench.arguments.samples() {
            for (server, spent) in running.iter().zip(&mut spent) {
                if *spent > PATIENCE {
                    continue;
                }
                let begin = Instant::now();
                if let Err(error) = sample(bench, server, *width).await {
                    bench.report.fail(&figure(*width), server.server.engine, &error);
                }
                *spent += begin.elapsed();
            }
        }
    }
}

fn figure(width: u32) -> Figure {
    let plural = if width == 1 { "" } else { "s" };
    let figure = Figure::new(
        format!("steps_per_second_{width}"),
        format!("durable steps, {width} instance{plural} at once"),
        Unit::PerSecond,
        Better::Higher,
    );
    if width == 1 {
        figure
    } else {
        figure.target("8×, aim 20×")
    }
}

/// Less shaken by other load than time is.
fn processor_time(width: u32) -> Figure {
    Figure::new(
        format!("cpu_per_step_{width}"),
        format!("  CPU per step of all its processes, {width} at once"),
        Unit::Microseconds,
        Better::Lower,
    )
}

fn entries_per_commit(width: u32) -> Figure {
    Figure::new(
        format!("entries_per_commit_{width}"),
        format!("  journal entries per commit, {width} at once"),
        Unit::Count,
        Better::Neither,
    )
}

fn commits_per_step(width: u32) -> Figure {
    Figure::new(
        format!("commits_per_step_{width}"),
        format!("  commits (fsyncs) per step, {width} at once"),
        Unit::Count,
        Better::Neither,
    )
}

fn job() -> Value {
    json!({"kind": "steps", "steps": STEPS, "bytes": 0})
}

async fn warm_up(bench: &Bench<'_>, running: &Running, width: u32) -> Result<()> {
    // A wave of 256 takes the other engines many seconds.
    let width = if running.server.engine == Engine::Stepwell {
        width
    } else {
        width.min(16)
    };
    let budget = Duration::from_millis(bench.size(1000, 200));
    let worker = bench.worker(&running.server);
    worker.waves(width, job(), budget, 1000).await.map(drop)
}

async fn sample(bench: &mut Bench<'_>, running: &Running, width: u32) -> Result<()> {
    let engine = running.server.engine;
    let worker = bench.worker(&running.server);
    let budget = Duration::from_millis(bench.size(1500, 500));
    let before = running.server.metrics().await;
    let used = processor_seconds(running.server.pid());
    let load = Load::start();
    let waves = worker.waves(width, job(), budget, 1000).await?;
    let others = load.others();
    let used = processor_seconds(running.server.pid()) - used;
    let after = running.server.metrics().await;
    let steps = f64::from(width * STEPS) * waves.len() as f64;
    let seconds: f64 = waves.iter().map(|wave| wave.seconds()).sum();
    bench.report.add(&figure(width), engine, steps / seconds, others);
    bench
        .report
        .add(&processor_time(width), engine, used * 1e6 / steps, others);
    let counted = |name: &str| Some(after.get(name)? - before.get(name)?);
    let counts = counted("stepwell_store_commits_total").zip(counted("stepwell_store_entries_total"));
    if let Some((commits, entries)) = counts.filter(|(commits, _)| *commits > 0.0) {
        bench
            .report
            .add(&entries_per_commit(width), engine, entries / commits, others);
        bench
            .report
            .add(&commits_per_step(width), engine, commits / steps, others);
    }
    Ok(())
}
