//! The configuration of a host process: the Worker's `fetch` and its Durable Objects on disk.

use super::bindings::{self, BINDING_SERVICE};
use super::document::{ConfigFiles, Document};
use super::services::{self, Home};
use super::text::{list, literal};
use super::{BETWEEN_WORKERS, network, objects};
use crate::network::{Entrypoint, Links};
use crate::script::Script;
use crate::shim;
use std::collections::{BTreeMap, BTreeSet};
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
    /// Where other processes reach objects.
    pub(crate) door: PathBuf,
    /// Where others call what.
    pub(crate) entrypoints: BTreeMap<Entrypoint, PathBuf>,
    /// Answers whenever the process is not stuck.
    pub(crate) ping: PathBuf,
}

/// The configuration of the host process of `script`.
pub(crate) fn config(script: &Script, sockets: &HostSockets, links: &Links, engine: &Path) -> ConfigFiles {
    let mut document = Document::default();
    document.heap(script.limits.heap_mb);
    let called: BTreeSet<&str> = sockets
        .entrypoints
        .keys()
        .filter_map(|entrypoint| entrypoint.name.as_deref())
        .collect();
    let mut modules = vec![
        document.module(shim::HOST_MAIN_MODULE, shim::host_module(script, &called)),
        document.module(&script.main, script.code.clone()),
    ];
    for (name, source) in shim::HOST_MODULES {
        modules.push(document.module(name, *source));
    }
    modules.extend(script.modules.iter().map(|module| document.asset(module)));
    let own = script.own_objects();
    let mut worker = format!(
        "worker = (modules = [{}], compatibilityDate = {}, compatibilityFlags = {}, globalOutbound = {}, \
         bindings = {}",
        modules.join(", "),
        literal(&script.compatibility_date),
        list(super::flags(&script.compatibility_flags)),
        literal(network::SERVICE),
        bindings::list(script, links, Home::Host),
    );
    if !own.is_empty() {
        let namespaces: Vec<String> = own
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
    services::add(&mut document, script, links, Home::Host);
    let user = |entrypoint: &str| format!("(name = \"user\", entrypoint = {})", literal(entrypoint));
    document.socket(
        "fetch",
        &sockets.fetch,
        INGRESS_HTTP,
        &user(shim::FRONT_ENTRYPOINT),
    );
    document.socket("events", &sockets.events, "", &user(shim::EVENTS_ENTRYPOINT));
    document.socket("ping", &sockets.ping, "", &literal(BINDING_SERVICE));
    if !own.is_empty() {
        document.service(
            "objects",
            &format!(
                "disk = (path = {}, writable = true)",
                literal(&script.object_directory.display().to_string())
            ),
        );
    }
    objects::add_door(&mut document, &own, &sockets.door);
    for (index, (entrypoint, path)) in sockets.entrypoints.iter().enumerate() {
        let called = services::own(entrypoint);
        document.socket(&format!("called{index}"), path, BETWEEN_WORKERS, &called);
    }
    document.finish()
}
