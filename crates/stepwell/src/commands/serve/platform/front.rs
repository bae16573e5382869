//! The process of a version that serves, as the Worker port sees it.

use crate::commands::running::upstream;
use std::sync::Arc;
use stepwell_api::ingress::{self, Upstream};
use stepwell_runtime::Front;
use tokio::sync::watch;

/// A front, with its state in the port's terms.
pub(super) struct OnPort {
    front: Arc<Front>,
    upstream: watch::Receiver<Upstream>,
}

impl OnPort {
    pub(super) fn of(front: Arc<Front>) -> Self {
        Self {
            upstream: upstream(front.state()),
            front,
        }
    }
}

impl ingress::Front for OnPort {
    fn upstream(&self) -> watch::Receiver<Upstream> {
        self.upstream.clone()
    }

    fn wake(&self) {
        self.front.wake();
    }

    fn mapped(&self, stack: &str) -> Option<String> {
        self.front.stacks().mapped(stack)
    }
}
