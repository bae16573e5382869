//! What can be set about an engine.

use std::sync::Arc;
use std::time::Duration;

/// Settings of an engine. `Default` is what `stepwell dev` uses.
#[derive(Clone)]
pub struct Options {
    /// Most instances that run at once; further ones are queued.
    pub running_max: usize,
    /// Most instances in quarantine that run at once, each in a process of its own.
    pub quarantined_max: usize,
    /// How long a run whose calls all wait stays in memory before it is dropped.
    pub rest_after: Duration,
    /// The same while other instances are queued.
    pub rest_after_pressed: Duration,
    /// A wait that ends sooner than this is not worth dropping a run for.
    pub short_wait: Duration,
    /// How long a run stays in memory when all its calls wait but something outside of steps is pending (spec 2.14).
    pub grace: Duration,
    /// How long a run may be silent, with nothing pending, before it counts as hung.
    pub hang_after: Duration,
    /// How long the start of an attempt may wait for a commit to ride in.
    pub start_lag: Duration,
    /// How far ahead timers are held in memory.
    pub timer_window: Duration,
    /// Most timers in memory per shard.
    pub timers_max: usize,
    /// Bytes of replayed values sent ahead of use, per run.
    pub replay_credit_bytes: u64,
    /// Most instances kept in memory per shard while they are only queued.
    pub queued_resident_max: usize,
    /// Most instances created or restarted per second, of all Workflows whose keys are the same before their last `/` (of
    /// an account, that is; of all Workflows where keys have none); more are refused.
    pub creations_per_second: Option<u32>,
    /// The same of each Workflow.
    pub creations_per_second_per_workflow: Option<u32>,
    /// Gives random numbers, all equally likely: which version a new instance starts on where several have a share.
    pub random: Arc<dyn Fn() -> u64 + Send + Sync>,
    /// Called when the storage has failed. Must not return control to the engine's caller in production: the process
    /// has to end without another write (spec/storage.md 4.1, fsyncgate).
    pub on_poisoned: Arc<dyn Fn(&str) + Send + Sync>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            running_max: 1000,
            quarantined_max: 2,
            rest_after: Duration::from_secs(1),
            rest_after_pressed: Duration::from_millis(20),
            short_wait: Duration::from_secs(2),
            grace: Duration::from_mins(5),
            hang_after: Duration::from_mins(1),
            start_lag: Duration::from_millis(5),
            timer_window: Duration::from_mins(1),
            timers_max: 65_536,
            replay_credit_bytes: 8 * 1024 * 1024,
            queued_resident_max: 1024,
            creations_per_second: None,
            creations_per_second_per_workflow: None,
            // Without the two bits that say what kind of UUID it is.
            random: Arc::new(|| uuid::Uuid::new_v4().as_u64_pair().1 << 2),
            on_poisoned: Arc::new(|message| {
                tracing::error!(target: "stepwell::storage", "{message}; stopping at once, the next start recovers");
                std::process::abort();
            }),
        }
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("running_max", &self.running_max)
            .finish_non_exhaustive()
    }
}
