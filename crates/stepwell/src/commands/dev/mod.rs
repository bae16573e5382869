//! `stepwell dev`: a project on this machine, durable, reloaded as it changes.

mod assets;
mod bindings;
mod build;
mod context;
mod explain;
mod facts;
mod keys;
mod listen;
mod member;
mod neighbours;
mod on_port;
mod overrides;
mod places;
mod script;
mod session;

pub(crate) use assets::asset_site;
pub(crate) use build::locate;
pub(crate) use listen::{API_PORT, cannot_listen};
pub(crate) use overrides::pairs;
pub(crate) use places::Places;

use super::running::{Stopped, until_told};
use crate::arguments::DevArguments;
use crate::printer::Printer;
pub(crate) use keys::restore as restore_terminal;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// How long steps that run may take to end after Ctrl-C; everything must be over after three seconds, on a busy machine too.
const STOP_GRACE: Duration = Duration::from_millis(1500);

/// Runs until it is told to stop.
pub(crate) fn run(arguments: &DevArguments, printer: &Arc<Printer>) -> anyhow::Result<ExitCode> {
    let stopped = until_told(session::Session::start(arguments, printer), printer)?;
    Ok(match stopped {
        // Ctrl-C is the way to end this command, so it is a success to whoever pressed it.
        Ok(Stopped::Interrupted) => ExitCode::SUCCESS,
        Ok(Stopped::Terminated) => ExitCode::from(143),
        Err(code) => code,
    })
}
