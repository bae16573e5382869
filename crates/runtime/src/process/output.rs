//! What a process writes, line by line: user code's console lines, workerd's own messages, last words of a crash.

use parking_lot::Mutex;
use serde::Deserialize;
use std::collections::VecDeque;
use std::sync::Arc;
use stepwell_logs::Stacks;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};

/// The longest line that is kept whole; a longer one is cut into pieces.
const LONGEST_LINE: u64 = 256 * 1024;
/// How many of workerd's own messages are kept to explain an end.
const KEPT: usize = 40;

/// What a process has written so far, as far as it explains its end.
#[derive(Debug, Default)]
pub(super) struct LastWords {
    /// workerd's own error messages, oldest first.
    pub(super) errors: VecDeque<String>,
    /// V8 said that the heap is exhausted.
    pub(super) heap_exhausted: bool,
    /// The system gave it no more memory.
    pub(super) memory_exhausted: bool,
    /// The process has said that it is ready.
    pub(super) started: bool,
}

/// Whose lines they are.
#[derive(Debug)]
pub(super) struct Writer {
    /// The process' name in logs.
    pub(super) process: Arc<str>,
    /// The Worker.
    pub(super) worker: String,
    /// Its source maps.
    pub(super) stacks: Stacks,
}

/// One line of workerd's structured log. Console lines have a number as timestamp and no source.
#[derive(Deserialize)]
struct Line {
    level: String,
    message: String,
    #[serde(default)]
    source: Option<String>,
}

/// Reads `stream` to its end. Returns when the process, and whatever it left behind, has closed it.
pub(super) async fn read(stream: impl AsyncRead + Unpin, writer: Arc<Writer>, words: Arc<Mutex<LastWords>>) {
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut reader)
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut line)
            .await
        {
            Ok(0) | Err(_) => return,
            Ok(_) => take(String::from_utf8_lossy(&line).trim_end(), &writer, &words),
        }
    }
}

fn take(text: &str, writer: &Writer, words: &Mutex<LastWords>) {
    match serde_json::from_str::<Line>(text) {
        Ok(line) if line.source.is_none() => writer.console(&line),
        Ok(line) => own(writer, &line.level, &line.message, words),
        Err(_) => own(writer, "info", text, words),
    }
}

impl Writer {
    /// A line that user code logged. `console.debug()` is shown as `console.log()` is: `wrangler dev` does.
    fn console(&self, line: &Line) {
        let (process, worker) = (&*self.process, self.worker.as_str());
        let mapped = self.stacks.mapped(&line.message);
        let message = mapped.as_deref().unwrap_or(&line.message);
        match line.level.as_str() {
            "error" => tracing::error!(target: "stepwell::console", process, worker, "{message}"),
            "warn" => tracing::warn!(target: "stepwell::console", process, worker, "{message}"),
            _ => tracing::info!(target: "stepwell::console", process, worker, "{message}"),
        }
    }
}

/// A line of workerd itself.
fn own(writer: &Writer, level: &str, message: &str, words: &Mutex<LastWords>) {
    if message.is_empty() {
        return;
    }
    let process = &*writer.process;
    if let Some(thrown) = uncaught(message) {
        let worker = writer.worker.as_str();
        tracing::error!(target: "stepwell::console", process, worker, "Uncaught {thrown}");
        return;
    }
    let mut words = words.lock();
    words.heap_exhausted |=
        message.contains("JavaScript heap out of memory") || message.contains("Reached heap limit");
    words.memory_exhausted |= message.contains("tcmalloc: allocation failed");
    let severe = matches!(level, "error" | "fatal");
    if severe || message.starts_with("***") {
        if words.errors.len() == KEPT {
            words.errors.pop_front();
        }
        words.errors.push_back(message.to_owned());
    }
    drop(words);
    // Its errors repeat what user code and callers see anyway, with internals; they are for people who look for them.
    tracing::debug!(target: "stepwell::workerd", process, level, "{message}");
}

/// What user code threw out of a handler, without workerd's own places:
/// `Uncaught exception: workerd/jsg/value.h:1456: failed: remote.jsg.TypeError: kaput`.
fn uncaught(message: &str) -> Option<&str> {
    let (_, thrown) = message
        .strip_prefix("Uncaught exception: ")?
        .split_once(": failed: ")?;
    thrown
        .strip_prefix("remote.")
        .unwrap_or(thrown)
        .strip_prefix("jsg.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_errors_are_kept_and_console_lines_are_not() {
        let words = Mutex::new(LastWords::default());
        let writer = Writer {
            process: "p".into(),
            worker: "w".into(),
            stacks: Stacks::default(),
        };
        take(
            r#"{"timestamp":1,"level":"error","message":"JavaScript heap out of memory"}"#,
            &writer,
            &words,
        );
        assert!(!words.lock().heap_exhausted, "user code cannot fake a crash");
        take(
            r#"{"timestamp":"1","level":"fatal","source":"x","message":"V8 fatal error; Reached heap limit"}"#,
            &writer,
            &words,
        );
        assert!(words.lock().heap_exhausted);
        assert_eq!(words.lock().errors.len(), 1);
        assert_eq!(
            uncaught("Uncaught exception: a.h:1: failed: remote.jsg.TypeError: x: y"),
            Some("TypeError: x: y")
        );
        assert_eq!(
            uncaught("Uncaught exception: a.h:1: failed: worker_do_not_log; x"),
            None
        );
    }
}
