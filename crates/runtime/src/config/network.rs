//! Where outgoing connections may go.

use super::document::Document;
use super::text::list;
use crate::script::Outbound;

/// The service that user code's `fetch` and `connect` go through.
pub(crate) const SERVICE: &str = "internet";

/// Refused whatever the policy: link-local addresses (cloud metadata lives there) and unix sockets, among them
/// Stepwell's own.
const ALWAYS_DENIED: &[&str] = &["169.254.0.0/16", "fe80::/10", "unix", "unix-abstract"];

/// Adds the network service for `policy`.
pub(crate) fn add(document: &mut Document, policy: &Outbound) {
    let (allowed, denied): (&[&str], &[String]) = match policy {
        Outbound::Nothing => (&[], &[]),
        Outbound::Public => (&["public"], &[]),
        Outbound::PublicAndPrivate { denied } => (&["public", "private"], denied),
    };
    let denied = ALWAYS_DENIED
        .iter()
        .copied()
        .chain(denied.iter().map(String::as_str));
    document.service(
        SERVICE,
        &format!(
            "network = (allow = {}, deny = {}, tlsOptions = (trustBrowserCas = true))",
            list(allowed),
            list(denied)
        ),
    );
}
