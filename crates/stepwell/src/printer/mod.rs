//! What a person or a program sees: data on stdout, everything else on stderr.

mod budget;
mod event;
mod human;
#[cfg(test)]
mod human_tests;
mod json;
pub(crate) mod moment;
mod plain;
mod screen;
mod stacks;
mod style;
pub(crate) mod table;
pub(crate) mod terminal;
pub(crate) mod timeline;

use crate::arguments::{LogArguments, LogFormat, LogLevel};
use budget::{Budget, Verdict};
use parking_lot::RwLock;
pub(crate) use screen::{Binding, Mode};
use stacks::Stacks;
use std::collections::HashSet;
use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use stepwell_project::sourcemap::{Call, Mapper};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

/// Prints. There is one per process.
pub(crate) struct Printer {
    format: LogFormat,
    level: LogLevel,
    /// Maps positions in bundles to the user's files.
    stacks: Stacks,
    /// Warnings that were printed.
    warned: RwLock<HashSet<String>>,
    /// How much Workers may log, where there is a limit.
    budget: OnceLock<Budget>,
}

impl Printer {
    /// Makes the printer and sends all logging through it.
    pub(crate) fn install(arguments: &LogArguments) -> Arc<Self> {
        let printer = Arc::new(Self {
            format: arguments.log_format,
            level: arguments.log_level,
            stacks: Stacks::default(),
            warned: RwLock::default(),
            budget: OnceLock::new(),
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

    /// From now on Workers may log so much and no more: this is a server's log.
    pub(crate) fn limit_workers(&self) {
        let _ = self.budget.set(Budget::default());
    }

    /// Lines of Workers that were not logged since the start.
    pub(crate) fn dropped_lines(&self) -> u64 {
        self.budget.get().map_or(0, Budget::dropped)
    }

    fn verdict(&self, line: &mut event::Line) -> Verdict {
        match self.budget.get() {
            Some(budget) => budget.spend(line, Instant::now()),
            None => Verdict::Print { dropped_before: 0 },
        }
    }

    /// From now on stacks of this Worker name the files that this source map was made from.
    pub(crate) fn map_stacks_with(&self, worker: &str, mapper: Mapper) {
        self.stacks.set(worker, mapper);
    }

    /// A text of a Worker with the positions in it mapped.
    pub(crate) fn map_stack(&self, worker: Option<&str>, text: &str) -> String {
        match self.stacks.of(worker) {
            Some(mapper) => mapper.map_stack(text),
            None => text.to_owned(),
        }
    }

    /// The calls of a Worker's stack trace, as far as the source map knows them.
    pub(crate) fn calls(&self, worker: Option<&str>, stack: &str) -> Vec<Call> {
        let mapper = self.stacks.of(worker);
        mapper.map(|mapper| mapper.calls(stack)).unwrap_or_default()
    }

    /// The reason why the command failed. To who asked for JSON it is data, unless there was some already.
    pub(crate) fn failed(&self, error: &anyhow::Error, code: Option<u32>) {
        let wants_json = std::env::args_os().any(|argument| argument == "--json");
        if !wants_json || HAS_DATA.load(Ordering::Relaxed) {
            self.error(error);
            return;
        }
        let text = format!("{error:#}");
        let (message, hint) = match text.split_once("\nhint: ") {
            Some((message, hint)) => (message.trim_end(), Some(hint)),
            None => (text.as_str(), None),
        };
        let error = serde_json::json!({ "error": { "message": message, "hint": hint, "code": code } });
        data(&serde_json::to_string_pretty(&error).unwrap_or_default());
    }

    /// The reason why the command failed, with its hints.
    pub(crate) fn error(&self, error: &anyhow::Error) {
        let text = format!("{error:#}");
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

    /// A line about where things come from.
    pub(crate) fn note(&self, text: &str) {
        if matches!(self.level, LogLevel::None | LogLevel::Error | LogLevel::Warn) {
            return;
        }
        match self.format {
            LogFormat::Json => line(&json::message("info", text)),
            LogFormat::Human => line(text),
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

    /// What a Worker has on `env`.
    pub(crate) fn bindings(&self, worker: &str, several: bool, bindings: &[Binding]) {
        if self.shows_screens() {
            line(&screen::bindings(worker, several, bindings));
        }
    }

    fn shows_screens(&self) -> bool {
        self.format == LogFormat::Human && matches!(self.level, LogLevel::Info | LogLevel::Debug)
    }

    /// The line that says where the Worker is. On stdout, because programs wait for it; printed at every log level.
    /// Returns the address that it prints.
    pub(crate) fn ready(
        &self,
        address: SocketAddr,
        secure: bool,
        api: SocketAddr,
        worker: &str,
        took: Duration,
    ) -> String {
        let worker_url = url(if secure { "https" } else { "http" }, address);
        data(&format!("Ready on {worker_url}"));
        let ms = took.as_millis();
        let text = format!(
            "{worker} as process {}, started in {ms} ms; {}/metrics, {}/health/ready; Ctrl-C stops",
            std::process::id(),
            url("http", api),
            url("http", api)
        );
        self.status("Running", &text);
        worker_url
    }
}

/// Where a server is.
pub(crate) struct Addresses {
    /// The Worker port.
    pub(crate) workers: SocketAddr,
    /// The API port.
    pub(crate) api: SocketAddr,
    /// Whether both speak https.
    pub(crate) secure: bool,
}

impl Printer {
    /// The lines that say where a server is, on stdout; and, once, the token that it was made with.
    pub(crate) fn serves(&self, addresses: &Addresses, token: Option<&str>, took: Duration) {
        let scheme = if addresses.secure { "https" } else { "http" };
        let api = url(scheme, addresses.api);
        if let Some(token) = token {
            data(&format!("Token {token}"));
            self.note("This admin token is shown this once. To deploy from a terminal:");
            self.note(&format!("  export CLOUDFLARE_API_BASE_URL={api}/client/v4"));
            self.note("  export CLOUDFLARE_API_TOKEN=…      (the token above)");
            self.note("  export CLOUDFLARE_ACCOUNT_ID=default");
        }
        data(&format!("API on {api}/client/v4"));
        data(&format!("Ready on {}", url(scheme, addresses.workers)));
        let text = format!(
            "as process {}, started in {} ms; {api}/metrics, {api}/health/ready; Ctrl-C stops",
            std::process::id(),
            took.as_millis(),
        );
        self.status("Running", &text);
    }
}

fn url(scheme: &str, address: SocketAddr) -> String {
    match address.ip() {
        ip if ip.is_loopback() || ip.is_unspecified() => format!("{scheme}://localhost:{}", address.port()),
        _ => format!("{scheme}://{address}"),
    }
}

/// Which keys do something.
pub(crate) fn keys(keys: &[(char, &str)]) {
    line(&screen::keys(keys));
}

/// Empties the terminal.
pub(crate) fn clear() {
    // Home, erase what is shown, erase what was scrolled away.
    line("\u{1b}[H\u{1b}[2J\u{1b}[3J");
}

/// A picture that takes the place of the one before, line by line, so that what stays does not flicker.
pub(crate) fn picture(text: &str, is_first: bool) {
    const TO_END_OF_LINE: &str = "\u{1b}[K";
    const TO_END_OF_SCREEN: &str = "\u{1b}[J";
    let clear = if is_first { "\u{1b}[2J" } else { "" };
    let lines = text
        .lines()
        .fold(String::new(), |lines, line| lines + line + TO_END_OF_LINE + "\n");
    let mut out = anstream::stdout();
    let _ = write!(out, "{clear}\u{1b}[H{lines}{TO_END_OF_SCREEN}");
    let _ = out.flush();
}

/// Whether something was printed as data.
static HAS_DATA: AtomicBool = AtomicBool::new(false);

/// A line of data.
pub(crate) fn data(text: &str) {
    HAS_DATA.store(true, Ordering::Relaxed);
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
