//! Durable Objects across processes: the door of the process that has them, and what stands for them elsewhere.

use super::BETWEEN_WORKERS;
use super::bindings::OWN_DATE;
use super::document::Document;
use super::text::literal;
use crate::script::ObjectClass;
use std::fmt::Write as _;
use std::path::Path;

/// The service whose objects stand for this Worker's own.
pub(crate) const OWN_PROXY: &str = "stepwell-objects";

/// The service whose objects stand for those of another Worker.
pub(crate) fn proxy_of(worker: &str) -> String {
    format!("{OWN_PROXY} of {worker}")
}

/// The entrypoint through which other processes reach the objects: it sees namespaces only, by class name.
pub(crate) fn add_door(document: &mut Document, objects: &[ObjectClass], socket: &Path) {
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
    document.socket("door", socket, BETWEEN_WORKERS, "\"door\"");
}

/// The Worker `name` whose objects stand in for those of another process: same namespaces, no storage, every call goes to
/// the door that the designator `door` leads to.
pub(crate) fn add_proxy(document: &mut Document, name: &str, objects: &[ObjectClass], door: &str) {
    let mut main = String::from("import { objectProxy } from \"./stepwell-object-proxy.js\";\n");
    for (index, object) in objects.iter().enumerate() {
        let name = serde_json::Value::from(object.class_name.as_str());
        let _ = writeln!(
            main,
            "const class{index} = objectProxy({name});\nexport {{ class{index} as {name} }};"
        );
    }
    let modules = [
        document.module("stepwell-objects.js", main),
        document.module(
            "stepwell-object-proxy.js",
            include_str!("../../shim/object-proxy.js"),
        ),
    ];
    let namespaces: Vec<String> = objects
        .iter()
        .map(|object| {
            format!(
                "(className = {}, uniqueKey = {})",
                literal(&object.class_name),
                literal(&object.unique_key)
            )
        })
        .collect();
    document.service(
        name,
        &format!(
            "worker = (modules = [{}], compatibilityDate = {}, durableObjectNamespaces = [{}], durableObjectStorage = \
             (inMemory = void), bindings = [(name = \"DOOR\", service = {door})])",
            modules.join(", "),
            literal(OWN_DATE),
            namespaces.join(", ")
        ),
    );
}
