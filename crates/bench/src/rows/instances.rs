//! Instances of one step each, created in batches of 100.

use super::BOTH;
use crate::arguments::Engine;
use crate::machine::Load;
use crate::report::{Better, Figure, Unit};
use crate::run::{Bench, Running};
use anyhow::Result;
use serde_json::json;
use std::time::Duration;

pub(super) async fn measure(bench: &mut Bench<'_>) {
    let figure = Figure::new(
        "instances_per_second",
        "one-step instances, created in batches of 100",
        Unit::PerSecond,
        Better::Higher,
    )
    .target("10×, aim 25×");
    let mut running = Vec::new();
    for engine in bench.engines(&BOTH) {
        match bench.start(engine).await {
            Ok(server) => running.push(server),
            Err(error) => bench.report.fail(&figure, engine, &error),
        }
    }
    for server in &running {
        if let Err(error) = wave(bench, server, 100).await {
            bench.report.fail(&figure, server.server.engine, &error);
        }
    }
    for _ in 0..bench.arguments.samples() {
        for server in &running {
            let engine = server.server.engine;
            // So that a sample takes one or two seconds.
            let count = match engine {
                Engine::Stepwell => bench.size(4000, 1000),
                Engine::Workerd | Engine::Wrangler => bench.size(300, 100),
            };
            let load = Load::start();
            match wave(bench, server, count).await {
                Ok(seconds) => bench
                    .report
                    .add(&figure, engine, f64::from(count) / seconds, load.others()),
                Err(error) => bench.report.fail(&figure, engine, &error),
            }
        }
    }
}

async fn wave(bench: &Bench<'_>, running: &Running, count: u32) -> Result<f64> {
    let worker = bench.worker(&running.server);
    let job = json!({"kind": "steps", "steps": 1, "bytes": 0});
    let waves = worker.waves(count, job, Duration::ZERO, 1).await?;
    Ok(waves.iter().map(|wave| wave.seconds()).sum())
}
