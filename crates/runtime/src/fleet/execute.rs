//! One run: a process, a socket, and what became of it.

use super::run_process::Ticket;
use super::{Phase, Shared};
use crate::channel::socket::{Outcome, Socket};
use std::sync::Arc;
use std::time::Duration;
use stepwell_engine::runtime::{LostCause, RunSink, RunStart, ToSocket};
use tokio::sync::mpsc::UnboundedReceiver;

/// How long a process whose connection broke may take until its end is known.
const END_KNOWN: Duration = Duration::from_secs(2);
/// How often a process that died before the run reached it is exchanged for another.
const TRIES: usize = 5;

/// Runs `start`. Returns why it was lost, or nothing if it ended or the engine let go of it.
pub(super) async fn execute(
    shared: &Shared,
    start: RunStart,
    sink: &Arc<dyn RunSink>,
    orders: UnboundedReceiver<ToSocket>,
) -> Option<LostCause> {
    let mut phase = shared.phase.subscribe();
    phase.wait_for(|phase| *phase != Phase::Waiting).await.ok()?;
    let _place = if start.alone {
        shared.alone.acquire().await.ok()
    } else {
        None
    };
    if orders.is_closed() && orders.is_empty() {
        return None;
    }
    let (ticket, socket) = match place(shared, start.alone).await {
        Ok(found) => found,
        Err(reason) => return Some(LostCause::CouldNotStart { reason }),
    };
    let alone = start.alone;
    let lost = drive(shared, &ticket, socket, start, sink, orders).await;
    if alone {
        ticket
            .process()
            .kill("the run it was started for has ended")
            .await;
    }
    lost
}

/// A process with a socket to it.
async fn place(shared: &Shared, alone: bool) -> Result<(Ticket, Socket), String> {
    let mut reason = String::new();
    for _ in 0..TRIES {
        let ticket = if alone {
            shared
                .processes
                .alone()
                .await
                .map_err(|error| error.to_string())?
        } else {
            shared.processes.choose().await?
        };
        match ticket
            .process()
            .sockets()
            .take(ticket.process().run_socket())
            .await
        {
            Ok(socket) => return Ok((ticket, socket)),
            // It died just now; the next choice is another one.
            Err(error) => reason = format!("the {} cannot be reached: {error}", ticket.process().label()),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Err(reason)
}

async fn drive(
    shared: &Shared,
    ticket: &Ticket,
    socket: Socket,
    start: RunStart,
    sink: &Arc<dyn RunSink>,
    orders: UnboundedReceiver<ToSocket>,
) -> Option<LostCause> {
    let process = ticket.process();
    let log = shared.logs.of_run(&start);
    let outcome = tokio::select! {
        biased;
        outcome = socket.serve_run(start, orders, sink.clone(), &shared.logs) => outcome,
        exit = process.exited() => {
            log.lost(exit.outcome(), &exit.to_string());
            return Some(LostCause::ProcessDied { reason: exit.to_string() });
        }
    };
    match outcome {
        Outcome::Clean(socket) => {
            process.sockets().put(socket, shared.idle_sockets);
            None
        }
        Outcome::Unclean | Outcome::Dropped => None,
        Outcome::Lost(reason) => {
            // A connection that broke usually means that the process has died; then its end is the better reason.
            let exit = tokio::time::timeout(END_KNOWN, process.exited()).await;
            let (outcome, reason) = match exit {
                Ok(exit) => (exit.outcome(), exit.to_string()),
                Err(_) => ("unknown", reason.to_string()),
            };
            log.lost(outcome, &reason);
            Some(LostCause::ProcessDied { reason })
        }
    }
}
