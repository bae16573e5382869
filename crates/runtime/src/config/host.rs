//! The configuration of a host process: the Worker's `fetch` and its Durable Objects on disk.

use super::bindings::{self, BINDING_SERVICE, OWN_DATE};
use super::document::{ConfigFiles, Document};
use super::text::{list, literal};
use super::{CAPNP_HTTP, network};
use crate::script::{ObjectClass, Script};
use crate::shim;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What the ingress says in headers that the Worker never sees: `request.cf` and the protocol of `request.url`. It takes
/// care that no client can.
const INGRESS_HTTP: &str = "cfBlobHeader = \"CF-Blob\", forwardedProtoHeader = \"Stepwell-Protocol\"";

/// The sockets of a host process.
#[derive(Debug, Clone)]
pub(crate) struct HostSockets {
    /// The Worker's `fetch`.
    pub(crate) fetch: PathBuf,
    /// Where the engine brings events that are no HTTP requests.
    pub(crate) events: PathBuf,
    /// Where run processes reach objects.
    pub(crate) door: PathBuf,
    /// Answers whenever the process is not stuck.
    pub(crate) ping: PathBuf,
}

/// The configuration of the host process of `script`.
pub(crate) fn config(script: &Script, sockets: &HostSockets, engine: &Path) -> ConfigFiles {
    let mut document = Document::default();
    document.heap(script.limits.heap_mb);
    let mut modules = vec![
        document.module(shim::HOST_MAIN_MODULE, shim::host_module(&script.main)),
        document.module(&script.main, script.code.clone()),
    ];
    for (name, source) in shim::HOST_MODULES {
        modules.push(document.module(name, *source));
    }
    modules.extend(script.modules.iter().map(|module| document.asset(module)));
    let objects = script.own_objects();
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
            .map(|object| {
                format!(
                    "(className = {}, uniqueKey = {}, enableSql = {})",
                    literal(&object.class_name),
                    literal(&object.unique_key),
                    object.sqlite
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
    bindings::add_services(&mut document, script, engine);
    let user = |entrypoint: &str| format!("(name = \"user\", entrypoint = {})", literal(entrypoint));
    document.socket(
        "fetch",
        &sockets.fetch,
        INGRESS_HTTP,
        &user(shim::FRONT_ENTRYPOINT),
    );
    document.socket("events", &sockets.events, "", &user(shim::EVENTS_ENTRYPOINT));
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
fn add_door(document: &mut Document, objects: &[ObjectClass], socket: &Path) {
    let module = document.module("stepwell-door.js", include_str!("../../shim/door.js"));
    let namespaces: Vec<String> = objects
        .iter()
        .map(|object| {
            let class = literal(&object.class_name);
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
