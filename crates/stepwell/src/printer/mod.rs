//! What a person or a program sees: data on stdout, everything else on stderr.

mod event;
mod human;
mod json;
mod style;

use crate::arguments::{LogArguments, LogFormat, LogLevel};
use parking_lot::RwLock;
use std::collections::HashSet;
use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use stepwell_project::sourcemap::Mapper;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

/// Prints. There is one per process.
pub(crate) struct Printer {
    format: LogFormat,
    level: LogLevel,
    /// Maps positions in the bundle to the user's files.
    mapper: RwLock<Option<Mapper>>,
    /// Warnings that were printed.
    warned: RwLock<HashSet<String>>,
}

impl Printer {
    /// Makes the printer and sends all logging through it.
    pub(crate) fn install(arguments: &LogArguments) -> Arc<Self> {
        let printer = Arc::new(Self {
            format: arguments.log_format,
            level: arguments.log_level,
            mapper: RwLock::new(None),
            warned: RwLock::default(),
        });
        let filter = match arguments.log_level {
            LogLevel::None => LevelFilter::OFF,
            LogLevel::Error => LevelFilter::ERROR,
            LogLevel::Warn => LevelFilter::WARN,
            LogLevel::Info => LevelFilter::INFO,
            LogLevel::Debug => LevelFilter::DEBUG,
        };
        let layer = event::Layer::new(printer.clone()).with_filter(filter);
        // A second printer in one process would be a bug; without it, logging is merely absent.
        let _ = tracing_subscriber::registry().with(layer).try_init();
        printer
    }

    /// From now on stacks name the files that this source map was made from.
    pub(crate) fn map_stacks_with(&self, mapper: Mapper) {
        *self.mapper.write() = Some(mapper);
    }

    /// A text with the positions in it mapped.
    pub(crate) fn map_stack(&self, text: &str) -> String {
        match &*self.mapper.read() {
            Some(mapper) => mapper.map_stack(text),
            None => text.to_owned(),
        }
    }

    /// The reason why the command failed, with its hints.
    pub(crate) fn error(&self, error: &anyhow::Error) {
        let text = self.map_stack(&format!("{error:#}"));
        match self.format {
            LogFormat::Json => line(&json::message("error", &text)),
            LogFormat::Human => line(&human::problem("error", &text)),
        }
    }

    /// Something the user should know that stops nothing.
    pub(crate) fn warning(&self, text: &str) {
        // Told once: a reload reads the same configuration again.
        let new = self.warned.write().insert(text.to_owned());
        if !new || matches!(self.level, LogLevel::None | LogLevel::Error) {
            return;
        }
        match self.format {
            LogFormat::Json => line(&json::message("warn", text)),
            LogFormat::Human => line(&human::problem("warning", text)),
        }
    }

    /// What the command is doing.
    pub(crate) fn status(&self, what: &str, text: &str) {
        if matches!(self.level, LogLevel::None | LogLevel::Error | LogLevel::Warn) {
            return;
        }
        match self.format {
            LogFormat::Json => line(&json::message("info", &format!("{what} {text}"))),
            LogFormat::Human => line(&human::status(what, text)),
        }
    }

    /// The line that says where the Worker is. On stdout, because programs wait for it; printed at every log level.
    pub(crate) fn ready(&self, address: SocketAddr, api: SocketAddr, worker: &str, took: Duration) {
        data(&format!("Ready on {}", url(address)));
        let ms = took.as_millis();
        let text = format!(
            "{worker} as process {}, started in {ms} ms; {}/metrics, {}/health/ready; Ctrl-C stops",
            std::process::id(),
            url(api),
            url(api)
        );
        self.status("Running", &text);
    }
}

fn url(address: SocketAddr) -> String {
    match address.ip() {
        ip if ip.is_loopback() || ip.is_unspecified() => format!("http://localhost:{}", address.port()),
        _ => format!("http://{address}"),
    }
}

/// A line of data.
pub(crate) fn data(text: &str) {
    // A closed pipe is the reader's business (`stepwell … | head`).
    let _ = writeln!(anstream::stdout(), "{text}");
}

/// A line of `stepwell doctor`.
pub(crate) fn check_line(name: &str, result: Result<&str, &str>) -> String {
    human::check_line(name, result)
}

fn line(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}
