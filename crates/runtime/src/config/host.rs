//! The configuration of a host process: the Worker's entrypoints, its Durable Objects on disk, or both.

use super::bindings::{self, BINDING_SERVICE};
use super::document::{ConfigFiles, Document};
use super::objects::Storage;
use super::services::{self, Home};
use super::tails::{self, TailSockets};
use super::text::{list, literal};
use super::{BETWEEN_WORKERS, DOOR, network, objects};
use crate::directory::SocketDirectory;
use crate::network::{Entrypoint, Links, Sockets, Target};
use crate::script::Script;
use crate::shim::{self, HostMain};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What the ingress says in headers that the Worker never sees: `request.cf` and the protocol of `request.url`. It takes
/// care that no client can.
const INGRESS_HTTP: &str = "cfBlobHeader = \"CF-Blob\", forwardedProtoHeader = \"Stepwell-Protocol\"";

/// What a host process is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Role {
    /// All of the Worker: its entrypoints and its objects.
    Whole,
    /// Its entrypoints; this socket is the way to the process that has the objects.
    Front(PathBuf),
    /// The same, to see whether the code starts and what it exports.
    Trial(PathBuf),
    /// Its objects.
    Objects,
}

/// The sockets of a host process; which there are depends on its role.
#[derive(Debug, Clone)]
pub(crate) struct HostSockets {
    /// The Worker's `fetch`.
    pub(crate) fetch: PathBuf,
    /// Where the engine brings events that are no HTTP requests.
    pub(crate) events: PathBuf,
    /// Says what the user's module exports.
    pub(crate) inspect: PathBuf,
    /// Where other processes reach objects.
    pub(crate) door: PathBuf,
    /// Where others call what.
    pub(crate) entrypoints: BTreeMap<Entrypoint, PathBuf>,
    /// Answers whenever the process is not stuck.
    pub(crate) ping: PathBuf,
    /// Where its invocations are told of.
    pub(crate) tail: TailSockets,
}

impl HostSockets {
    /// Those of the host process with this number.
    pub(crate) fn new(directory: &SocketDirectory, number: u64) -> Self {
        let path = |name: &str| directory.path(&format!("h{number}.{name}"));
        Self {
            fetch: path("fetch"),
            events: path("events"),
            inspect: path("inspect"),
            door: path("door"),
            ping: path("ping"),
            tail: TailSockets {
                logs: path("logs"),
                wanted: path("tail"),
            },
            entrypoints: BTreeMap::new(),
        }
    }

    /// Makes places for calls of `entrypoints`.
    pub(crate) fn call(
        &mut self,
        directory: &SocketDirectory,
        number: u64,
        entrypoints: BTreeSet<Entrypoint>,
    ) {
        let path = |index| directory.path(&format!("h{number}.e{index}"));
        let entrypoints = entrypoints.into_iter().enumerate();
        self.entrypoints = entrypoints
            .map(|(index, entrypoint)| (entrypoint, path(index)))
            .collect();
    }

    /// Where others call entrypoints.
    pub(crate) fn called(&self) -> Sockets {
        let entrypoints = self.entrypoints.iter();
        entrypoints
            .map(|(entrypoint, path)| (Target::Entrypoint(entrypoint.clone()), path.clone()))
            .collect()
    }

    /// All that the process listens on.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Path> {
        let Self {
            fetch,
            events,
            inspect,
            door,
            entrypoints,
            ping,
            tail,
        } = self;
        [fetch, events, inspect, door, ping, &tail.wanted]
            .into_iter()
            .chain(entrypoints.values())
            .map(PathBuf::as_path)
    }
}

/// The configuration of a host process of `script`.
pub(crate) fn config(
    script: &Script,
    role: &Role,
    sockets: &HostSockets,
    links: &Links,
    engine: &Path,
) -> ConfigFiles {
    let mut document = Document::default();
    document.heap(script.limits.heap_mb);
    add_worker(&mut document, script, role, sockets, links);
    network::add(&mut document, &script.outbound);
    bindings::add_services(&mut document, script, engine);
    services::add(&mut document, script, links, Home::Host);
    tails::add(&mut document, &sockets.tail);
    let user = |entrypoint: &str| format!("(name = \"user\", entrypoint = {})", literal(entrypoint));
    document.socket("ping", &sockets.ping, "", &literal(BINDING_SERVICE));
    if *role != Role::Objects {
        document.socket(
            "fetch",
            &sockets.fetch,
            INGRESS_HTTP,
            &user(shim::FRONT_ENTRYPOINT),
        );
        document.socket("events", &sockets.events, "", &user(shim::EVENTS_ENTRYPOINT));
        for (index, (entrypoint, path)) in sockets.entrypoints.iter().enumerate() {
            let called = services::own(entrypoint);
            document.socket(&format!("called{index}"), path, BETWEEN_WORKERS, &called);
        }
    }
    let own = script.own_objects();
    if let Role::Front(door) | Role::Trial(door) = role {
        if !own.is_empty() {
            document.service(DOOR, &services::external(door));
        }
        document.socket("inspect", &sockets.inspect, "", &user(shim::EXPORTS_ENTRYPOINT));
    } else {
        if !own.is_empty() {
            let path = literal(&script.object_directory.display().to_string());
            document.service(objects::DISK, &format!("disk = (path = {path}, writable = true)"));
        }
        objects::add_door(&mut document, &own, &sockets.door);
    }
    document.finish()
}

/// Adds the user's Worker.
fn add_worker(document: &mut Document, script: &Script, role: &Role, sockets: &HostSockets, links: &Links) {
    let own = script.own_objects();
    let called = sockets
        .entrypoints
        .keys()
        .filter_map(|entrypoint| entrypoint.name.as_deref());
    let itself = script
        .services
        .iter()
        .filter(|service| service.worker == script.name)
        .filter_map(|service| service.entrypoint.as_deref());
    let is_front = matches!(role, Role::Front(_) | Role::Trial(_));
    let main = HostMain {
        called: called.chain(itself).collect(),
        elsewhere: if is_front { &own } else { &[] },
        inspected: is_front,
        is_trial: matches!(role, Role::Trial(_)),
    };
    let guard = network::guard(document, script);
    let main = format!("{}{}", guard.import, shim::host_module(script, &main));
    let mut modules = vec![
        document.module(shim::HOST_MAIN_MODULE, main),
        document.module(&script.main, script.code.clone()),
    ];
    for (name, source) in shim::HOST_MODULES {
        modules.push(document.module(name, *source));
    }
    modules.extend(script.modules.iter().map(|module| document.asset(module)));
    modules.extend(guard.modules);
    let mut bound = bindings::entries(script, links, Home::Host);
    bound.extend(guard.bindings);
    if is_front && !own.is_empty() {
        let door = literal(DOOR);
        bound.push(format!("(name = {door}, service = {door})"));
    }
    let storage = if is_front {
        Storage::Elsewhere
    } else {
        Storage::Disk
    };
    let worker = format!(
        "worker = (modules = [{}], compatibilityDate = {}, compatibilityFlags = {}, globalOutbound = {}, \
         bindings = [{}], tails = [{}]{})",
        modules.join(", "),
        literal(&script.compatibility_date),
        list(super::flags(&script.compatibility_flags)),
        literal(network::SERVICE),
        bound.join(", "),
        literal(tails::SERVICE),
        objects::namespaces(&own, storage),
    );
    document.service("user", &worker);
}
