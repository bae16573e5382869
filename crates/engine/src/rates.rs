//! How many instances may be created and restarted per second (spec 11.1).

use crate::operations::OperationError;
use crate::options::Options;
use parking_lot::Mutex;
use std::collections::HashMap;
use stepwell_core::ids::WorkflowId;
use tokio::time::Instant;

/// A bucket of tokens: one second's worth at most, filled again evenly.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

impl Bucket {
    fn full(rate: f64) -> Self {
        Self {
            tokens: rate,
            at: Instant::now(),
        }
    }

    fn fill(&mut self, rate: f64) {
        let now = Instant::now();
        let new = now.saturating_duration_since(self.at).as_secs_f64() * rate;
        self.tokens = (self.tokens + new).min(rate);
        self.at = now;
    }

    /// Seconds until so many can be taken. What is more than a second's worth can be when the bucket is full.
    fn missing_s(&self, rate: f64, count: f64) -> f64 {
        ((count.min(rate) - self.tokens) / rate).max(0.0)
    }
}

#[derive(Debug, Default)]
struct Buckets {
    accounts: HashMap<Box<str>, Bucket>,
    workflows: HashMap<WorkflowId, Bucket>,
}

/// The rates of an engine.
#[derive(Debug)]
pub(crate) struct Rates {
    account: Option<f64>,
    each: Option<f64>,
    buckets: Mutex<Buckets>,
}

impl Rates {
    pub(crate) fn new(options: &Options) -> Self {
        let rate = |limit: Option<u32>| limit.map(|limit| f64::from(limit.max(1)));
        Self {
            account: rate(options.creations_per_second),
            each: rate(options.creations_per_second_per_workflow),
            buckets: Mutex::default(),
        }
    }

    /// Counts this many new or restarted instances of a Workflow, or none of them and says when to try again.
    pub(crate) fn take(&self, key: &str, workflow: WorkflowId, count: usize) -> Result<(), OperationError> {
        if self.account.is_none() && self.each.is_none() {
            return Ok(());
        }
        let count = count as f64;
        let mut buckets = self.buckets.lock();
        let Buckets { accounts, workflows } = &mut *buckets;
        let mut limits: [Option<(f64, &mut Bucket)>; 2] = [
            self.account.map(|rate| {
                let account = key.rsplit_once('/').map_or("", |(account, _)| account);
                let bucket = accounts.entry(account.into());
                (rate, bucket.or_insert_with(|| Bucket::full(rate)))
            }),
            self.each.map(|rate| {
                let bucket = workflows.entry(workflow);
                (rate, bucket.or_insert_with(|| Bucket::full(rate)))
            }),
        ];
        let mut missing_s = 0.0_f64;
        for (rate, bucket) in limits.iter_mut().flatten() {
            bucket.fill(*rate);
            missing_s = missing_s.max(bucket.missing_s(*rate, count));
        }
        if missing_s > 0.0 {
            let retry_after_ms = (missing_s * 1000.0).ceil() as u64;
            return Err(OperationError::RateLimited { retry_after_ms });
        }
        for (_, bucket) in limits.iter_mut().flatten() {
            bucket.tokens -= count; // below zero after a batch that is larger than a second's worth
        }
        Ok(())
    }

    /// The Workflow is gone.
    pub(crate) fn forget(&self, workflow: WorkflowId) {
        self.buckets.lock().workflows.remove(&workflow);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn rates(account: Option<u32>, each: Option<u32>) -> Rates {
        Rates::new(&Options {
            creations_per_second: account,
            creations_per_second_per_workflow: each,
            ..Options::default()
        })
    }

    fn limited(result: Result<(), OperationError>) -> Option<u64> {
        match result {
            Ok(()) => None,
            Err(OperationError::RateLimited { retry_after_ms }) => Some(retry_after_ms),
            Err(error) => panic!("{error}"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_second_holds_as_many_as_the_rate_and_says_when_the_next_may_come() {
        let rates = rates(None, Some(10));
        let (one, two) = (WorkflowId(1), WorkflowId(2));
        for _ in 0..10 {
            assert_eq!(limited(rates.take("a/one", one, 1)), None);
        }
        let wait = limited(rates.take("a/one", one, 1));
        assert_eq!(wait, Some(100));
        assert_eq!(limited(rates.take("a/two", two, 1)), None, "another Workflow");
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(limited(rates.take("a/one", one, 1)), None);
        assert_eq!(limited(rates.take("a/one", one, 5)), Some(500));
    }

    #[tokio::test(start_paused = true)]
    async fn the_workflows_of_an_account_have_a_rate_and_what_is_refused_is_not_counted() {
        let rates = rates(Some(15), Some(10));
        assert_eq!(limited(rates.take("a/one", WorkflowId(1), 10)), None);
        assert!(limited(rates.take("a/two", WorkflowId(2), 6)).is_some());
        assert_eq!(limited(rates.take("a/two", WorkflowId(2), 5)), None);
        assert!(limited(rates.take("a/two", WorkflowId(2), 1)).is_some());
        assert_eq!(
            limited(rates.take("b/one", WorkflowId(3), 5)),
            None,
            "another account"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_larger_than_a_second_passes_and_is_made_up_for() {
        let rates = rates(None, Some(10));
        assert_eq!(limited(rates.take("a/one", WorkflowId(1), 100)), None);
        assert_eq!(limited(rates.take("a/one", WorkflowId(1), 1)), Some(9100));
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_rate_nothing_is_refused() {
        assert_eq!(
            limited(rates(None, None).take("one", WorkflowId(1), 1_000_000)),
            None
        );
    }
}
