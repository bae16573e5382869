//! How much a Worker may write into a server's log: it must not fill the disk.

use super::event::Line;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use stepwell_core::limits::{CONSOLE_BYTES_AT_ONCE, CONSOLE_BYTES_PER_SECOND, CONSOLE_LINE_BYTES};

/// What all Workers have left.
#[derive(Default)]
pub(super) struct Budget {
    workers: Mutex<HashMap<String, Left>>,
    dropped: AtomicU64,
}

/// What a Worker has left.
struct Left {
    bytes: u64,
    since: Instant,
    /// Lines that were dropped and not reported yet.
    dropped: u64,
}

/// What becomes of a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is printed; before it, that so many were not.
    Print { dropped_before: u64 },
    /// It is not; it is the first one of these.
    FirstDropped { worker: String },
    /// It is not.
    Dropped,
}

impl Budget {
    /// Lines that were not printed since the start.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Cuts a Worker's line to its limit, and says whether it is printed. Other lines are.
    pub(super) fn spend(&self, line: &mut Line, now: Instant) -> Verdict {
        let Some(worker) = worker(line) else {
            return Verdict::Print { dropped_before: 0 };
        };
        cut(&mut line.message);
        for field in ["error", "stack", "place"] {
            if let Some(serde_json::Value::String(text)) = line.fields.get_mut(field) {
                cut(text);
            }
        }
        let texts = line.fields.values().filter_map(serde_json::Value::as_str);
        let bytes = (line.message.len() + texts.map(str::len).sum::<usize>()) as u64;
        let mut workers = self.workers.lock();
        // Those that have everything are as those that are new.
        workers.retain(|_, left| left.dropped > 0 || left.refilled(now) < CONSOLE_BYTES_AT_ONCE);
        let left = workers.entry(worker.clone()).or_insert_with(|| Left {
            bytes: CONSOLE_BYTES_AT_ONCE,
            since: now,
            dropped: 0,
        });
        left.bytes = left.refilled(now);
        left.since = now;
        if left.bytes < bytes {
            left.dropped += 1;
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return match left.dropped {
                1 => Verdict::FirstDropped { worker },
                _ => Verdict::Dropped,
            };
        }
        left.bytes -= bytes;
        Verdict::Print {
            dropped_before: std::mem::take(&mut left.dropped),
        }
    }
}

impl Left {
    fn refilled(&self, now: Instant) -> u64 {
        let passed_ms = now.saturating_duration_since(self.since).as_millis();
        let new = u64::try_from(passed_ms)
            .unwrap_or(u64::MAX)
            .saturating_mul(CONSOLE_BYTES_PER_SECOND)
            / 1000;
        self.bytes.saturating_add(new).min(CONSOLE_BYTES_AT_ONCE)
    }
}

/// The Worker whose text this is; `None` for our own lines.
pub(super) fn worker(line: &Line) -> Option<String> {
    if !matches!(line.target.as_str(), "stepwell::console" | "stepwell::uncaught") {
        return None;
    }
    // `front of NAME v3`
    let label = || {
        line.text("process")
            .map(|label| label.rsplit_once(" of ").map_or(label, |(_, name)| name))
    };
    let name = line.text("worker").or_else(label).unwrap_or_default();
    Some(name.rsplit_once(" v").map_or(name, |(name, _)| name).to_owned())
}

fn cut(text: &mut String) {
    let most = CONSOLE_LINE_BYTES as usize;
    if text.len() > most {
        let more = text.len() - most;
        text.truncate(text.floor_char_boundary(most));
        // Writing to a String cannot fail.
        let _ = write!(text, " … ({more} more bytes)");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::time::Duration;

    fn line(worker: &'static str, bytes: usize) -> Line {
        Line {
            level: tracing::Level::INFO,
            target: "stepwell::console".to_owned(),
            message: "x".repeat(bytes),
            fields: BTreeMap::from([("process", format!("front of {worker} v12").into())]),
        }
    }

    #[test]
    fn a_worker_that_says_too_much_is_not_heard_for_a_while() {
        let budget = Budget::default();
        let start = Instant::now();
        let most = CONSOLE_LINE_BYTES as usize / 2;
        let mut printed = 0;
        loop {
            match budget.spend(&mut line("acme/loud", most), start) {
                Verdict::Print { dropped_before: 0 } => printed += most as u64,
                Verdict::FirstDropped { worker } => {
                    assert_eq!(worker, "acme/loud");
                    break;
                }
                other => panic!("{other:?}"),
            }
        }
        assert!(
            printed <= CONSOLE_BYTES_AT_ONCE && printed > CONSOLE_BYTES_AT_ONCE / 2,
            "{printed}"
        );
        assert_eq!(
            budget.spend(&mut line("acme/loud", most), start),
            Verdict::Dropped
        );
        let others = budget.spend(&mut line("beta/loud", most), start);
        assert_eq!(others, Verdict::Print { dropped_before: 0 });
        let later = start + Duration::from_mins(1);
        let again = budget.spend(&mut line("acme/loud", most), later);
        assert_eq!(again, Verdict::Print { dropped_before: 2 });
        assert_eq!(budget.dropped(), 2);
    }

    #[test]
    fn a_long_line_is_cut_and_says_so() {
        let budget = Budget::default();
        let mut long = line("a", CONSOLE_LINE_BYTES as usize + 7);
        budget.spend(&mut long, Instant::now());
        assert!(
            long.message.ends_with("x … (7 more bytes)"),
            "{}",
            long.message.len()
        );
    }
}
