//! The task that owns a child: carries out orders, reaps it, says how it ended.

use super::exit::Exit;
use super::output::LastWords;
use parking_lot::Mutex;
use rustix::process::{Pid, Signal, kill_process};
use std::sync::Arc;
use std::time::Duration;
use tokio::process::Child;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// How long the last lines of a process that has ended may take to arrive.
const LAST_LINES: Duration = Duration::from_millis(500);

/// What a process is told.
#[derive(Debug)]
pub(super) enum Order {
    /// End when the requests in flight have been answered; for this reason.
    Stop(String),
    /// End now; for this reason.
    Kill(String),
}

pub(super) struct Monitor {
    pub(super) child: Child,
    pub(super) orders: mpsc::UnboundedReceiver<Order>,
    pub(super) exit: watch::Sender<Option<Exit>>,
    pub(super) words: Arc<Mutex<LastWords>>,
    pub(super) outputs: Vec<JoinHandle<()>>,
    pub(super) heap_mb: u32,
    pub(super) label: Arc<str>,
}

impl Monitor {
    pub(super) async fn run(mut self) {
        let mut wanted = None;
        let mut listening = true;
        let status = loop {
            tokio::select! {
                status = self.child.wait() => break status.ok(),
                order = self.orders.recv(), if listening => {
                    let reason = match order {
                        Some(Order::Stop(reason)) => {
                            // Only this task reaps the child, so the id is still its own.
                            let pid = self.child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
                            if let Some(pid) = pid {
                                let _ = kill_process(pid, Signal::TERM);
                            }
                            reason
                        }
                        Some(Order::Kill(reason)) => {
                            let _ = self.child.start_kill();
                            reason
                        }
                        None => {
                            listening = false;
                            let _ = self.child.start_kill();
                            "nothing uses it any more".to_owned()
                        }
                    };
                    wanted.get_or_insert(reason);
                }
            }
        };
        for output in &mut self.outputs {
            let _ = tokio::time::timeout(LAST_LINES, output).await;
        }
        let (heap_exhausted, last_line, started) = {
            let words = self.words.lock();
            (words.heap_exhausted, words.errors.back().cloned(), words.started)
        };
        let by_engine = wanted.is_some();
        let exit = Exit::judge(status, wanted, heap_exhausted, self.heap_mb, last_line);
        // A process that never started is told about by whoever started it.
        if by_engine || !started {
            tracing::debug!(process = &*self.label, "workerd ended: {exit}");
        } else {
            tracing::warn!(process = &*self.label, "workerd ended: {exit}");
        }
        self.exit.send_replace(Some(exit));
    }
}
