//! Connections that have left HTTP: bytes go both ways until either side is done.

use super::Upstream;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::watch;

/// Joins the two ends once both have been upgraded. They are closed when the upstream is no longer `path`: a host
/// process that is asked to end waits for its WebSockets otherwise.
pub(super) fn join(
    client: OnUpgrade,
    upstream: OnUpgrade,
    mut state: watch::Receiver<Upstream>,
    path: Arc<Path>,
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
        }
    });
}
