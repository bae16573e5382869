//! Pages of the list of instances where there are 1,000,000, against the same where there are 1,000, in turns: what a page
//! costs must not depend on how many there are. Of `stepwell serve`; the other engines have no such API.

mod fill;
mod pages;

use crate::arguments::Engine;
use crate::engines::{ACCOUNT, Place, Served};
use crate::machine::Load;
use crate::reader::Line;
use crate::report::{Better, Figure, Unit};
use crate::run::Bench;
use crate::statistics::median;
use crate::worker::Worker;
use anyhow::{Result, ensure};
use pages::Page;
use serde_json::json;
use std::time::{Duration, Instant};

const ENGINE: Engine = Engine::Stepwell;
const MEBIBYTE: f64 = 1024.0 * 1024.0;
/// The size to compare with.
const FEW: u32 = 1000;

/// A server on a store with so many instances.
struct Filled {
    place: Place,
    count: u32,
    /// When the oldest was created.
    oldest_ms: i64,
}

pub(super) async fn measure(bench: &mut Bench<'_>) {
    if bench.engines(&[ENGINE]).is_empty() {
        return;
    }
    let many = bench.size(1_000_000, 20_000);
    if let Err(error) = samples(bench, many).await {
        let figure = Figure::new("lists", "lists", Unit::Milliseconds, Better::Lower);
        bench.report.fail(&figure, ENGINE, &error);
    }
}

async fn samples(bench: &mut Bench<'_>, many: u32) -> Result<()> {
    let few = filled(bench, FEW).await?;
    let load = Load::start();
    let begin = Instant::now();
    let many = filled(bench, many).await?;
    let speed = f64::from(many.count) / begin.elapsed().as_secs_f64();
    let title = format!("{} instances: written into the store", many.count);
    let figure = Figure::new("lists_filled", title, Unit::PerSecond, Better::Neither);
    bench.report.add(&figure, ENGINE, speed, load.others());
    for _ in 0..bench.arguments.samples() {
        let small = Served::start(&bench.tools, &few.place, &[]).await?;
        let load = Load::start();
        let large = Served::start(&bench.tools, &many.place, &[]).await?;
        let others = load.others();
        for (size, filled, served) in [("few", &few, &small), ("many", &many, &large)] {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let figures = opened(size, filled.count);
            let memory = served.memory().own as f64 / MEBIBYTE;
            let ready = served.ready_after.as_secs_f64() * 1e3;
            bench.report.add(&figures[0], ENGINE, ready, others);
            bench.report.add(&figures[1], ENGINE, memory, others);
        }
        pages_of(bench, (&few, &small), (&many, &large)).await?;
        let [_, _, after] = opened("many", many.count);
        let memory = large.memory().own as f64 / MEBIBYTE;
        bench.report.add(&after, ENGINE, memory, others);
        small.stop().await?;
        large.stop().await?;
    }
    Ok(())
}

/// A server's data with `count` instances.
async fn filled(bench: &Bench<'_>, count: u32) -> Result<Filled> {
    let place = bench.place()?;
    let served = Served::start(&bench.tools, &place, &[]).await?;
    served.deploy(&bench.tools, &place).await?;
    let worker = Worker::at(served.port, Duration::from_mins(1), bench.arguments.verbose);
    worker
        .fill("real", 0, 1, json!({"kind": "steps", "steps": 1, "bytes": 0}))
        .await?;
    worker.outputs("real", 1).await?;
    served.stop().await?;
    let key = format!("{ACCOUNT}/bench");
    let version = fill::version(&place.data(), &key, "real-0").await?;
    let oldest_ms = fill::fill(&place.data(), &key, version, count).await?;
    Ok(Filled {
        place,
        count,
        oldest_ms,
    })
}

/// The same pages of both, one after the other, so that a change of the machine meets both.
async fn pages_of(bench: &mut Bench<'_>, few: (&Filled, &Served), many: (&Filled, &Served)) -> Result<()> {
    let mut lines = (
        Line::open(few.1.api_port).await?,
        Line::open(many.1.api_port).await?,
    );
    let pages = (
        pages::all(&mut lines.0, few.0.count, few.0.oldest_ms).await?,
        pages::all(&mut lines.1, many.0.count, many.0.oldest_ms).await?,
    );
    // The server has closed what was idle while the others were walked through.
    lines.0 = Line::open(few.1.api_port).await?;
    let many_count = many.0.count;
    let rounds = bench.size(200, 20);
    for (page_of_few, page) in pages.0.iter().zip(&pages.1) {
        let load = Load::start();
        let (mut short, mut long) = (Vec::new(), Vec::new());
        for round in 0..rounds + rounds / 10 {
            let times = (
                time(&mut lines.0, page_of_few).await?,
                time(&mut lines.1, page).await?,
            );
            // The first ones read what is not in memory yet.
            if round >= rounds / 10 {
                short.push(times.0);
                long.push(times.1);
            }
        }
        let others = load.others();
        let [took, ratio] = figures(page, many_count);
        bench.report.add(&took, ENGINE, median(&long), others);
        bench
            .report
            .add(&ratio, ENGINE, median(&long) / median(&short), others);
    }
    Ok(())
}

async fn time(line: &mut Line, page: &Page) -> Result<f64> {
    let begin = Instant::now();
    let body = line.ask(&page.request).await?;
    let took = begin.elapsed().as_secs_f64() * 1e3;
    // A page that has fewer entries than the other is no comparison.
    let marks = body
        .windows(pages::MARK.len())
        .filter(|bytes| *bytes == pages::MARK)
        .count();
    ensure!(
        page.entries.is_none_or(|entries| entries == marks),
        "{}: {marks} entries",
        page.title
    );
    Ok(took)
}

fn opened(size: &str, count: u32) -> [Figure; 3] {
    let figure = |id: &str, title: &str, unit| {
        let title = format!("{count} instances: {title}");
        Figure::new(format!("lists_{size}_{id}"), title, unit, Better::Lower)
    };
    [
        figure("ready", "start to ready", Unit::Milliseconds),
        figure("memory", "server's memory when it is ready", Unit::Mebibytes),
        figure("memory_after", "server's memory after all pages", Unit::Mebibytes),
    ]
}

fn figures(page: &Page, count: u32) -> [Figure; 2] {
    let title = format!("{count} instances: {}", page.title);
    let ratio = format!("  times that of {FEW}: {}", page.title);
    let figure = Figure::new(
        format!("lists_{}_ratio", page.id),
        ratio,
        Unit::Times,
        Better::Lower,
    );
    [
        Figure::new(
            format!("lists_{}", page.id),
            title,
            Unit::Milliseconds,
            Better::Lower,
        ),
        figure.target("1×"),
    ]
}
