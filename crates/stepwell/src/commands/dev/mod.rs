//! `stepwell dev`: a project on this machine, durable, reloaded as it changes.

mod assets;
mod bindings;
mod build;
mod context;
mod explain;
mod facts;
mod guard;
mod keys;
mod listen;
mod member;
mod neighbours;
mod on_port;
mod overrides;
mod places;
mod script;
mod session;

pub(crate) use build::locate;
pub(crate) use listen::API_PORT;
pub(crate) use places::Places;

use crate::arguments::DevArguments;
use crate::printer::Printer;
use anyhow::Context;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// How long steps that run may take to end after Ctrl-C; everything must be over after three seconds, on a busy machine too.
const STOP_GRACE: Duration = Duration::from_millis(1500);

/// Runs until it is told to stop.
pub(crate) fn run(arguments: &DevArguments, printer: &Arc<Printer>) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(worker_threads())
        .enable_all()
        .build()
        .context("cannot start the threads that everything runs on")?;
    let result = runtime.block_on(serve(arguments, printer));
    // A blocked read of a dead process must not keep the program from ending.
    runtime.shutdown_timeout(Duration::from_millis(100));
    result
}

/// Half of the cores, as the other half is for workerd: with more, threads spend their time waking each other. Measured
/// on two cores: one thread made half as many steps again per second as two.
fn worker_threads() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2))
}

async fn serve(arguments: &DevArguments, printer: &Arc<Printer>) -> anyhow::Result<ExitCode> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let starting = session::Session::start(arguments, printer);
    let mut session = tokio::select! {
        session = starting => session?,
        _ = interrupt.recv() => return Ok(ExitCode::from(130)),
        _ = terminate.recv() => return Ok(ExitCode::from(143)),
    };
    let code = tokio::select! {
        _ = interrupt.recv() => 130,
        _ = terminate.recv() => 143,
        () = session.run() => 130,
    };
    printer.status("Stopping:", "steps that run may end (Ctrl-C again stops at once)");
    tokio::select! {
        () = session.stop(STOP_GRACE) => {}
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    // Ctrl-C is the way to end this command, so it is a success to whoever pressed it.
    Ok(if code == 130 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(code)
    })
}
