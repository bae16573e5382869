//! Processes of Workers as the Worker port sees them.

use stepwell_api::ingress::Upstream;
use stepwell_runtime::HostState;
use tokio::sync::watch;

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
