//! Connections that have left HTTP: bytes go both ways until either side is done.

use super::Upstream;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Joins the two ends once both have been upgraded: the client's and the upstream's. They are closed when the upstream is
/// no longer `path` (a process that is asked to end waits for its WebSockets otherwise), and when everything is `over`.
pub(super) fn join(
    (client, upstream): (OnUpgrade, OnUpgrade),
    mut state: watch::Receiver<Upstream>,
    path: Arc<Path>,
    over: CancellationToken,
) {
    tokio::spawn(async move {
        let (client, upstream) = match tokio::try_join!(client, upstream) {
            Ok(ends) => ends,
            Err(error) => {
                tracing::debug!("an upgrade failed: {error}");
                return;
            }
        };
        let mut client = TokioIo::new(client);
        let mut upstream = TokioIo::new(upstream);
        // How it ends is for the two to know: a broken end closes the other.
        tokio::select! {
            _ = tokio::io::copy_bidirectional(&mut client, &mut upstream) => {}
            _ = state.wait_for(|state| *state != Upstream::Serving(path.clone())) => {}
            () = over.cancelled() => {}
        }
    });
}
