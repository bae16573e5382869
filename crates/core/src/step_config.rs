//! The config of a `do` step, resolved.

use serde::{Deserialize, Serialize};

/// A step's config with the defaults filled in (spec 2.4).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepConfig {
    /// Retries after the first attempt; `u32::MAX` stands for `Infinity`.
    pub retry_limit: u32,
    /// The wait before a retry.
    pub delay: Delay,
    /// How the wait grows.
    pub backoff: Backoff,
    /// The time one attempt may take.
    pub timeout_ms: u64,
    /// Whether the result is hidden from everything but replay.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sensitive: bool,
    /// The config as `ctx.config` and the API show it: the user's own values, defaults filled in.
    pub shown: serde_json::Value,
}

/// The base of the wait before a retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Delay {
    /// Milliseconds.
    FixedMs(u64),
    /// A delay function of the live code, recorded as `"[dynamic]"`.
    Dynamic,
}

/// How the wait grows from retry to retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Backoff {
    /// Always the base.
    Constant,
    /// The base times the number of the retry.
    Linear,
    /// The base, doubled with each retry.
    Exponential,
}
