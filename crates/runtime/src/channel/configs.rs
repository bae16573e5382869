//! The configs of steps, parsed once per text.

use super::frame::FrameError;
use serde::Serialize;
use std::collections::HashMap;
use stepwell_core::failure::Failure;
use stepwell_core::step_config::{Delay, StepConfig};

/// Distinct configs that are remembered per socket. A config may hold a number that is different each time.
const MOST: usize = 256;

/// The configs seen on one socket.
#[derive(Debug, Default)]
pub(super) struct Configs {
    parsed: HashMap<Box<str>, StepConfig>,
}

impl Configs {
    /// The config of a `do` message: `null` is the default.
    ///
    /// # Errors
    /// [`FrameError::Config`]; the shim sends only what [`Configs::answer`] accepted.
    pub(super) fn known(&mut self, step: &str, text: &str) -> Result<Option<StepConfig>, FrameError> {
        if text == "null" {
            return Ok(None);
        }
        self.parse(step, text)
            .map(Some)
            .map_err(|failure| FrameError::Config(failure.message))
    }

    /// The answer to a `config` message, as JSON text.
    pub(super) fn answer(&mut self, step: &str, text: &str) -> String {
        let answer = match self.parse(step, text) {
            Ok(config) => serde_json::to_string(&Resolved::from(&config)),
            Err(failure) => serde_json::to_string(&Refused {
                error: (&failure.name, &failure.message),
            }),
        };
        answer.unwrap_or_else(|error| format!("{{\"error\":[\"Error\",\"{error}\"]}}"))
    }

    fn parse(&mut self, step: &str, text: &str) -> Result<StepConfig, Failure> {
        if let Some(config) = self.parsed.get(text) {
            return Ok(config.clone());
        }
        // Text that is too deep to be read is no config.
        let raw = serde_json::from_str(text).unwrap_or(serde_json::Value::Null);
        let config = StepConfig::parse(step, &raw)?;
        if self.parsed.len() >= MOST {
            self.parsed.clear();
        }
        self.parsed.insert(text.into(), config.clone());
        Ok(config)
    }
}

/// What the shim needs to know of a config.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Resolved {
    timeout_ms: u64,
    shown: serde_json::Value,
    limit: u32,
    dynamic: bool,
}

impl From<&StepConfig> for Resolved {
    fn from(config: &StepConfig) -> Self {
        Self {
            timeout_ms: config.timeout_ms,
            shown: config.context(),
            limit: config.retry_limit,
            dynamic: config.delay == Delay::Dynamic,
        }
    }
}

#[derive(Debug, Serialize)]
struct Refused<'a> {
    error: (&'a str, &'a str),
}
