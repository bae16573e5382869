//! The fsyncs of each engine, counted from outside: that every figure is one with fsync on is shown, not claimed.

use super::BOTH;
use crate::arguments::Engine;
use crate::machine::Load;
use crate::report::{Better, Figure, Unit};
use crate::run::Bench;
use crate::trace::Trace;
use anyhow::Result;
use serde_json::json;
use std::time::Duration;

const WIDTH: u32 = 16;
const STEPS: u32 = 20;

pub(super) async fn measure(bench: &mut Bench<'_>) {
    let figure = Figure::new(
        "fsyncs_per_step",
        format!("fsyncs per step, {WIDTH} at once (strace)"),
        Unit::Count,
        Better::Neither,
    );
    for engine in bench.engines(&BOTH) {
        let load = Load::start();
        match count(bench, engine).await {
            Ok(Some(per_step)) => bench.report.add(&figure, engine, per_step, load.others()),
            // Without strace there is no such line.
            Ok(None) => return,
            Err(error) => bench.report.fail(&figure, engine, &error),
        }
    }
}

async fn count(bench: &Bench<'_>, engine: Engine) -> Result<Option<f64>> {
    let running = bench.start(engine).await?;
    let worker = bench.worker(&running.server);
    let job = json!({"kind": "steps", "steps": STEPS, "bytes": 0});
    worker.waves(WIDTH, job.clone(), Duration::ZERO, 1).await?;
    let report = running.place.root().join("strace");
    let Some(trace) = Trace::start(running.server.pid(), report).await? else {
        return Ok(None);
    };
    let waves = worker.waves(WIDTH, job, Duration::from_secs(1), 10).await;
    let calls = trace.stop().await?;
    Ok(Some(
        calls as f64 / f64::from(WIDTH * STEPS) / waves?.len() as f64,
    ))
}
