//! What a run in the runtime and the engine say to each other, free of any wire format
//! (docs/internals/run-channel.md has the wire).

use crate::failure::Failure;
use crate::ids::CallId;
use crate::step::StepKey;
use crate::step_config::StepConfig;
use crate::value::Value;
use std::sync::Arc;

/// A message of a run to the engine.
#[derive(Debug, Clone, PartialEq)]
pub enum FromRun {
    /// A `do` step that has no recorded end was called. Its callback has been started (`started`), or waits for
    /// [`ToRun::Attempt`] (it was begun in an earlier run, or the run was told to hold).
    Do {
        /// The call.
        call: CallId,
        /// The step.
        step: StepKey,
        /// The config, resolved by the engine's own parser; `None` is the default config.
        config: Option<StepConfig>,
        /// Whether attempt 1 is running already.
        started: bool,
    },
    /// The attempt that was running ended well.
    Succeeded {
        /// The call.
        call: CallId,
        /// The attempt.
        attempt: u32,
        /// The result.
        value: Value,
    },
    /// The attempt that was running failed.
    Failed {
        /// The call.
        call: CallId,
        /// The attempt.
        attempt: u32,
        /// What it threw.
        failure: Failure,
        /// Whether, and how, it may be tried again.
        verdict: Verdict,
    },
    /// `step.sleep` was called.
    Sleep {
        /// The call.
        call: CallId,
        /// The step.
        step: StepKey,
        /// How long, as the user wrote it (JSON of a number or a string).
        duration: serde_json::Value,
    },
    /// `step.sleepUntil` was called.
    SleepUntil {
        /// The call.
        call: CallId,
        /// The step.
        step: StepKey,
        /// Unix milliseconds; `None` is an invalid date.
        until_ms: Option<i64>,
    },
    /// `step.waitForEvent` was called.
    Wait {
        /// The call.
        call: CallId,
        /// The step.
        step: StepKey,
        /// The event type.
        event_type: String,
        /// As the user wrote it (JSON), if given.
        timeout: Option<serde_json::Value>,
    },
    /// `run()` returned.
    Returned {
        /// The output.
        value: Value,
        /// Nothing was left behind on the socket.
        clean: bool,
    },
    /// `run()` threw.
    Threw {
        /// The error, final: the instance's error.
        failure: Failure,
        /// Nothing was left behind on the socket.
        clean: bool,
    },
    /// Answer to [`ToRun::AskIdle`].
    Idle {
        /// Timers, fetches and `waitUntil` promises outside steps that are still open.
        pending_outside: u32,
    },
}

/// What the shim found out about a failed attempt.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// The usual case: retry as the config says.
    Retry,
    /// As `Retry`, and the delay function returned this (JSON of a number or a string; not yet parsed).
    RetryAfter(serde_json::Value),
    /// The step fails now: `NonRetryableError`, a delay function that threw, …
    Final,
    /// The whole instance ends now, with this error, and user code cannot catch it (spec 2.5: fatal values).
    EndInstance(Failure),
}

/// A message of the engine to a run.
#[derive(Debug, Clone, PartialEq)]
pub enum ToRun {
    /// The result that the call sent is recorded: settle with it.
    Recorded {
        /// The call.
        call: CallId,
    },
    /// Settle the call with `undefined` (a sleep ended).
    Done {
        /// The call.
        call: CallId,
    },
    /// Settle the call with an event.
    Event {
        /// The call.
        call: CallId,
        /// The payload.
        value: Value,
        /// When the event was accepted.
        event_ms: i64,
        /// Its type.
        event_type: Arc<str>,
    },
    /// Reject the call.
    Rejected {
        /// The call.
        call: CallId,
        /// With this.
        failure: Failure,
    },
    /// Start the callback as attempt `attempt`.
    Attempt {
        /// The call.
        call: CallId,
        /// From 1.
        attempt: u32,
    },
    /// Start no further callbacks until told (a pause is coming): send `Do` with `started: false` instead.
    Hold,
    /// Say what is pending outside steps.
    AskIdle,
}
