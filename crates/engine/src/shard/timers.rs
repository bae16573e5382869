//! The timers of a shard that are due soon. The store is the index; memory holds a window of it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use stepwell_core::ids::InstanceNumber;
use stepwell_store::TimerKey;

/// Timers in memory. All that are in the store up to `horizon` are here; later ones only in the store.
#[derive(Debug, Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<TimerKey>>,
    /// Cursor of the store's index: everything up to here has been read.
    cursor: Option<TimerKey>,
    /// Due times up to here are held in memory.
    until_ms: i64,
    /// The last read was cut off at its limit: `cursor`, not `until_ms`, says how far memory reaches.
    cut_off: bool,
    /// Timers beyond the window that were decided on a moment ago (and when): a read of the store may come before their
    /// commit.
    recent: VecDeque<(i64, TimerKey)>,
}

/// How long a commit may take to become readable before a timer is forgotten here.
const RECENT_MS: i64 = 10_000;

impl Timers {
    /// Takes a timer that was just decided on, if it belongs into the window.
    pub(super) fn put(&mut self, timer: TimerKey, now_ms: i64) {
        if self.covers(timer) {
            self.heap.push(Reverse(timer));
        } else {
            while self
                .recent
                .front()
                .is_some_and(|(at, _)| *at + RECENT_MS < now_ms)
            {
                self.recent.pop_front();
            }
            self.recent.push_back((now_ms, timer));
        }
    }

    fn covers(&self, timer: TimerKey) -> bool {
        if self.cut_off {
            self.cursor.is_some_and(|cursor| timer <= cursor)
        } else {
            timer.due_ms <= self.until_ms
        }
    }

    /// When the next timer in memory is due.
    pub(super) fn next_due_ms(&self) -> Option<i64> {
        self.heap.peek().map(|Reverse(timer)| timer.due_ms)
    }

    /// Takes the next timer that is due.
    pub(super) fn pop_due(&mut self, now_ms: i64) -> Option<TimerKey> {
        if self.next_due_ms()? > now_ms {
            return None;
        }
        self.heap.pop().map(|Reverse(timer)| timer)
    }

    /// Whether the store should be read: the window is half used up, or memory has run low after a cut-off read.
    pub(super) fn wants_more(&self, now_ms: i64, window_ms: i64, low: usize) -> bool {
        if self.cut_off {
            self.heap.len() <= low
        } else {
            now_ms + window_ms / 2 >= self.until_ms
        }
    }

    /// Where to read on.
    pub(super) fn cursor(&self) -> Option<TimerKey> {
        self.cursor
    }

    /// Takes what the store gave for (`cursor`, `until_ms`]. `full`: there may be more in that range. A timer may come
    /// twice into the heap; the second time it means nothing to its instance.
    pub(super) fn extend(&mut self, read: Vec<TimerKey>, until_ms: i64, full: bool) {
        self.cut_off = full;
        self.until_ms = self.until_ms.max(until_ms);
        let end = TimerKey {
            due_ms: self.until_ms,
            instance: InstanceNumber(u64::MAX >> 1),
            key: u32::MAX,
        };
        self.cursor = if full { read.last().copied() } else { Some(end) };
        self.heap.extend(read.into_iter().map(Reverse));
        let recent = std::mem::take(&mut self.recent);
        for (at, timer) in recent {
            if self.covers(timer) {
                self.heap.push(Reverse(timer));
            } else {
                self.recent.push_back((at, timer));
            }
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}
