//! The process of a version that serves, as the Worker port sees it.

use std::sync::Arc;
use stepwell_api::ingress::{self, Upstream};
use stepwell_runtime::Front;
use stepwell_runtime::HostState;
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
}

/// Where the port sends requests, as a process comes and goes.
pub(crate) fn upstream(mut host: watch::Receiver<HostState>) -> watch::Receiver<Upstream> {
    let translate = |state: &HostState| match state {
        HostState::Serving(path) => Upstream::Serving(path.clone()),
        HostState::Absent { why } => Upstream::Absent { why: why.clone() },
        HostState::NoFetchHandler => Upstream::NoFetchHandler,
    };
    let (sender, receiver) = watch::channel(translate(&host.borrow_and_update()));
    tokio::spawn(async move {
        while host.changed().await.is_ok() {
            let state = translate(&host.borrow_and_update());
            sender.send_replace(state);
        }
    });
    receiver
}
