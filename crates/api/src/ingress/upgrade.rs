//! Connections that have left HTTP: bytes go both ways until either side is done.

use super::Upstream;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio_util::sync::CancellationToken;

/// A client that asked to leave HTTP.
pub(super) struct Upgrading {
    pub(super) end: OnUpgrade,
    /// It keeps its place while it is connected.
    pub(super) place: Option<Arc<OwnedSemaphorePermit>>,
}

/// Joins the two ends once both have been upgraded: the client's and the upstream's. They are closed when the upstream is
/// no longer `path` (a process that is asked to end waits for its WebSockets otherwise), and when everything is `over`.
pub(super) fn join(
    (client, upstream): (Upgrading, OnUpgrade),
    mut state: watch::Receiver<Upstream>,
    path: Arc<Path>,
    over: CancellationToken,
) {
    tokio::spawn(async move {
        let _place = client.place;
        let (client, upstream) = match tokio::try_join!(client.end, upstream) {
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
