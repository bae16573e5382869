//! The replay of a long journal: the engine is killed and started again, then an event wakes the instance.

use super::BOTH;
use crate::arguments::Engine;
use crate::engines::Server;
use crate::machine::Load;
use crate::report::{Better, Figure, Unit};
use crate::run::{Bench, Running};
use anyhow::{Context, Result};
use serde_json::json;
use std::time::Duration;

pub(super) async fn measure(bench: &mut Bench<'_>) {
    let entries = bench.size(1000, 200);
    let figure = Figure::new(
        "replay",
        format!("event to the first step after a replay of {entries} steps"),
        Unit::Milliseconds,
        Better::Lower,
    );
    for engine in bench.engines(&BOTH) {
        let load = Load::start();
        match samples(bench, engine, entries).await {
            Ok(times) => {
                let others = load.others();
                for time in times {
                    bench.report.add(&figure, engine, time, others);
                }
            }
            Err(error) => bench.report.fail(&figure, engine, &error),
        }
    }
}

async fn samples(bench: &Bench<'_>, engine: Engine, entries: u32) -> Result<Vec<f64>> {
    let Running { server, place } = bench.start(engine).await?;
    let count = bench.arguments.samples() as u32;
    let worker = bench.worker(&server);
    worker
        .fill("journal", 0, count, json!({"kind": "journal", "steps": entries}))
        .await?;
    worker.waiting("journal", count).await?;
    server.kill().await;
    let server = Server::start(engine, &bench.tools, &place).await?;
    let worker = bench.worker(&server);
    // So that the load of the Worker's code is no part of the first sample.
    let small = json!({"kind": "steps", "steps": 1, "bytes": 0});
    worker.waves(4, small, Duration::ZERO, 1).await?;
    let mut times = Vec::new();
    for index in 0..count {
        let id = format!("journal-{index}");
        let sent = worker.event(&id).await?;
        let resumed = worker.output(&id).await?.as_f64().context("no time as output")?;
        times.push(resumed - sent);
    }
    Ok(times)
}
