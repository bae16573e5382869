//! What the commands that run until they are told to stop have in common.

pub(crate) mod facts;
pub(crate) mod guard;
mod upstream;

pub(crate) use upstream::upstream;

use crate::printer::Printer;
use anyhow::Context;
use std::future::Future;
use std::process::ExitCode;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// Something that runs.
pub(crate) trait Running {
    /// Returns when it has come to an end by itself.
    fn run(&mut self) -> impl Future<Output = ()>;
    /// Stops it in order.
    fn stop(&mut self) -> impl Future<Output = ()>;
}

/// How a run that was told to stop has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// By Ctrl-C, or by itself.
    Interrupted,
    /// By SIGTERM.
    Terminated,
}

/// Starts something, lets it run until it is told to stop, and stops it; a second signal ends it at once. `Err` is the
/// exit code of a start that was interrupted.
pub(crate) fn until_told<R: Running>(
    start: impl Future<Output = anyhow::Result<R>>,
    printer: &Printer,
) -> anyhow::Result<Result<Stopped, ExitCode>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(worker_threads())
        .enable_all()
        .build()
        .context("cannot start the threads that everything runs on")?;
    let result = runtime.block_on(attend(start, printer));
    // A blocked read of a dead process must not keep the program from ending.
    runtime.shutdown_timeout(Duration::from_millis(100));
    result
}

/// Half of the cores, as the other half is for workerd: with more, threads spend their time waking each other. Measured
/// on two cores: one thread made half as many steps again per second as two.
fn worker_threads() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2))
}

async fn attend<R: Running>(
    start: impl Future<Output = anyhow::Result<R>>,
    printer: &Printer,
) -> anyhow::Result<Result<Stopped, ExitCode>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut running = tokio::select! {
        running = start => running?,
        _ = interrupt.recv() => return Ok(Err(ExitCode::from(130))),
        _ = terminate.recv() => return Ok(Err(ExitCode::from(143))),
    };
    let stopped = tokio::select! {
        _ = interrupt.recv() => Stopped::Interrupted,
        _ = terminate.recv() => Stopped::Terminated,
        () = running.run() => Stopped::Interrupted,
    };
    printer.status("Stopping:", "steps that run may end (Ctrl-C again stops at once)");
    tokio::select! {
        () = running.stop() => {}
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(Ok(stopped))
}
