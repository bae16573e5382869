//! The journal: the ordered record of everything that happened to an instance. Folding it gives the instance's
//! state back ([`crate::instance::Instance::fold`]).
//!
//! An entry is a small head (JSON in the store, so that people can read it) and, for some kinds, a value kept
//! beside it (`value` below says which).

use crate::failure::Failure;
use crate::step::StepKey;
use crate::step_config::StepConfig;
use serde::{Deserialize, Serialize};

/// One journal entry without its value. Times are Unix milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "camelCase")]
pub enum Entry {
    /// An attempt of a `do` step began and had not ended when this was written.
    AttemptStarted {
        /// The step.
        step: StepKey,
        /// From 1.
        attempt: u32,
        /// When its callback was called.
        at_ms: i64,
        /// The resolved config, with the first attempt only (spec 2.2: later code changes do not touch it).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        config: Option<StepConfig>,
    },
    /// An attempt succeeded, and so did the step. Value: the result.
    StepSucceeded {
        /// The step.
        step: StepKey,
        /// The attempt that succeeded.
        attempt: u32,
        /// When that attempt began (its `AttemptStarted` is left out if both fell into one commit).
        started_ms: i64,
        /// When it ended.
        at_ms: i64,
        /// As in `AttemptStarted`, if that entry was left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        config: Option<StepConfig>,
    },
    /// An attempt failed. With `retry_at_ms` the step goes on, without it the step has failed for good.
    AttemptFailed {
        /// The step.
        step: StepKey,
        /// The attempt that failed.
        attempt: u32,
        /// When it began.
        started_ms: i64,
        /// When it ended.
        at_ms: i64,
        /// As in `StepSucceeded`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        config: Option<StepConfig>,
        /// What it failed with.
        failure: Failure,
        /// When the next attempt is due.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_at_ms: Option<i64>,
    },
    /// A sleep began.
    SleepStarted {
        /// The step.
        step: StepKey,
        /// When.
        at_ms: i64,
        /// When it ends.
        until_ms: i64,
    },
    /// A sleep ended.
    SleepEnded {
        /// The step.
        step: StepKey,
        /// When.
        at_ms: i64,
    },
    /// A wait for an event began.
    WaitStarted {
        /// The step.
        step: StepKey,
        /// The event type waited for.
        event_type: String,
        /// When.
        at_ms: i64,
        /// When it times out.
        until_ms: i64,
    },
    /// A wait got its event. Value: the event's payload.
    WaitEnded {
        /// The step.
        step: StepKey,
        /// When.
        at_ms: i64,
        /// When the event was accepted.
        event_ms: i64,
    },
    /// A wait timed out, or a sleep or wait failed as it was asked for (`sleepUntil` in the past).
    StepFailed {
        /// The step.
        step: StepKey,
        /// When.
        at_ms: i64,
        /// What the step throws.
        failure: Failure,
    },
    /// Someone asked for a pause while steps were running (spec 2.8).
    PauseRequested {
        /// When.
        at_ms: i64,
    },
    /// The instance is paused; its deadlines are frozen.
    Paused {
        /// When.
        at_ms: i64,
    },
    /// The instance goes on; every deadline that was open moves by `shift_ms`.
    Resumed {
        /// When.
        at_ms: i64,
        /// How long it was paused.
        shift_ms: i64,
    },
    /// The instance was restarted: everything before, or the step `from` and every step that started after it, is
    /// forgotten (spec 2.8). A full restart also empties the stored journal, so this is then its first entry.
    Restarted {
        /// When.
        at_ms: i64,
        /// The step to start from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<StepKey>,
    },
    /// The run's process died while this run was alone in it and no attempt was open (design 4, quarantine).
    Crashed {
        /// When.
        at_ms: i64,
    },
    /// `run()` returned. Value: the output.
    Completed {
        /// When.
        at_ms: i64,
        /// When the run began, if no step tells.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        started_ms: Option<i64>,
    },
    /// `run()` threw, or the engine ended the instance.
    Errored {
        /// When.
        at_ms: i64,
        /// When the run began, if no step tells.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        started_ms: Option<i64>,
        /// The instance's error.
        failure: Failure,
    },
    /// Somebody terminated the instance.
    Terminated {
        /// When.
        at_ms: i64,
        /// When the run began, if no step tells.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        started_ms: Option<i64>,
    },
}
