//! Waiting for what cannot be awaited.

use std::time::{Duration, Instant};

/// How long anything may take before the test fails. Long, because a busy machine is slow; nothing waits that long when
/// it works.
pub const DEADLINE: Duration = Duration::from_mins(2);

const PAUSE: Duration = Duration::from_millis(10);

/// Asks until there is an answer.
///
/// # Panics
/// If there is none within [`DEADLINE`].
#[track_caller]
pub fn eventually<T>(what: &str, ask: impl FnMut() -> Option<T>) -> T {
    within(DEADLINE, ask).unwrap_or_else(|| panic!("not within {DEADLINE:?}: {what}"))
}

/// Asks until there is an answer or the time is over.
pub fn within<T>(limit: Duration, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let since = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return Some(answer);
        }
        if since.elapsed() > limit {
            return None;
        }
        std::thread::sleep(PAUSE);
    }
}
