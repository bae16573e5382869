//! How long one step takes with one instance: from one step that settled to the next.

use super::BOTH;
use crate::machine::Load;
use crate::report::{Better, Figure, Unit};
use crate::run::{Bench, Running};
use crate::statistics::quantile;
use crate::worker::Clock;
use anyhow::Result;
use serde_json::json;
use std::time::Duration;

/// What a step returns.
#[derive(Clone, Copy)]
struct Kind {
    id: &'static str,
    title: &'static str,
    bytes: u32,
    target: &'static str,
}

const KINDS: [Kind; 2] = [
    Kind {
        id: "step",
        title: "one step, one instance",
        bytes: 0,
        target: "1.5 ms, aim fsync + 0.15 ms",
    },
    Kind {
        id: "step_64k",
        title: "one step with a result of 64 KiB",
        bytes: 64 * 1024,
        target: "",
    },
];

pub(super) async fn measure(bench: &mut Bench<'_>) {
    for engine in bench.engines(&BOTH) {
        let mut running = match bench.start(engine).await {
            Ok(running) => running,
            Err(error) => {
                bench.report.fail(&figure(KINDS[0], "p50"), engine, &error);
                continue;
            }
        };
        for kind in KINDS {
            // The first is the warm-up.
            for sample in 0..=bench.arguments.samples() {
                let load = Load::start();
                match intervals(bench, &mut running, kind, sample).await {
                    Ok(times) if sample > 0 => {
                        let others = load.others();
                        bench
                            .report
                            .add(&figure(kind, "p50"), engine, quantile(&times, 0.5), others);
                        bench
                            .report
                            .add(&figure(kind, "p99"), engine, quantile(&times, 0.99), others);
                    }
                    Ok(_) => {}
                    Err(error) => bench.report.fail(&figure(kind, "p50"), engine, &error),
                }
            }
        }
    }
}

fn figure(kind: Kind, quantile: &str) -> Figure {
    let figure = Figure::new(
        format!("{}_{quantile}", kind.id),
        format!("{}, {quantile}", kind.title),
        Unit::Milliseconds,
        Better::Lower,
    );
    if quantile == "p50" {
        figure.target(kind.target)
    } else {
        figure
    }
}

async fn intervals(bench: &Bench<'_>, running: &mut Running, kind: Kind, sample: usize) -> Result<Vec<f64>> {
    let steps = bench.size(500, 100);
    let clock = Clock::new().await?;
    let prefix = format!("{}-{sample}", kind.id);
    let address = clock.address(running.server.engine);
    let job = json!({"kind": "watched", "steps": steps, "bytes": kind.bytes, "clock": address});
    let worker = bench.worker(&running.server);
    let limit = Duration::from_secs(30);
    let (filled, intervals) = tokio::join!(
        worker.fill(&prefix, 0, 1, job),
        clock.intervals(&mut running.server, steps as usize, limit)
    );
    filled?;
    let intervals = intervals?;
    worker.outputs(&prefix, 1).await?;
    Ok(intervals)
}
