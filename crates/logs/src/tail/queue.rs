//! Messages that wait for a client: bounded, because a client may be slow.

use super::message;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// Messages that wait, at most.
const MOST: usize = 1000;
/// Their bytes, at most.
const MOST_BYTES: usize = 8 << 20;

/// The queue of one session.
#[derive(Default)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    notify: Notify,
}

#[derive(Default)]
struct Waiting {
    messages: VecDeque<Arc<str>>,
    bytes: usize,
    /// Messages that were dropped and not told of yet.
    dropped: usize,
}

impl Queue {
    /// Adds a message, or drops it.
    pub(super) fn push(&self, text: Arc<str>) {
        let mut waiting = self.waiting.lock();
        let full = waiting.messages.len() >= MOST || waiting.bytes + text.len() > MOST_BYTES;
        // Once some are lost, the order is kept by losing all until the client has been told.
        if waiting.dropped > 0 || (full && !waiting.messages.is_empty()) {
            waiting.dropped += 1;
            return;
        }
        waiting.bytes += text.len();
        waiting.messages.push_back(text);
        drop(waiting);
        self.notify.notify_one();
    }

    /// The oldest message; when none waits, how many were dropped.
    pub(super) fn pop(&self) -> Option<Arc<str>> {
        let mut waiting = self.waiting.lock();
        if let Some(text) = waiting.messages.pop_front() {
            waiting.bytes -= text.len();
            return Some(text);
        }
        let dropped = std::mem::take(&mut waiting.dropped);
        (dropped > 0).then(|| message::dropped(dropped))
    }

    /// Wakes who waits for news.
    pub(super) fn wake(&self) {
        self.notify.notify_one();
    }

    /// Resolves when something has been added, also if that was before it is awaited.
    pub(super) fn news(&self) -> Notified<'_> {
        self.notify.notified()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_client_is_told_what_it_lost() {
        let queue = Queue::default();
        for number in 0..MOST + 5 {
            queue.push(number.to_string().into());
        }
        for number in 0..MOST {
            assert_eq!(queue.pop().as_deref(), Some(&*number.to_string()));
        }
        queue.push("lost too".into());
        let notice = queue.pop().unwrap();
        assert!(notice.contains("6 messages were dropped"), "{notice}");
        assert_eq!(queue.pop(), None);
        queue.push("again".into());
        assert_eq!(queue.pop().as_deref(), Some("again"));
    }

    #[test]
    fn large_messages_count_by_their_size() {
        let queue = Queue::default();
        let large: Arc<str> = "x".repeat(MOST_BYTES).into();
        queue.push(large.clone()); // alone, it may be of any size
        queue.push("lost".into());
        assert_eq!(queue.pop(), Some(large));
        assert!(queue.pop().unwrap().contains("1 message was dropped"));
    }
}
