//! What is said of a command line that cannot be understood.

use crate::arguments::Arguments;
use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory as _, Parser as _};

/// The arguments; a command line that cannot be understood ends the process.
pub(crate) fn parse() -> Arguments {
    Arguments::try_parse().unwrap_or_else(|error| corrected(error).exit())
}

/// The error with the usage of the command that was typed. clap counts options that the environment gives as typed, and
/// shows them as if they were needed.
fn corrected(mut error: clap::Error) -> clap::Error {
    if error.get(ContextKind::Usage).is_some() {
        let mut command = Arguments::command();
        command.build();
        for word in std::env::args().skip(1) {
            if let Some(found) = command.find_subcommand(&word).cloned() {
                command = found;
            }
        }
        let usage = command.render_usage();
        error.insert(ContextKind::Usage, ContextValue::StyledStr(usage));
    }
    error
}
