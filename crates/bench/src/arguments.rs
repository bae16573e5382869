//! What can be typed.

use clap::{Parser, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

/// Measures Stepwell, workerd's own Workflows engine and the engine of `wrangler dev` on this machine.
#[derive(Debug, Parser)]
#[command(name = "bench", version)]
pub(crate) struct Arguments {
    /// A short version (under a minute, small numbers) that shows that everything works; no wrangler
    #[arg(long)]
    pub(crate) quick: bool,
    /// Also write everything, with each sample, as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// The stepwell program [default: built with cargo]
    #[arg(long, value_name = "FILE")]
    pub(crate) stepwell: Option<PathBuf>,
    /// Only these engines, separated by commas
    #[arg(long, value_enum, value_delimiter = ',', value_name = "ENGINE")]
    pub(crate) engines: Vec<Engine>,
    /// Only these groups of figures, separated by commas
    #[arg(long, value_enum, value_delimiter = ',', value_name = "GROUP")]
    pub(crate) only: Vec<Group>,
    /// Directory for the data of the engines (on the disk to be measured) [default: for temporary files]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Samples of each figure [default: 3, with --quick 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=20))]
    pub(crate) samples: Option<u32>,
    /// Further arguments for `stepwell dev`, as one string
    #[arg(
        long = "dev-arguments",
        value_name = "ARGUMENTS",
        default_value = "",
        allow_hyphen_values = true
    )]
    pub(crate) dev: String,
    /// Put the time of each request that the benchmark makes on stderr
    #[arg(long, short)]
    pub(crate) verbose: bool,
}

/// Who runs the Worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ValueEnum, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Engine {
    /// This project
    Stepwell,
    /// `workerd serve --experimental`
    Workerd,
    /// `wrangler dev`
    Wrangler,
}

/// Figures that are measured together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Group {
    /// From the start of the program to ready
    Start,
    /// Durable steps per second
    Steps,
    /// One-step instances per second
    Instances,
    /// One step with one instance
    Latency,
    /// Replay of a journal
    Replay,
    /// Wake-up errors
    Timers,
    /// Sleeping instances: memory and recovery
    Sleepers,
    /// Reads at the account API while instances run
    Reads,
    /// Pages of long lists of instances
    Lists,
    /// Fsyncs, counted by strace where it is installed
    Fsyncs,
}

impl Arguments {
    /// Everything has to be over by then.
    pub(crate) fn limit(&self) -> Duration {
        Duration::from_secs(if self.quick { 180 } else { 1200 })
    }

    /// How many samples each figure gets.
    pub(crate) fn samples(&self) -> usize {
        self.samples
            .map_or(if self.quick { 1 } else { 3 }, |given| given as usize)
    }

    /// Whether `group` is wanted.
    pub(crate) fn wants(&self, group: Group) -> bool {
        self.only.is_empty() || self.only.contains(&group)
    }

    /// The engines that are wanted, in the order of the table.
    pub(crate) fn engines(&self) -> Vec<Engine> {
        if !self.engines.is_empty() {
            return self.engines.clone();
        }
        let mut all = vec![Engine::Stepwell, Engine::Workerd];
        if !self.quick {
            all.push(Engine::Wrangler);
        }
        all
    }
}

impl Engine {
    /// As the table calls it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Stepwell => "stepwell",
            Self::Workerd => "workerd's own",
            Self::Wrangler => "wrangler dev",
        }
    }
}
