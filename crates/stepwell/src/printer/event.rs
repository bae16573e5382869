//! Log events on their way to the printer.

use super::budget::Verdict;
use super::{Printer, human, json, plain};
use crate::arguments::LogFormat;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use stepwell_core::limits::CONSOLE_BYTES_PER_SECOND;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::Context;

/// A log event, taken apart.
pub(super) struct Line {
    pub(super) level: Level,
    pub(super) target: String,
    pub(super) message: String,
    pub(super) fields: BTreeMap<&'static str, serde_json::Value>,
}

impl Line {
    pub(super) fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field)?.as_str()
    }

    /// Makes all text harmless in a terminal.
    fn make_plain(&mut self) {
        self.message = plain::text(&self.message);
        for value in self.fields.values_mut() {
            if let serde_json::Value::String(text) = value {
                *text = plain::text(text);
            }
        }
    }

    pub(super) fn number(&self, field: &str) -> Option<i64> {
        self.fields.get(field)?.as_i64()
    }
}

/// Sends events to the printer.
pub(super) struct Layer {
    printer: Arc<Printer>,
}

impl Layer {
    pub(super) fn new(printer: Arc<Printer>) -> Self {
        Self { printer }
    }
}

impl<S: Subscriber> tracing_subscriber::Layer<S> for Layer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        if !metadata.target().starts_with("stepwell") {
            return; // libraries' own chatter
        }
        let mut line = Line {
            level: *metadata.level(),
            target: metadata.target().to_owned(),
            message: String::new(),
            fields: BTreeMap::new(),
        };
        event.record(&mut Visitor(&mut line));
        let worker = line.text("worker").map(str::to_owned);
        if let Some(stack) = line.text("stack") {
            let stack = self.printer.map_stack(worker.as_deref(), stack);
            line.fields.insert("stack", stack.into());
        }
        if line.target == "stepwell::console" {
            line.message = self.printer.map_stack(worker.as_deref(), &line.message);
        }
        match self.printer.verdict(&mut line) {
            Verdict::Print { dropped_before: 0 } => self.print(&mut line),
            Verdict::Print { dropped_before } => {
                self.print(&mut silence(
                    &line,
                    format!("{dropped_before} lines of this Worker were not logged"),
                ));
                self.print(&mut line);
            }
            Verdict::FirstDropped { worker } => {
                let what = format!(
                    "{worker} logs more than {CONSOLE_BYTES_PER_SECOND} bytes a second: its lines are not logged for a while"
                );
                self.print(&mut silence(&line, what));
            }
            Verdict::Dropped => {}
        }
    }
}

impl Layer {
    fn print(&self, line: &mut Line) {
        let text = match self.printer.format {
            LogFormat::Json => json::line(line),
            LogFormat::Human => {
                line.make_plain();
                plain::indented(&human::line(line))
            }
        };
        super::line(&text);
    }
}

/// A line about lines of a Worker that are not there.
fn silence(about: &Line, message: String) -> Line {
    let of = |name: &'static str| Some((name, about.fields.get(name)?.clone()));
    Line {
        level: Level::WARN,
        target: "stepwell::console".to_owned(),
        message,
        fields: ["worker", "process"].into_iter().filter_map(of).collect(),
    }
}

struct Visitor<'a>(&'a mut Line);

impl Visitor<'_> {
    fn set(&mut self, field: &Field, value: serde_json::Value) {
        if field.name() == "message" {
            self.0.message = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        } else {
            self.0.fields.insert(field.name(), value);
        }
    }
}

impl Visit for Visitor<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let mut text = String::new();
        let _ = write!(text, "{value:?}");
        self.set(field, text.into());
    }
}
