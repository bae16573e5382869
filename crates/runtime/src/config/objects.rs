//! Durable Objects across processes: the door of the process that has them, and what stands for them elsewhere.

use super::BETWEEN_WORKERS;
use super::bindings::OWN_DATE;
use super::document::Document;
use super::text::literal;
use crate::script::ObjectClass;
use crate::shim;
use std::path::Path;

/// The service whose objects stand for this Worker's own.
pub(crate) const OWN_PROXY: &str = "stepwell-objects";

/// The service whose objects stand for those of another Worker.
pub(crate) fn proxy_of(worker: &str) -> String {
    format!("{OWN_PROXY} of {worker}")
}

/// The entrypoint through which other processes reach the objects: it sees namespaces only, by unique key.
pub(crate) fn add_door(document: &mut Document, objects: &[ObjectClass], socket: &Path) {
    let module = document.module("stepwell-door.js", include_str!("../../shim/door.js"));
    let namespaces: Vec<String> = objects
        .iter()
        .map(|object| {
            format!(
                "(name = {}, durableObjectNamespace = (className = {}, serviceName = \"user\"))",
                literal(&object.unique_key),
                literal(&object.class_name)
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
    document.socket("door", socket, BETWEEN_WORKERS, "\"door\"");
}

/// The Worker `name` whose objects stand in for those of another process: same namespaces, no storage, every call goes to
/// the door that the designator `door` leads to.
pub(crate) fn add_proxy(document: &mut Document, name: &str, objects: &[ObjectClass], door: &str) {
    let main = format!(
        "import {{ objectProxy }} from \"./stepwell-object-proxy.js\";\n{}",
        shim::object_proxies(objects, None)
    );
    let modules = [
        document.module("stepwell-objects.js", main),
        document.module(
            "stepwell-object-proxy.js",
            include_str!("../../shim/object-proxy.js"),
        ),
    ];
    document.service(
        name,
        &format!(
            "worker = (modules = [{}], compatibilityDate = {}, bindings = [(name = \"DOOR\", service = {door})]{})",
            modules.join(", "),
            literal(OWN_DATE),
            namespaces(objects, Storage::Elsewhere)
        ),
    );
}

/// Where the objects of a Worker's namespaces are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Storage {
    /// In the directory that the service [`DISK`] has.
    Disk,
    /// In another process: what is here stands for them and keeps nothing.
    Elsewhere,
}

/// The service of the directory of objects.
pub(crate) const DISK: &str = "objects";

/// The part of a Worker's definition that gives it namespaces of its own classes.
pub(crate) fn namespaces(objects: &[ObjectClass], storage: Storage) -> String {
    if objects.is_empty() {
        return String::new();
    }
    let each: Vec<String> = objects
        .iter()
        .map(|object| {
            format!(
                "(className = {}, uniqueKey = {}, enableSql = {})",
                literal(&object.class_name),
                literal(&object.unique_key),
                object.sqlite && storage == Storage::Disk
            )
        })
        .collect();
    let storage = match storage {
        Storage::Disk => format!("localDisk = {}", literal(DISK)),
        Storage::Elsewhere => "inMemory = void".to_owned(),
    };
    format!(
        ", durableObjectNamespaces = [{}], durableObjectStorage = ({storage})",
        each.join(", ")
    )
}
