//! The limits of the original that concern an engine, in one place (spec 11.1), and the documentation's table of them.

macro_rules! limits {
    ($($(#[doc = $doc:literal])+ $name:ident = $value:expr, $unit:literal, $source:literal;)+) => {
        $(
            $(#[doc = $doc])+
            #[doc = ""]
            #[doc = concat!("Unit: ", $unit, ". Source: ", $source, ".")]
            pub const $name: u64 = $value;
        )+

        /// Every limit, in the order of the documentation.
        pub const TABLE: &[Limit] = &[
            $(Limit {
                name: stringify!($name),
                about: concat!($($doc),+).trim_ascii(),
                value: $name,
                unit: $unit,
                source: $source,
            },)+
        ];
    };
}

/// A row of [`TABLE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// The constant's name.
    pub name: &'static str,
    /// What it limits, a sentence.
    pub about: &'static str,
    /// The value.
    pub value: u64,
    /// What the value counts.
    pub unit: &'static str,
    /// Where the value comes from.
    pub source: &'static str,
}

const MIB: u64 = 1024 * 1024;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

limits! {
    /// The result of a step that is not a stream.
    STEP_RESULT_BYTES = MIB, "bytes", "docs: Workflows limits";
    /// The payload of an event, and the params of an instance.
    EVENT_PAYLOAD_BYTES = MIB, "bytes", "docs: Workflows limits";
    /// One chunk that a step's stream hands over.
    STREAM_CHUNK_BYTES = 16 * MIB, "bytes", "spec 2.5 (engine)";
    /// A chunk in which a step's stream is stored.
    STREAM_STORED_CHUNK_BYTES = 256 * 1024, "bytes", "spec 2.5 (engine)";
    /// What one instance may keep: results, events, history.
    INSTANCE_STATE_BYTES = 1024 * MIB, "bytes", "docs: Workflows limits (1 GB on paid plans)";
    /// One `step.sleep` or `step.sleepUntil`.
    SLEEP_MS = 365 * DAY_MS, "milliseconds", "docs: Workflows limits";
    /// The timeout of `step.waitForEvent`, at most.
    EVENT_TIMEOUT_MAX_MS = 365 * DAY_MS, "milliseconds", "docs: events and parameters";
    /// The timeout of `step.waitForEvent`, at least.
    EVENT_TIMEOUT_MIN_MS = 1000, "milliseconds", "docs: events and parameters";
    /// The timeout of `step.waitForEvent` that gives none.
    EVENT_TIMEOUT_DEFAULT_MS = DAY_MS, "milliseconds", "docs: events and parameters";
    /// How long a delay function may take.
    DELAY_FUNCTION_MS = 5000, "milliseconds", "docs: changelog of 9 July 2026";
    /// Steps of an instance (sleeps and event waits do not count) where the Workflow sets no `limits.steps`.
    STEPS_DEFAULT = 10_000, "steps", "docs: Workflows limits";
    /// The largest `limits.steps`; wrangler only warns above it.
    STEPS_MAX = 25_000, "steps", "docs: Workflows limits";
    /// Retries of a step; `Infinity` may be given.
    STEP_RETRIES = 10_000, "retries", "docs: Workflows limits";
    /// Times that a run may end its process outside of any step before its instance ends errored.
    CRASHES_MAX = 3, "crashes", "Stepwell: design 4, crash quarantine";
    /// Instances of a `createBatch`.
    BATCH_INSTANCES = 100, "instances", "docs: Workflows limits";
    /// All entries of a `createBatch` together.
    BATCH_BYTES = MIB, "bytes", "docs: Workflows limits";
    /// Instances that run at once, in all.
    RUNNING_INSTANCES = 50_000, "instances", "docs: Workflows limits (paid plans)";
    /// Instances that wait for their turn to run.
    QUEUED_INSTANCES = 2_000_000, "instances", "docs: Workflows limits (paid plans)";
    /// New and restarted instances per second, in all.
    CREATIONS_PER_SECOND = 300, "instances per second", "docs: Workflows limits (paid plans)";
    /// New and restarted instances per second of one Workflow.
    CREATIONS_PER_SECOND_PER_WORKFLOW = 100, "instances per second", "docs: Workflows limits (paid plans)";
    /// How long a finished instance is kept where nothing says otherwise.
    RETENTION_DEFAULT_MS = 7 * DAY_MS, "milliseconds", "docs: changelog of 10 September 2026";
    /// How long a finished instance may be kept.
    RETENTION_MAX_MS = 30 * DAY_MS, "milliseconds", "docs: Workflows limits";
    /// The name of a Workflow.
    WORKFLOW_NAME_CHARS = 64, "characters", "docs: Workflows limits";
    /// The id that a user gives an instance.
    INSTANCE_ID_CHARS = 100, "characters", "docs: Workflows limits";
    /// The id of any instance, those of scheduled ones included: a cron expression, a dash and 14 digits.
    ADDRESSABLE_ID_CHARS = 271, "characters", "spec 2.9 (engine)";
    /// The type of an event.
    EVENT_TYPE_CHARS = 100, "characters", "docs: Workflows limits";
    /// The name of a step, in UTF-16 units.
    STEP_NAME_CHARS = 256, "characters", "docs: Workflows limits";
    /// Cron expressions of an account.
    CRON_SCHEDULES = 100, "schedules", "docs: Workflows limits";
    /// One cron expression.
    CRON_CHARS = 256, "characters", "docs: Workflows limits";
    /// CPU time of a step where the Worker sets no `limits.cpu_ms`.
    STEP_CPU_DEFAULT_MS = 30_000, "milliseconds", "docs: Workflows limits";
    /// The largest `limits.cpu_ms`.
    STEP_CPU_MAX_MS = 300_000, "milliseconds", "docs: Workflows limits";
    /// Subrequests of an instance where the Worker sets no limit.
    SUBREQUESTS_DEFAULT = 10_000, "requests", "docs: Workflows limits";
    /// The largest limit of subrequests.
    SUBREQUESTS_MAX = 10_000_000, "requests", "docs: Workflows limits";
    /// A line that a run logs; what is longer is cut.
    LOG_LINE_CHARS = 128 * 1024, "characters", "Stepwell";
    /// What one run may log; after that only a note.
    LOG_RUN_CHARS = 16 * 1024 * 1024, "characters", "Stepwell";
    /// A console line, or an error that was thrown, in a server's log; `tail` shows more.
    CONSOLE_LINE_BYTES = 16 * 1024, "bytes", "Stepwell";
    /// What one Worker may write into a server's log at once.
    CONSOLE_BYTES_AT_ONCE = MIB, "bytes", "Stepwell";
    /// What it may write after that.
    CONSOLE_BYTES_PER_SECOND = 16 * 1024, "bytes", "Stepwell";
    /// The modules of a Worker, without source maps.
    WORKER_BYTES = 64 * MIB, "bytes", "docs: Workers limits";
    /// The body of an upload of a Worker or of static assets, source maps included.
    UPLOAD_BYTES = 128 * MIB, "bytes", "Stepwell";
    /// Modules and source maps of an upload.
    UPLOAD_PARTS = 10_000, "parts", "Stepwell";
    /// What logs and the history show of a value, before `[truncated output]`.
    PREVIEW_CHARS = 1024, "characters", "spec 2.5 (engine)";
}
