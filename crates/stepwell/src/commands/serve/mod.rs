//! `stepwell serve`: the server that Workers are deployed to.

mod file;

use crate::arguments::ServeArguments;
use crate::printer::{self, Printer};
use std::process::ExitCode;
use std::sync::Arc;

/// Runs until it is told to stop.
pub(crate) fn run(arguments: &ServeArguments, _printer: &Arc<Printer>) -> anyhow::Result<ExitCode> {
    if arguments.print_config {
        printer::data(file::sample().trim_end());
        return Ok(ExitCode::SUCCESS);
    }
    let _arguments = file::with_file(arguments)?;
    anyhow::bail!("the server is not there yet")
}
