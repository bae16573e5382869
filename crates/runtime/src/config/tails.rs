//! The Worker that is told of the invocations of a host process.

use super::bindings::OWN_DATE;
use super::document::{Document, address};
use super::text::literal;
use std::path::PathBuf;

/// Its service.
pub(crate) const SERVICE: &str = "stepwell-tail";
/// The service behind which this process listens.
const ENGINE_SERVICE: &str = "stepwell-logs";

/// The sockets between it and this process.
#[derive(Debug, Clone)]
pub(crate) struct TailSockets {
    /// This process listens: one request for each invocation.
    pub(crate) logs: PathBuf,
    /// It listens: which invocations are wanted.
    pub(crate) wanted: PathBuf,
}

/// Adds it; the user's Worker names [`SERVICE`] under `tails`.
pub(crate) fn add(document: &mut Document, sockets: &TailSockets) {
    let module = document.module("stepwell-tail.js", include_str!("../../shim/tail.js"));
    document.service(
        ENGINE_SERVICE,
        &format!("external = (address = {}, http = ())", address(&sockets.logs)),
    );
    document.service(
        SERVICE,
        &format!(
            "worker = (modules = [{module}], compatibilityDate = {}, bindings = [(name = \"ENGINE\", service = {})])",
            literal(OWN_DATE),
            literal(ENGINE_SERVICE)
        ),
    );
    document.socket("tail", &sockets.wanted, "", &literal(SERVICE));
}
