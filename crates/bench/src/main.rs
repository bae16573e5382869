//! Measures Stepwell against workerd's own Workflows engine and the engine of `wrangler dev`: the real programs, the
//! same Worker, one run. What each figure means and how it is measured: docs/benchmarks.md.
// A program whose product is a table on stdout and progress on stderr.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod arguments;
mod engines;
mod http;
mod machine;
mod reader;
mod report;
mod rows;
mod run;
mod statistics;
mod trace;
mod worker;

use arguments::Arguments;
use clap::Parser;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // Dropping the run kills every process that it started.
    let outcome = tokio::select! {
        outcome = run::run(&arguments) => outcome,
        _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("interrupted")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
