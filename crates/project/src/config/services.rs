//! Reads `services`: bindings to other Workers.

use super::model::ServiceBinding;
use super::node::{Kind, Node};
use super::report::Report;

/// The service bindings; what is wrong goes to `report`.
pub(super) fn read(root: &Node, report: &mut Report<'_>) -> Vec<ServiceBinding> {
    let entries = report.entries(root, "services");
    let read = entries
        .iter()
        .map(|(field, entry)| read_one(field, entry, report));
    read.flatten().collect()
}

fn read_one(field: &str, entry: &Node, report: &mut Report<'_>) -> Option<ServiceBinding> {
    const KEYS: [&str; 7] = [
        "binding",
        "service",
        "environment",
        "entrypoint",
        "props",
        "remote",
        "dev",
    ];
    if !entry.is_table() {
        let found = entry.stringify();
        report.error(
            entry.at,
            format!("\"services\" bindings should be objects, but got {found}"),
        );
        return None;
    }
    let mut text = |key: &str, required: bool| {
        let value = entry.get(key);
        let text = value.and_then(Node::text);
        if text.is_none() && (required || value.is_some()) {
            let found = entry.stringify();
            report.error(
                value.map_or(entry.at, |value| value.at),
                format!("\"{field}\" bindings should have a string \"{key}\" field but got {found}."),
            );
        }
        text.map(str::to_owned)
    };
    let (binding, service) = (text("binding", true), text("service", true));
    let (entrypoint, environment) = (text("entrypoint", false), text("environment", false));
    let props = entry.get("props");
    if let Some(props) = props.filter(|props| !props.is_table()) {
        let found = props.stringify();
        report.error(
            props.at,
            format!(
                "\"{field}\" bindings should, optionally, have an object \"props\" field but got {found}."
            ),
        );
    }
    if environment.is_some() {
        let at = entry.member("environment").map_or(entry.at, |member| member.at);
        report.warn_running(at, format!("`{field}.environment` is not supported by stepwell dev: an environment is a Worker of its own, named in `service` (NAME-ENVIRONMENT); it is ignored"));
    }
    remote(field, entry, report);
    if let Some(member) = entry.member("dev") {
        report.warn_running(
            member.at,
            format!("`{field}.dev` is not supported by Stepwell yet; the Worker of that name is called"),
        );
    }
    report.unexpected(field, entry, &KEYS);
    Some(ServiceBinding {
        binding: binding?,
        service: service?,
        entrypoint,
        props: props.map(Node::to_json),
        place: report.place(entry.at),
    })
}

fn remote(field: &str, entry: &Node, report: &mut Report<'_>) {
    let Some(member) = entry.member("remote") else {
        return;
    };
    match member.value.kind {
        Kind::Bool(true) => report.warn_running(
            member.at,
            format!("`{field}.remote` is not supported by stepwell dev: everything runs on this machine; the local Worker is called"),
        ),
        Kind::Bool(false) => {}
        _ => {
            let found = entry.stringify();
            report.error(
                member.value.at,
                format!("\"{field}\" should, optionally, have a boolean \"remote\" field but got {found}."),
            );
        }
    }
}
