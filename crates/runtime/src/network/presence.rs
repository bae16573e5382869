//! Which processes a Worker has, and what they have to finish.

use super::{Sockets, Target};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// A process that listens for what is between Workers.
#[derive(Debug)]
pub(crate) struct Callee {
    sockets: Sockets,
    /// What passes on something that the process should finish.
    busy: watch::Sender<usize>,
}

impl Callee {
    /// A process that listens on `sockets` and has nothing to finish.
    pub(crate) fn new(sockets: Sockets) -> Arc<Self> {
        Arc::new(Self {
            sockets,
            busy: watch::Sender::default(),
        })
    }

    /// Waits until it has finished what was brought to it, but not longer than `patience`.
    pub(crate) async fn finished(&self, patience: Duration) {
        let mut busy = self.busy.subscribe();
        let _ = tokio::time::timeout(patience, busy.wait_for(|busy| *busy == 0)).await;
    }

    pub(super) fn socket(&self, target: &Target) -> Option<&Path> {
        self.sockets.get(target).map(AsRef::as_ref)
    }
}

/// As long as this lives, the process has something to finish.
pub(super) struct Busy(Arc<Callee>);

impl Busy {
    pub(super) fn new(callee: &Arc<Callee>) -> Self {
        callee.busy.send_modify(|n| *n += 1);
        Self(callee.clone())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.send_modify(|n| *n -= 1);
    }
}

/// The processes of one part of a Worker.
#[derive(Debug, Clone, Default)]
pub(super) struct Presence {
    /// The one that takes what is new.
    serving: Option<Arc<Callee>>,
    /// Those that only finish what they have.
    leaving: Vec<Arc<Callee>>,
}

impl Presence {
    /// The process that takes what is new, if it listens for `target`.
    pub(super) fn taking(&self, target: &Target) -> Option<&Arc<Callee>> {
        self.serving
            .as_ref()
            .filter(|callee| callee.socket(target).is_some())
    }

    /// Whether the process takes what is new.
    pub(super) fn takes(&self, callee: &Arc<Callee>) -> bool {
        self.serving
            .as_ref()
            .is_some_and(|serving| Arc::ptr_eq(serving, callee))
    }

    /// Whether the process is still there.
    pub(super) fn has(&self, callee: &Arc<Callee>) -> bool {
        self.takes(callee) || self.leaving.iter().any(|other| Arc::ptr_eq(other, callee))
    }

    /// From now on `callee` takes what is new.
    pub(super) fn serve(&mut self, callee: &Arc<Callee>) {
        self.leaving.retain(|other| !Arc::ptr_eq(other, callee));
        if let Some(before) = self.serving.replace(callee.clone())
            && !Arc::ptr_eq(&before, callee)
        {
            self.leaving.push(before);
        }
    }

    /// From now on `callee` takes nothing new.
    pub(super) fn leave(&mut self, callee: &Arc<Callee>) {
        if self.takes(callee) {
            self.leaving.extend(self.serving.take());
        }
    }

    /// The process has gone, or is cut off.
    pub(super) fn lose(&mut self, callee: &Arc<Callee>) {
        self.leave(callee);
        self.leaving.retain(|other| !Arc::ptr_eq(other, callee));
    }
}
