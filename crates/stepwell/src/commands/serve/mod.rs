//! `stepwell serve`: the server that Workers are deployed to.

mod facts;
mod file;
mod network;
mod platform;
mod server;

pub(crate) use file::with_file;

use super::running::until_told;
use crate::arguments::ServeArguments;
use crate::printer::{self, Printer};
use std::process::ExitCode;
use std::sync::Arc;

/// Runs until it is told to stop.
pub(crate) fn run(arguments: &ServeArguments, printer: &Arc<Printer>) -> anyhow::Result<ExitCode> {
    if arguments.print_config {
        printer::data(file::sample().trim_end());
        return Ok(ExitCode::SUCCESS);
    }
    let stopped = until_told(server::Server::start(arguments, printer), printer)?;
    // To be told to stop is how a server ends.
    Ok(stopped.err().unwrap_or(ExitCode::SUCCESS))
}
