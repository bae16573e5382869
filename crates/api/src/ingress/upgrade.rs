//! Connections that have left HTTP: bytes go both ways until either side is done.

use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;

/// Joins the two ends once both have been upgraded.
pub(super) fn join(client: OnUpgrade, upstream: OnUpgrade) {
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
        let _ = tokio::io::copy_bidirectional(&mut client, &mut upstream).await;
    });
}
