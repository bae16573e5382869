//! Reads at the account API while instances run: how long an answer takes, and what the reads cost the steps. Of
//! `stepwell serve`; the other engines have no such API.

use crate::arguments::Engine;
use crate::engines::Served;
use crate::machine::Load as MachineLoad;
use crate::reader::{Line, Load, request};
use crate::report::{Better, Figure, Unit};
use crate::run::Bench;
use crate::statistics::quantile;
use crate::worker::Worker;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const ENGINE: Engine = Engine::Stepwell;
/// Instances that run at once; the rest of the crowd is queued.
const AT_ONCE: u32 = 256;
/// Steps of each instance.
const STEPS: u32 = 20;
/// Connections that stay open.
const CONNECTIONS: usize = 32;
/// Created in requests of this many.
const PORTION: u32 = 1000;
/// How long the queue may take to fill.
const PATIENCE: Duration = Duration::from_mins(2);

/// Sizes of a run.
#[derive(Clone, Copy)]
struct Scale {
    per_second: u32,
    /// How long steps are counted, with reads and without.
    window: Duration,
    /// Instances that are queued at the beginning of a window: enough for all of it.
    queued: u32,
}

/// Instances that were created.
struct Crowd {
    worker: Worker,
    line: Line,
    created: u32,
}

pub(super) async fn measure(bench: &mut Bench<'_>) {
    if bench.engines(&[ENGINE]).is_empty() {
        return;
    }
    let scale = Scale {
        per_second: bench.size(2000, 500),
        window: Duration::from_millis(bench.size(5000, 1000)),
        queued: bench.size(12_000, 3000),
    };
    if let Err(error) = samples(bench, scale).await {
        bench.report.fail(&latency(scale, "p99"), ENGINE, &error);
    }
}

async fn samples(bench: &mut Bench<'_>, scale: Scale) -> Result<()> {
    let place = bench.place()?;
    let at_once = AT_ONCE.to_string();
    let arguments = ["--max-running", &at_once];
    let served = Served::start(&bench.tools, &place, &arguments).await?;
    served.deploy(&bench.tools, &place).await?;
    let mut crowd = Crowd {
        worker: Worker::at(served.port, PATIENCE, bench.arguments.verbose),
        line: Line::open(served.api_port).await?,
        created: 0,
    };
    for _ in 0..bench.arguments.samples() {
        let before = undisturbed(&served, &mut crowd, scale).await?;
        crowd.fill(scale).await?;
        let requests = requests(&mut crowd).await?;
        let load = MachineLoad::start();
        let reads = Load {
            port: served.api_port,
            requests,
            per_second: scale.per_second,
            connections: CONNECTIONS,
            duration: scale.window,
        };
        let (steps, reads) = tokio::join!(steps(&served, scale), reads.run());
        let (steps, reads) = (steps?, reads?);
        let others = load.others();
        crowd.still_waits().await?;
        // Half before and half after, so that a change of the machine is in neither figure alone.
        let after = undisturbed(&served, &mut crowd, scale).await?;
        let undisturbed = f64::midpoint(before, after);
        let share = 100.0 * steps / undisturbed;
        let mut add = |figure: &Figure, value| bench.report.add(figure, ENGINE, value, others);
        add(&speed(scale, false), undisturbed);
        add(&speed(scale, true), steps);
        add(&kept(scale), share);
        for (name, share) in [("p50", 0.5), ("p99", 0.99), ("max", 1.0)] {
            add(&latency(scale, name), quantile(&reads.latencies_ms, share));
        }
        let each = reads.processor.as_secs_f64() * 1e6 / reads.latencies_ms.len() as f64;
        add(&cost(scale), each);
    }
    Ok(())
}

async fn undisturbed(served: &Served, crowd: &mut Crowd, scale: Scale) -> Result<f64> {
    crowd.fill(scale).await?;
    let steps = steps(served, scale).await?;
    crowd.still_waits().await?;
    Ok(steps)
}

/// Steps per second that the server finishes during a window.
async fn steps(served: &Served, scale: Scale) -> Result<f64> {
    let count = |metrics: std::collections::HashMap<String, f64>| -> f64 {
        let steps = metrics
            .into_iter()
            .filter(|(name, _)| name.starts_with("stepwell_steps_total"));
        steps.map(|(_, count)| count).sum()
    };
    let before = count(served.metrics().await?);
    let begin = Instant::now();
    tokio::time::sleep(scale.window).await;
    let after = count(served.metrics().await?);
    let steps = (after - before) / begin.elapsed().as_secs_f64();
    ensure!(steps > 0.0, "the server counts no steps");
    Ok(steps)
}

impl Crowd {
    /// Creates instances until enough are queued.
    async fn fill(&mut self, scale: Scale) -> Result<()> {
        let begin = Instant::now();
        while self.queued().await? < scale.queued {
            ensure!(
                begin.elapsed() < PATIENCE,
                "instances end as fast as they are created"
            );
            let job = json!({"kind": "steps", "steps": STEPS, "bytes": 0});
            self.worker.fill("crowd", self.created, PORTION, job).await?;
            self.created += PORTION;
        }
        Ok(())
    }

    /// That the window was not too long: all the time as many instances ran as may run at once.
    async fn still_waits(&mut self) -> Result<()> {
        ensure!(
            self.queued().await? > 0,
            "the queue was empty before the window was over"
        );
        Ok(())
    }

    async fn queued(&mut self) -> Result<u32> {
        let workflow: Value = serde_json::from_slice(self.line.ask(&request("/workflows/bench")).await?)?;
        let queued = workflow["result"]["instances"]["queued"].as_u64();
        Ok(queued.context("no count of queued instances")? as u32)
    }
}

/// What is read, mixed: of twenty requests eight are of one instance, seven of lists, five of the rest.
async fn requests(crowd: &mut Crowd) -> Result<Vec<Vec<u8>>> {
    const INSTANCES: &str = "/workflows/bench/instances";
    let page = crowd.ask(&format!("{INSTANCES}?per_page=20")).await?;
    let cursor = page["result_info"]["cursor"]
        .as_str()
        .context("no cursor")?
        .to_owned();
    let versions = crowd.ask("/workflows/bench/versions").await?;
    let version = versions["result"][0]["id"]
        .as_str()
        .context("no version")?
        .to_owned();
    let since = page["result"][0]["created_on"]
        .as_str()
        .context("no time")?
        .to_owned();
    // Those that have ended, run and wait, one after another.
    let created = crowd.created;
    let instance = |number: u32| format!("{INSTANCES}/crowd-{}", number.wrapping_mul(0x9e37_79b1) % created);
    // Those that run now, more or less, and have steps: instances run in the order in which they were created.
    let first_queued = crowd
        .ask(&format!("{INSTANCES}?status=queued&direction=asc&per_page=1"))
        .await?;
    let first_queued = first_queued["result"][0]["id"]
        .as_str()
        .and_then(|id| id.rsplit('-').next()?.parse().ok());
    let begun: u32 = first_queued.context("none is queued")?;
    let sure = begun.saturating_sub(4 * AT_ONCE).max(1);
    let ended = |number: u32| format!("{INSTANCES}/crowd-{}", number.wrapping_mul(0x9e37_79b1) % sure);
    let paths = (0..200).flat_map(|round: u32| {
        let number = round * 20;
        [
            instance(number),
            format!("{INSTANCES}?per_page=20"),
            ended(number + 1),
            format!("{}/step?name=step%200-1", ended(number + 2)),
            "/workflows/bench".to_owned(),
            instance(number + 3),
            format!("{INSTANCES}?status=running&per_page=20"),
            format!("{INSTANCES}/crowd-{}", begun + round * 4),
            "/workflows".to_owned(),
            format!("{INSTANCES}?status=complete&direction=asc&per_page=20"),
            ended(number + 4),
            format!("{INSTANCES}?per_page=20&cursor={cursor}"),
            format!("/workflows/bench/versions/{version}"),
            format!("{INSTANCES}/crowd-{}", begun + round * 4 + 2),
            format!("{INSTANCES}?page=1&per_page=20"),
            "/workflows/bench/versions".to_owned(),
            format!("{}/step?name=step%205-1", ended(number + 5)),
            format!("{INSTANCES}?status=queued&per_page=20"),
            format!("{}/reason", instance(number + 6)),
            format!("{INSTANCES}?date_end={since}&per_page=20"),
        ]
    });
    Ok(paths.map(|path| request(&path)).collect())
}

impl Crowd {
    async fn ask(&mut self, path: &str) -> Result<Value> {
        Ok(serde_json::from_slice(self.line.ask(&request(path)).await?)?)
    }
}

fn speed(scale: Scale, reads: bool) -> Figure {
    let (id, with) = if reads {
        ("with_reads", format!("{} reads/s", scale.per_second))
    } else {
        ("undisturbed", "no reads".to_owned())
    };
    let title = format!("serve, {AT_ONCE} at once, {with}: durable steps");
    Figure::new(
        format!("reads_steps_{id}"),
        title,
        Unit::PerSecond,
        Better::Higher,
    )
}

fn kept(scale: Scale) -> Figure {
    let title = format!("  of the steps without, at {} reads/s", scale.per_second);
    Figure::new("reads_steps_kept", title, Unit::Percent, Better::Higher).target("80 %")
}

fn latency(scale: Scale, name: &str) -> Figure {
    let title = format!(
        "  answer at {} reads/s, from the moment it was due, {name}",
        scale.per_second
    );
    let figure = Figure::new(format!("reads_{name}"), title, Unit::Milliseconds, Better::Lower);
    if name == "p99" {
        figure.target("50 ms")
    } else {
        figure
    }
}

fn cost(scale: Scale) -> Figure {
    let title = format!(
        "  processor time of the reader itself, per read, at {}/s",
        scale.per_second
    );
    Figure::new("reads_reader", title, Unit::Microseconds, Better::Neither)
}
