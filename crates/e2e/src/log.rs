//! What a server wrote.

use crate::wait::DEADLINE;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;

/// The lines that one run of the binary has written so far.
#[derive(Debug, Clone, Default)]
pub struct Log {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    lines: Vec<String>,
    closed: bool,
}

impl Log {
    /// Reads lines on a thread of its own until the writer is gone.
    pub(crate) fn of(stream: impl Read + Send + 'static) -> Self {
        let log = Self::default();
        let shared = log.shared.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                shared.change(|state| state.lines.push(line));
            }
            shared.change(|state| state.closed = true);
        });
        log
    }

    /// All lines so far.
    pub fn lines(&self) -> Vec<String> {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .lines
            .clone()
    }

    /// All of it so far.
    pub fn text(&self) -> String {
        self.lines().join("\n")
    }

    /// The end of it, without the requests, for the message of a test that failed.
    pub(crate) fn tail(&self) -> String {
        let mut lines = self.lines();
        lines.retain(|line| !line.contains("\"stepwell::request\""));
        lines.split_off(lines.len().saturating_sub(40)).join("\n")
    }

    /// The lines so far that are JSON.
    pub fn entries(&self) -> Vec<Value> {
        self.lines()
            .iter()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }

    /// Waits for the first JSON line that fits.
    ///
    /// # Panics
    /// If none comes in time, or the writer ends without one.
    #[track_caller]
    pub fn wait_for(&self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let json = |line: &String| serde_json::from_str(line).ok().filter(|value| fits(value));
        match self.search(json) {
            Some(found) => found,
            None => panic!("the log has no line with {what}:\n{}", self.tail()),
        }
    }

    /// Waits for the first line that fits; `None` if there is none when the writer ends or the time is over.
    pub(crate) fn search<T>(&self, fits: impl Fn(&String) -> Option<T>) -> Option<T> {
        let since = Instant::now();
        let mut state = self.shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut seen = 0;
        loop {
            if let Some(found) = state.lines[seen..].iter().find_map(&fits) {
                return Some(found);
            }
            seen = state.lines.len();
            let left = DEADLINE.checked_sub(since.elapsed())?;
            if state.closed {
                return None;
            }
            (state, _) = self
                .shared
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits until the writer has closed it.
    pub(crate) fn wait_for_end(&self) {
        self.search(|_| None::<()>);
    }
}

impl Shared {
    fn change(&self, how: impl FnOnce(&mut State)) {
        how(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
    }
}
