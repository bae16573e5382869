//! The whole run: finds the programs, measures group after group, prints.

use crate::arguments::{Arguments, Engine, Group};
use crate::engines::{Place, Server, Tools};
use crate::machine::{Machine, raise_file_limit, sync_latency};
use crate::report::Report;
use crate::rows;
use crate::worker::Worker;
use anyhow::{Context, Result};
use std::time::{Duration, Instant};

/// What every group of figures needs.
pub(crate) struct Bench<'a> {
    pub(crate) arguments: &'a Arguments,
    pub(crate) tools: Tools,
    pub(crate) report: Report,
}

/// A server on a directory of its own. The server ends first.
pub(crate) struct Running {
    pub(crate) server: Server,
    pub(crate) place: Place,
}

impl Bench<'_> {
    /// A fresh directory for a server.
    pub(crate) fn place(&self) -> Result<Place> {
        Place::new(self.arguments.data.as_deref())
    }

    /// A server with no instances.
    pub(crate) async fn start(&self, engine: Engine) -> Result<Running> {
        let place = self.place()?;
        let server = Server::start(engine, &self.tools, &place).await?;
        Ok(Running { server, place })
    }

    /// The Worker on `server`.
    pub(crate) fn worker(&self, server: &Server) -> Worker {
        Worker::of(server, Duration::from_mins(2), self.arguments.verbose)
    }

    /// `full`, or `quick` in the short version.
    pub(crate) fn size<T>(&self, full: T, quick: T) -> T {
        if self.arguments.quick { quick } else { full }
    }

    /// The engines of this run among `of`.
    pub(crate) fn engines(&self, of: &[Engine]) -> Vec<Engine> {
        let mut engines = self.arguments.engines();
        engines.retain(|engine| of.contains(engine));
        engines
    }
}

/// Measures and prints.
pub(crate) async fn run(arguments: &Arguments) -> Result<()> {
    let begin = Instant::now();
    raise_file_limit();
    let base = arguments.data.clone().unwrap_or_else(std::env::temp_dir);
    let disk = sync_latency(&base).with_context(|| format!("cannot write to {}", base.display()))?;
    let tools = Tools::find(arguments)?;
    let mut bench = Bench {
        report: Report {
            machine: Machine::here(),
            disk,
            versions: tools.versions.clone(),
            settings: settings(arguments),
            seconds: 0.0,
            unfinished: false,
            rows: Vec::new(),
        },
        arguments,
        tools,
    };
    let deadline = tokio::time::Instant::now() + arguments.limit();
    for group in rows::GROUPS {
        if !arguments.wants(group) {
            continue;
        }
        eprintln!("{:5.0} s  {}", begin.elapsed().as_secs_f64(), title(group));
        // Ending the measurement ends the processes that it started; what was measured until then is printed.
        let measured = tokio::time::timeout_at(deadline, rows::measure(group, &mut bench)).await;
        if measured.is_err() {
            bench.report.unfinished = true;
            break;
        }
    }
    bench.report.seconds = begin.elapsed().as_secs_f64();
    println!("{}", bench.report);
    if let Some(path) = &arguments.json {
        let text = serde_json::to_string_pretty(&bench.report.json())?;
        std::fs::write(path, text + "\n").with_context(|| format!("cannot write {}", path.display()))?;
    }
    anyhow::ensure!(!bench.report.unfinished, "stopped after {:?}", arguments.limit());
    let failed = |engine| {
        let rows = &bench.report.rows;
        rows.iter()
            .filter_map(|row| row.of(engine))
            .any(|cell| cell.samples.is_empty())
    };
    // The others are only compared with; what they cannot do is in the table.
    anyhow::ensure!(
        !failed(Engine::Stepwell),
        "some figures of stepwell could not be measured"
    );
    Ok(())
}

fn settings(arguments: &Arguments) -> Vec<(String, String)> {
    let mut settings = vec![
        ("samples".to_owned(), arguments.samples().to_string()),
        ("quick".to_owned(), arguments.quick.to_string()),
        ("fsync".to_owned(), "on".to_owned()),
    ];
    if !arguments.dev.is_empty() {
        settings.push(("stepwell dev".to_owned(), arguments.dev.clone()));
    }
    settings
}

fn title(group: Group) -> &'static str {
    match group {
        Group::Start => "start to ready",
        Group::Steps => "steps per second",
        Group::Instances => "instances per second",
        Group::Latency => "one step",
        Group::Replay => "replay",
        Group::Timers => "timers",
        Group::Sleepers => "sleeping instances",
        Group::Reads => "reads while instances run",
        Group::Lists => "long lists",
        Group::Fsyncs => "fsyncs",
    }
}
