//! The configuration of a host process: the Worker's `fetch` and its Durable Objects on disk.

use super::bindings::{self, BINDING_SERVICE, OWN_DATE};
use super::document::{ConfigFiles, Document};
use super::text::{list, literal};
use super::{CAPNP_HTTP, network};
use crate::script::Script;
use crate::shim::USER_MODULE;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The sockets of a host process.
#[derive(Debug, Clone)]
pub(crate) struct HostSockets {
    /// The Worker's `fetch`.
    pub(crate) fetch: PathBuf,
    /// Where run processes reach objects.
    pub(crate) door: PathBuf,
    /// Answers whenever the process is not stuck.
    pub(crate) ping: PathBuf,
}

/// The configuration of the host process of `script`.
pub(crate) fn config(script: &Script, sockets: &HostSockets, engine: &Path) -> ConfigFiles {
    let mut document = Document::default();
    document.heap(script.limits.heap_mb);
    let mut modules = vec![document.module(USER_MODULE, script.code.clone())];
    modules.extend(script.modules.iter().map(|module| document.asset(module)));
    let objects = script.object_classes();
    let mut worker = format!(
        "worker = (modules = [{}], compatibilityDate = {}, compatibilityFlags = {}, globalOutbound = {}, \
         bindings = {}",
        modules.join(", "),
        literal(&script.compatibility_date),
        list(super::flags(&script.compatibility_flags)),
        literal(network::SERVICE),
        bindings::list(script, None),
    );
    if !objects.is_empty() {
        let namespaces: Vec<String> = objects
            .iter()
            .map(|(class, key)| {
                format!(
                    "(className = {}, uniqueKey = {}, enableSql = true)",
                    literal(class),
                    literal(key)
                )
            })
            .collect();
        let _ = write!(
            worker,
            ", durableObjectNamespaces = [{}], durableObjectStorage = (localDisk = \"objects\")",
            namespaces.join(", ")
        );
    }
    document.service("user", &format!("{worker})"));
    network::add(&mut document, &script.outbound);
    bindings::add_services(&mut document, engine);
    document.socket("fetch", &sockets.fetch, "", "\"user\"");
    document.socket("ping", &sockets.ping, "", &literal(BINDING_SERVICE));
    if !objects.is_empty() {
        document.service(
            "objects",
            &format!(
                "disk = (path = {}, writable = true)",
                literal(&script.object_directory.display().to_string())
            ),
        );
        add_door(&mut document, &objects, &sockets.door);
    }
    document.finish()
}

/// The entrypoint through which other processes reach the objects: it sees namespaces only, by class name.
fn add_door(document: &mut Document, objects: &[(&str, &str)], socket: &Path) {
    let module = document.module("stepwell-door.js", include_str!("../../shim/door.js"));
    let namespaces: Vec<String> = objects
        .iter()
        .map(|(class, _)| {
            let class = literal(class);
            format!(
                "(name = {class}, durableObjectNamespace = (className = {class}, serviceName = \"user\"))"
            )
        })
        .collect();
    document.service(
        "door",
        &format!(
            "worker = (modules = [{module}], compatibilityDate = {}, bindings = [{}])",
            literal(OWN_DATE),
            namespaces.join(", ")
        ),
    );
    document.socket("door", socket, CAPNP_HTTP, "\"door\"");
}
