//! How many processes there are, and how they end.

use super::Exit;
use std::sync::Arc;
use stepwell_meters::{Counter, Page};

/// What a process is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It runs instances.
    Run,
    /// It answers requests, or has the Durable Objects.
    Host,
}

/// Counts the workerd processes of a runtime, without those that only try an upload.
#[derive(Debug, Default)]
pub struct ProcessMeters([Counts; 2]);

#[derive(Debug, Default)]
struct Counts {
    started: Counter,
    ended: Counter,
    crashed: Counter,
    killed: Counter,
}

impl ProcessMeters {
    fn of(&self, kind: Kind) -> &Counts {
        &self.0[kind as usize]
    }

    /// Counts a process that was started, and its end.
    pub(crate) fn follow(self: &Arc<Self>, kind: Kind, end: impl Future<Output = Exit> + Send + 'static) {
        self.of(kind).started.increase();
        let this = Arc::clone(self);
        tokio::spawn(async move {
            let exit = end.await;
            let counts = this.of(kind);
            counts.ended.increase();
            if !matches!(exit, Exit::Killed(_)) {
                counts.crashed.increase();
            }
        });
    }

    /// Counts one that the watchdog ends.
    pub(crate) fn killed(&self, kind: Kind) {
        self.of(kind).killed.increase();
    }

    /// Writes everything.
    pub fn measure(&self, page: &mut Page) {
        let kinds = [("role=\"run\"", &self.0[0]), ("role=\"host\"", &self.0[1])];
        for (labels, counts) in kinds {
            let ended = counts.ended.get();
            page.gauge(
                "stepwell_processes",
                "workerd processes that are there: run has the instances, host requests and Durable Objects.",
                labels,
                counts.started.get().saturating_sub(ended),
            );
        }
        for (labels, counts) in kinds {
            let help = "workerd processes that were started.";
            page.counter(
                "stepwell_process_starts_total",
                help,
                labels,
                counts.started.get(),
            );
        }
        for (labels, counts) in kinds {
            let help = "workerd processes that ended by themselves: a crash, or memory that was used up.";
            page.counter(
                "stepwell_process_crashes_total",
                help,
                labels,
                counts.crashed.get(),
            );
        }
        for (labels, counts) in kinds {
            let help = "workerd processes that were ended because they did not answer or used too much.";
            page.counter("stepwell_process_kills_total", help, labels, counts.killed.get());
        }
    }
}
