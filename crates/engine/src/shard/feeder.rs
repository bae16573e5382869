//! Feeds a replay: recorded values from the store to the run, in order, within the credit.

use crate::runtime::ToSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use stepwell_core::ids::{InstanceNumber, ShardId};
use stepwell_store::{Store, failpoint};
use tokio::sync::{Notify, mpsc};

/// How many bytes may still be sent ahead of use.
#[derive(Debug)]
pub(crate) struct Credit {
    bytes: AtomicI64,
    more: Notify,
}

impl Credit {
    pub(crate) fn new(bytes: u64) -> Arc<Self> {
        Arc::new(Self {
            bytes: AtomicI64::new(bytes as i64),
            more: Notify::new(),
        })
    }

    /// The run has taken values of so many bytes.
    pub(crate) fn add(&self, bytes: u64) {
        self.bytes.fetch_add(bytes as i64, Ordering::AcqRel);
        self.more.notify_one();
    }

    /// Takes credit for a value, which may overdraw it once: a value larger than the whole credit passes too.
    async fn take(&self, bytes: u64) {
        while self.bytes.load(Ordering::Acquire) <= 0 {
            self.more.notified().await;
        }
        self.bytes.fetch_sub(bytes as i64, Ordering::AcqRel);
    }
}

/// What to feed: journal entries with a value, and their positions among the ended steps.
pub(crate) struct Feed {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) shard: ShardId,
    pub(crate) number: InstanceNumber,
    /// (journal seq, position), in order.
    pub(crate) positions: Vec<(u32, u32)>,
    pub(crate) to: mpsc::WeakUnboundedSender<ToSocket>,
    pub(crate) credit: Arc<Credit>,
}

/// Bytes read from the store at a time.
const PAGE_BYTES: u64 = 1024 * 1024;

/// How long to wait for entries whose commit is on its way.
const COMMIT_WAIT: Duration = Duration::from_millis(2);

impl Feed {
    /// Sends every value, or stops when the run is gone.
    pub(crate) async fn run(self) {
        let mut next = 0;
        while next < self.positions.len() {
            let from = self.positions[next].0;
            let rows = match self.store.values(self.shard, self.number, from, PAGE_BYTES).await {
                Ok(rows) => rows,
                Err(error) => {
                    tracing::error!(target: "stepwell::storage", "reading a recorded value failed, trying again: {error}");
                    tokio::time::sleep(super::READ_RETRY).await;
                    if self.to.upgrade().is_none() {
                        return;
                    }
                    continue;
                }
            };
            let before = next;
            for (seq, value) in rows {
                if self.positions.get(next).is_none_or(|(wanted, _)| *wanted != seq) {
                    continue; // a value of a step that a restart has forgotten
                }
                self.credit.take(value.bytes().len() as u64).await;
                let Some(to) = self.to.upgrade() else { return };
                if to
                    .send(ToSocket::Value {
                        position: self.positions[next].1,
                        value,
                    })
                    .is_err()
                {
                    return;
                }
                failpoint("replay");
                next += 1;
            }
            if next == before {
                if self.to.upgrade().is_none() {
                    return;
                }
                tokio::time::sleep(COMMIT_WAIT).await;
            }
        }
    }
}
