//! Calls of `step`'s methods.

use super::Walker;
use crate::graph::{Config, EventOptions, Kind, Retries};
use crate::value::{StepMethod, Value};
use serde_json::{Value as Json, json};

/// What stands for a part that the code computes, as on Cloudflare.
pub(super) const PLACEHOLDER: &str = "${...}";
/// A duration that the code computes.
const UNKNOWN: &str = "unknown";

impl<'a> Walker<'a> {
    pub(super) fn call_step(&mut self, method: StepMethod, arguments: &[Value<'a>]) -> Value<'a> {
        let name = text(arguments.first());
        let second = arguments.get(1).unwrap_or(&Value::Unknown);
        match method {
            StepMethod::Do => {
                let (config, callback) = self.config_and_callback(arguments);
                let config = self.config(config.as_ref());
                let nodes = self.callback(&callback);
                self.emit_promise(Kind::StepDo { name, config, nodes }, Value::Unknown)
            }
            StepMethod::Sleep => {
                let duration = duration(second);
                self.emit_promise(Kind::StepSleep { name, duration }, Value::Unknown)
            }
            StepMethod::SleepUntil => {
                let timestamp = match second {
                    Value::Text(time) => time.to_string(),
                    Value::Number(time) => time.to_string(),
                    _ => UNKNOWN.to_owned(),
                };
                self.emit_promise(Kind::StepSleepUntil { name, timestamp }, Value::Unknown)
            }
            StepMethod::WaitForEvent => {
                let options = self.event_options(second);
                let shape = self.shapes.add();
                // Which fields are read is known at the end.
                self.events.push(shape);
                let payload = json!(self.events.len() - 1);
                let kind = Kind::StepWaitForEvent {
                    name,
                    options,
                    payload,
                };
                self.emit_promise(kind, Value::Event(shape))
            }
        }
    }

    /// `do(name, callback, rollback?)` or `do(name, config, callback, rollback?)`.
    fn config_and_callback(&self, arguments: &[Value<'a>]) -> (Option<Value<'a>>, Value<'a>) {
        let at = |index: usize| arguments.get(index).cloned();
        let rollback_is_third = match arguments.get(2) {
            Some(Value::Object(id)) => self.objects[id.0].fields.contains_key("rollback"),
            _ => false,
        };
        match (at(1), at(2)) {
            (Some(callback @ Value::Function(_)), _) => (None, callback),
            (Some(config), Some(callback)) if !rollback_is_third => (Some(config), callback),
            (callback, _) => (None, callback.unwrap_or(Value::Unknown)),
        }
    }

    /// The steps inside a step.
    fn callback(&mut self, callback: &Value<'a>) -> Vec<crate::graph::Node> {
        let Value::Function(function) = callback else {
            return Vec::new();
        };
        let clock = std::mem::take(&mut self.frame.clock);
        let nodes = self.collect(|walker| {
            let result = walker.call_function(function, &function.this.clone(), &[]);
            walker.settle_value(&result);
        });
        self.frame.clock = clock;
        nodes
    }

    fn config(&self, config: Option<&Value<'a>>) -> Config {
        let retries = config.and_then(|config| self.given(config, "retries"));
        let of = |name: &str| retries.as_ref().and_then(|retries| self.given(retries, name));
        Config {
            retries: Retries {
                limit: match of("limit") {
                    Some(Value::Number(limit)) => number(limit),
                    // A number is all that this may be.
                    _ => json!(5),
                },
                delay: match of("delay") {
                    None => json!(1000),
                    Some(Value::Function(_)) => json!("[dynamic]"),
                    Some(delay) => duration(&delay),
                },
                backoff: match of("backoff") {
                    Some(Value::Text(backoff)) if matches!(&*backoff, "constant" | "linear") => {
                        backoff.to_string()
                    }
                    _ => "exponential".to_owned(),
                },
            },
            timeout: match config.and_then(|config| self.given(config, "timeout")) {
                None => json!("10 minutes"),
                Some(timeout) => duration(&timeout),
            },
        }
    }

    fn event_options(&self, options: &Value<'a>) -> Option<EventOptions> {
        let Value::Object(_) = options else { return None };
        Some(EventOptions {
            event_type: text(self.given(options, "type").as_ref()),
            timeout: match self.given(options, "timeout") {
                None => json!("24 hours"),
                Some(timeout) => duration(&timeout),
            },
        })
    }

    /// A field, `None` if the object surely has none of that name.
    fn given(&self, object: &Value<'a>, name: &str) -> Option<Value<'a>> {
        match object {
            Value::Object(id) => {
                let object = &self.objects[id.0];
                let spread = object.fields.contains_key("...");
                let unknown = spread.then_some(Value::Unknown);
                object.fields.get(name).cloned().or(unknown)
            }
            _ => Some(Value::Unknown),
        }
    }
}

/// The text of a name, with a placeholder for what is not known.
pub(super) fn text(value: Option<&Value>) -> String {
    match value {
        Some(Value::Text(text)) => text.to_string(),
        Some(Value::Number(number)) => number.to_string(),
        _ => PLACEHOLDER.to_owned(),
    }
}

fn duration(value: &Value) -> Json {
    match value {
        Value::Text(text) if text.contains(PLACEHOLDER) => json!(UNKNOWN),
        Value::Text(text) => json!(&**text),
        Value::Number(milliseconds) => number(*milliseconds),
        _ => json!(UNKNOWN),
    }
}

/// JSON has no infinity, and whole numbers without a point.
fn number(value: f64) -> Json {
    /// The largest number that JavaScript counts by ones.
    const LARGEST: f64 = 9_007_199_254_740_991.0;
    let value = if value.is_nan() {
        0.0
    } else {
        value.clamp(-LARGEST, LARGEST)
    };
    if value.fract() == 0.0 {
        json!(value as i64)
    } else {
        json!(value)
    }
}
