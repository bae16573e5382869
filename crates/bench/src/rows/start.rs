//! From the start of the program until it is ready, on a project that it has run before.

use super::BOTH;
use crate::arguments::Engine;
use crate::engines::Server;
use crate::machine::Load;
use crate::report::{Better, Figure, Unit};
use crate::run::{Bench, Running};
use anyhow::Result;
use serde_json::json;
use std::time::Duration;

pub(super) async fn measure(bench: &mut Bench<'_>) {
    let figure = Figure::new(
        "start_to_ready",
        "start to ready, not the first start",
        Unit::Milliseconds,
        Better::Lower,
    )
    .target("1,500 ms, aim 500 ms");
    for engine in bench.engines(&BOTH) {
        if let Err(error) = samples(bench, engine, &figure).await {
            bench.report.fail(&figure, engine, &error);
        }
    }
}

async fn samples(bench: &mut Bench<'_>, engine: Engine, figure: &Figure) -> Result<()> {
    let Running { server, place } = bench.start(engine).await?;
    let small = json!({"kind": "steps", "steps": 1, "bytes": 0});
    bench.worker(&server).waves(4, small, Duration::ZERO, 1).await?;
    server.kill().await;
    for _ in 0..bench.arguments.samples() {
        let load = Load::start();
        let server = Server::start(engine, &bench.tools, &place).await?;
        bench.report.add(
            figure,
            engine,
            server.ready_after.as_secs_f64() * 1e3,
            load.others(),
        );
        server.kill().await;
    }
    Ok(())
}
