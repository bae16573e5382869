//! Bindings to entrypoints of Workers, and to objects of other Workers.

use super::BETWEEN_WORKERS;
use super::bindings::OWN_DATE;
use super::document::{Document, address};
use super::objects::{add_proxy, proxy_of};
use super::text::literal;
use crate::network::{Entrypoint, Links, Target};
use crate::script::Script;
use std::fmt::Write as _;
use std::path::Path;

/// The Worker that refuses what is asked of Workers that are not in the session.
const ABSENT: &str = "stepwell-absent";

/// The process that a configuration is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Home {
    /// The host process, which has the Worker's entrypoints and objects.
    Host,
    /// A run process.
    Run,
}

/// Adds the services that lead to other processes.
pub(crate) fn add(document: &mut Document, script: &Script, links: &Links, home: Home) {
    let mut absent = false;
    for (index, service) in script.services.iter().enumerate() {
        if is_in_process(script, &service.worker, home) {
            continue;
        }
        match links.get(&service.worker, Target::Entrypoint(service.target())) {
            Some(path) => document.service(&outside(index), &external(path)),
            None => absent = true,
        }
    }
    for (worker, classes) in script.foreign_objects() {
        let name = proxy_of(worker);
        if let Some(path) = links.get(worker, Target::Objects) {
            let door = format!("door of {worker}");
            document.service(&door, &external(path));
            add_proxy(document, &name, &classes, &literal(&door));
        } else {
            absent = true;
            add_proxy(document, &name, &classes, &refusal(worker, links));
        }
    }
    if absent {
        let module = document.module("refusing.js", include_str!("../../shim/refusing.js"));
        let worker = format!(
            "worker = (modules = [{module}], compatibilityDate = {})",
            literal(OWN_DATE)
        );
        document.service(ABSENT, &worker);
    }
}

/// The designator of the service binding `index` of a script.
pub(crate) fn designator(script: &Script, index: usize, links: &Links, home: Home) -> String {
    let service = &script.services[index];
    let entrypoint = service.target();
    if is_in_process(script, &service.worker, home) {
        return own(&entrypoint);
    }
    match links.get(&service.worker, Target::Entrypoint(entrypoint)) {
        Some(_) => literal(&outside(index)),
        None => refusal(&service.worker, links),
    }
}

/// The designator of an entrypoint of the user's Worker in its own host process.
pub(crate) fn own(entrypoint: &Entrypoint) -> String {
    let mut designator = String::from("(name = \"user\"");
    if let Some(name) = &entrypoint.name {
        let _ = write!(designator, ", entrypoint = {}", literal(name));
    }
    if let Some(props) = &entrypoint.props {
        let _ = write!(designator, ", props = (json = {})", literal(props));
    }
    designator.push(')');
    designator
}

/// A service behind a socket of another process that carries RPC.
pub(crate) fn external(socket: &Path) -> String {
    format!(
        "external = (address = {}, http = ({BETWEEN_WORKERS}))",
        address(socket)
    )
}

fn is_in_process(script: &Script, worker: &str, home: Home) -> bool {
    home == Home::Host && worker == script.name
}

fn outside(index: usize) -> String {
    format!("stepwell-service-{index}")
}

fn refusal(worker: &str, links: &Links) -> String {
    let reason = links.absence(worker);
    let props = serde_json::json!({ "reason": reason }).to_string();
    format!(
        "(name = {}, props = (json = {}))",
        literal(ABSENT),
        literal(&props)
    )
}
