//! What the engine counts, for those who look after it.

use crate::engine::Engine;
use crate::operations::Status;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use stepwell_core::journal::Entry;
use stepwell_meters::{Counter, Histogram, Page, SIZES, escaped};

/// Longest time that counting instances may take: a store that hangs must not hide all other figures.
const PATIENCE: Duration = Duration::from_secs(1);

/// Since the engine was started.
#[derive(Debug)]
pub(crate) struct Meters {
    steps_succeeded: Counter,
    steps_failed: Counter,
    retries: Counter,
    completed: Counter,
    errored: Counter,
    terminated: Counter,
    pub(crate) created: Counter,
    pub(crate) quarantined: Counter,
    /// From the moment at which a timer was due until its instance was told.
    pub(crate) timer_lag: Histogram,
    /// From a batch's way to the store until it was durable.
    pub(crate) commit: Histogram,
    /// Operations of a commit.
    pub(crate) commit_size: Histogram,
}

impl Default for Meters {
    fn default() -> Self {
        Self {
            steps_succeeded: Counter::default(),
            steps_failed: Counter::default(),
            retries: Counter::default(),
            completed: Counter::default(),
            errored: Counter::default(),
            terminated: Counter::default(),
            created: Counter::default(),
            quarantined: Counter::default(),
            timer_lag: Histogram::default(),
            commit: Histogram::default(),
            commit_size: Histogram::new(SIZES),
        }
    }
}

impl Meters {
    /// Counts what an entry of a journal says.
    pub(crate) fn count(&self, entry: &Entry) {
        let counter = match entry {
            Entry::StepSucceeded { .. } => &self.steps_succeeded,
            Entry::AttemptFailed {
                retry_at_ms: None, ..
            } => &self.steps_failed,
            Entry::AttemptFailed { .. } => &self.retries,
            Entry::Completed { .. } => &self.completed,
            Entry::Errored { .. } => &self.errored,
            Entry::Terminated { .. } => &self.terminated,
            _ => return,
        };
        counter.increase();
    }

    fn write(&self, page: &mut Page) {
        const STEPS: &str = "Steps that ended since the start, sleeps and waits not counted.";
        const ENDED: &str = "Instances that ended since the start.";
        let counters = [
            (
                "stepwell_steps_total",
                STEPS,
                "outcome=\"succeeded\"",
                &self.steps_succeeded,
            ),
            (
                "stepwell_steps_total",
                STEPS,
                "outcome=\"failed\"",
                &self.steps_failed,
            ),
            (
                "stepwell_step_retries_total",
                "Attempts of steps that failed and are made again.",
                "",
                &self.retries,
            ),
            (
                "stepwell_instances_created_total",
                "Instances created since the start.",
                "",
                &self.created,
            ),
            (
                "stepwell_instances_ended_total",
                ENDED,
                "status=\"complete\"",
                &self.completed,
            ),
            (
                "stepwell_instances_ended_total",
                ENDED,
                "status=\"errored\"",
                &self.errored,
            ),
            (
                "stepwell_instances_ended_total",
                ENDED,
                "status=\"terminated\"",
                &self.terminated,
            ),
            (
                "stepwell_quarantines_total",
                "Instances that went into quarantine, because a process died while they ran in it.",
                "",
                &self.quarantined,
            ),
        ];
        for (name, help, labels, counter) in counters {
            page.counter(name, help, labels, counter.get());
        }
        page.histogram(
            "stepwell_timer_lag_seconds",
            "How late sleeps, timeouts and retries were noticed that had come due.",
            "",
            &self.timer_lag,
        );
        page.histogram(
            "stepwell_store_commit_duration_seconds",
            "Time of a durable commit, waiting for the one before it not counted.",
            "",
            &self.commit,
        );
        page.histogram(
            "stepwell_store_commit_operations",
            "Operations that were made durable by one commit.",
            "",
            &self.commit_size,
        );
    }
}

impl Engine {
    /// Writes everything that it counts.
    pub async fn measure(&self, page: &mut Page) {
        let store = self.store_info();
        page.counter(
            "stepwell_store_commits_total",
            "Durable commits (one fsync each) since the start.",
            "",
            store.commits,
        );
        page.counter(
            "stepwell_store_entries_total",
            "Journal entries written since the start.",
            "",
            store.entries,
        );
        page.gauge(
            "stepwell_store_full",
            "1 while the disk is full and new work is refused.",
            "",
            u8::from(self.shared.full.load(Ordering::Relaxed)),
        );
        page.gauge(
            "stepwell_residents",
            "Instances that are in memory.",
            "",
            self.resident_count(),
        );
        page.gauge(
            "stepwell_running_limit",
            "Most instances that run at once (--max-running).",
            "",
            self.shared.options.running_max,
        );
        self.shared.meters.write(page);
        // Without them all the same, if the store does not answer.
        let Ok(Some(workflows)) = tokio::time::timeout(PATIENCE, self.status_counts()).await else {
            return;
        };
        for (key, counts) in workflows {
            let (account, workflow) = key.rsplit_once('/').unwrap_or(("", &key));
            let account = match account {
                "" => String::new(),
                account => format!("account=\"{}\",", escaped(account)),
            };
            let workflow = escaped(workflow);
            for status in Status::ALL {
                let count = counts.iter().find(|(of, _)| *of == status);
                page.gauge(
                    "stepwell_instances",
                    "Instances by Workflow and status.",
                    &format!("{account}workflow=\"{workflow}\",status=\"{}\"", status.as_str()),
                    count.map_or(0, |(_, count)| *count),
                );
            }
        }
    }

    /// How many instances each Workflow has in each status: from the store's counters and what the shards know, no row is
    /// looked at.
    async fn status_counts(&self) -> Option<Vec<(Arc<str>, Vec<(Status, u64)>)>> {
        let overlay = crate::inspect::Overlay::of_all(self).await.ok()?;
        let mut all = Vec::new();
        for (id, live) in self.shared.registry.all() {
            let counts = self.counts(id, &overlay, stepwell_store::Span::ALL).await.ok()?;
            all.push((live.key.clone(), counts));
        }
        Some(all)
    }
}
