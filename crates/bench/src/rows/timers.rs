//! How late sleeping instances wake up.

use super::{BOTH, unix_ms};
use crate::arguments::Engine;
use crate::machine::Load;
use crate::report::{Better, Figure, Unit};
use crate::run::Bench;
use crate::statistics::quantile;
use anyhow::{Result, ensure};
use serde_json::{Value, json};
use std::time::{Duration, Instant, SystemTime};

/// All naps of a sample end within this time.
const SPREAD: Duration = Duration::from_secs(10);

pub(super) async fn measure(bench: &mut Bench<'_>) {
    for engine in bench.engines(&BOTH) {
        let load = Load::start();
        let count = count(bench, engine);
        match errors(bench, engine, count).await {
            Ok(errors) => {
                let others = load.others();
                for (id, share) in [("p50", 0.5), ("p99", 0.99)] {
                    bench
                        .report
                        .add(&figure(count, id), engine, quantile(&errors, share), others);
                }
            }
            Err(error) => bench.report.fail(&figure(count, "p50"), engine, &error),
        }
    }
}

/// workerd's own engine creates too slowly, and needs too many files, for as many as Stepwell gets.
fn count(bench: &Bench<'_>, engine: Engine) -> u32 {
    match engine {
        Engine::Stepwell => bench.size(10_000, 500),
        Engine::Workerd | Engine::Wrangler => bench.size(1000, 100),
    }
}

fn figure(count: u32, quantile: &str) -> Figure {
    Figure::new(
        format!("wake_up_error_{count}_{quantile}"),
        format!(
            "wake-up error of {count} timers within {} s, {quantile}",
            SPREAD.as_secs()
        ),
        Unit::Milliseconds,
        Better::Lower,
    )
}

async fn errors(bench: &Bench<'_>, engine: Engine, count: u32) -> Result<Vec<f64>> {
    let running = bench.start(engine).await?;
    let worker = bench.worker(&running.server);
    // How long the creation will take is measured first: all naps have to exist before the first one ends.
    let probe = count / 10;
    let begin = Instant::now();
    worker
        .naps("probe", probe, unix_ms(SystemTime::now()) as u64 + 3_600_000, 0.0)
        .await?;
    let lead = begin.elapsed() * 15 + Duration::from_secs(3);
    let first = unix_ms(SystemTime::now() + lead);
    let spacing = SPREAD.as_secs_f64() * 1e3 / f64::from(count);
    worker.naps("nap", count, first as u64, spacing).await?;
    let created = unix_ms(SystemTime::now());
    ensure!(
        created < first,
        "creating {count} instances took {:.1} s longer than thought",
        (created - first) / 1e3
    );
    let wait = (first - created) / 1e3 + SPREAD.as_secs_f64();
    tokio::time::sleep(Duration::from_secs_f64(wait) + Duration::from_secs(1)).await;
    let outputs = worker.outputs("nap", count).await?;
    let late = outputs.iter().filter(|output| **output == json!("late")).count();
    ensure!(late == 0, "{late} naps were over before they began");
    Ok(outputs.iter().filter_map(Value::as_f64).collect())
}
