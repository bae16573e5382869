//! The config of a `do` step, resolved.

use crate::duration;
use crate::failure::Failure;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

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
    /// The config as the journal and the API show it: the user's own values, defaults filled in, a delay function as
    /// `"[dynamic]"`, an infinite limit as `"Infinity"`. [`StepConfig::context`] is what user code sees.
    pub shown: Value,
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

/// The defaults, in the form in which `ctx.config` shows them (spec 2.4; the delay is a number of milliseconds and the
/// timeout a string, as in workerd's engine).
const DEFAULT_LIMIT: u32 = 5;
const DEFAULT_DELAY_MS: u64 = 10_000;
const DEFAULT_BACKOFF: &str = "exponential";
const DEFAULT_TIMEOUT: &str = "10 minutes";
const DEFAULT_TIMEOUT_MS: u64 = 600_000;

impl StepConfig {
    /// Validates the config that a call of `step.do` gave (as the run channel sends it) and fills in the defaults.
    ///
    /// # Errors
    /// `WorkflowFatalError` with the original's text, which does not say what is wrong (spec 2.6).
    pub fn parse(step_name: &str, raw: &Value) -> Result<Self, Failure> {
        resolve(raw).ok_or_else(|| {
            let message = format!(
                "Step config for \"{step_name}\" is in a invalid format. \
                 See https://developers.cloudflare.com/workflows/build/sleeping-and-retrying/"
            );
            Failure::new("WorkflowFatalError", message)
        })
    }

    /// The config of a step that gives none: 5 retries, 10 seconds, exponential, 10 minutes for an attempt.
    pub fn default_config() -> Self {
        Self {
            retry_limit: DEFAULT_LIMIT,
            delay: Delay::FixedMs(DEFAULT_DELAY_MS),
            backoff: Backoff::Exponential,
            timeout_ms: DEFAULT_TIMEOUT_MS,
            sensitive: false,
            shown: json!({ "retries": default_retries(), "timeout": DEFAULT_TIMEOUT }),
        }
    }

    /// What `ctx.config` shows: as [`StepConfig::shown`], without a delay function, and with an infinite limit in the
    /// run channel's form, `{"$number": "Infinity"}`.
    pub fn context(&self) -> Value {
        let mut context = self.shown.clone();
        let Some(retries) = context.get_mut("retries").and_then(Value::as_object_mut) else {
            return context;
        };
        if self.delay == Delay::Dynamic {
            retries.remove("delay");
        }
        if self.retry_limit == u32::MAX {
            retries.insert("limit".to_owned(), json!({ "$number": "Infinity" }));
        }
        context
    }
}

fn default_retries() -> Map<String, Value> {
    let mut retries = Map::new();
    retries.insert("limit".to_owned(), json!(DEFAULT_LIMIT));
    retries.insert("delay".to_owned(), json!(DEFAULT_DELAY_MS));
    retries.insert("backoff".to_owned(), json!(DEFAULT_BACKOFF));
    retries
}

/// The config, or `None` if anything about it is wrong.
fn resolve(raw: &Value) -> Option<StepConfig> {
    let fields = raw.as_object()?;
    only(fields, &["retries", "timeout", "sensitive"])?;
    let mut config = StepConfig::default_config();
    let mut shown = Map::new();
    let retries = match fields.get("retries") {
        Some(retries) => resolve_retries(retries.as_object()?, &mut config)?,
        None => default_retries(),
    };
    shown.insert("retries".to_owned(), Value::Object(retries));
    let timeout = fields
        .get("timeout")
        .cloned()
        .unwrap_or_else(|| json!(DEFAULT_TIMEOUT));
    config.timeout_ms = duration::parse(&timeout).ok()?;
    // An attempt that may take no time can only fail. (The original says so of 0, and of "0 seconds" nothing.)
    if config.timeout_ms == 0 {
        return None;
    }
    shown.insert("timeout".to_owned(), timeout);
    if let Some(sensitive) = fields.get("sensitive") {
        if sensitive != "output" {
            return None;
        }
        config.sensitive = true;
        shown.insert("sensitive".to_owned(), sensitive.clone());
    }
    config.shown = Value::Object(shown);
    Some(config)
}

/// Resolves `retries` into the config, and returns it as it is shown.
fn resolve_retries(retries: &Map<String, Value>, config: &mut StepConfig) -> Option<Map<String, Value>> {
    only(retries, &["limit", "delay", "backoff"])?;
    let mut shown = default_retries();
    let (limit, limit_shown) = resolve_limit(retries.get("limit")?)?;
    config.retry_limit = limit;
    shown.insert("limit".to_owned(), limit_shown);
    let delay = retries.get("delay")?;
    if delay.get("$delay") == Some(&Value::Bool(true)) {
        config.delay = Delay::Dynamic;
        shown.insert("delay".to_owned(), json!("[dynamic]"));
    } else {
        config.delay = Delay::FixedMs(duration::parse(delay).ok()?);
        shown.insert("delay".to_owned(), delay.clone());
    }
    if let Some(backoff) = retries.get("backoff") {
        config.backoff = match backoff.as_str()? {
            "constant" => Backoff::Constant,
            "linear" => Backoff::Linear,
            "exponential" => Backoff::Exponential,
            _ => return None,
        };
        shown.insert("backoff".to_owned(), backoff.clone());
    }
    Some(shown)
}

/// A whole number, or `Infinity`, which is documented. Limits above the documented 10,000 are taken as they are: the
/// original names the number, and refuses nothing.
fn resolve_limit(limit: &Value) -> Option<(u32, Value)> {
    if limit.get("$number").and_then(Value::as_str) == Some("Infinity") {
        return Some((u32::MAX, json!("Infinity")));
    }
    let number = limit.as_f64()?;
    if number < 0.0 || number.fract() != 0.0 {
        return None;
    }
    // What no step lives to see is cut below the number that stands for Infinity.
    Some(((number as u32).min(u32::MAX - 1), limit.clone()))
}

fn only(fields: &Map<String, Value>, known: &[&str]) -> Option<()> {
    fields
        .keys()
        .all(|key| known.contains(&key.as_str()))
        .then_some(())
}
