//! Finds the bindings that cannot be served, and checks that every name on `env` is given once.

use super::keys::{Shape, Treatment, treatment};
use super::model::UnsupportedBinding;
use super::node::Member;
use super::node::Node;
use super::report::Report;

/// The bindings under the top-level key `member`, each with a warning.
pub(super) fn unsupported(member: &Member, shape: Shape, report: &mut Report<'_>) -> Vec<UnsupportedBinding> {
    let kind = member.name.as_str();
    let named = named(&member.value, shape);
    for (at, name) in &named {
        report.warn_running(
            *at,
            format!(
                "`{kind}` is not supported by Stepwell yet; env.{name} is a placeholder whose first use fails"
            ),
        );
    }
    let consumers = member.value.member("consumers").filter(|_| kind == "queues");
    if let Some(consumers) = consumers.filter(|consumers| !consumers.value.is_empty()) {
        report.warn_running(
            consumers.at,
            "`queues.consumers` is not supported by Stepwell yet; no message reaches the Worker",
        );
    } else if named.is_empty() && !says_nothing(&member.value) {
        report.warn_running(
            member.at,
            format!("`{kind}` is not supported by Stepwell yet; it is ignored"),
        );
    }
    let place = |at| report.place(at);
    named
        .into_iter()
        .map(|(at, name)| UnsupportedBinding {
            name,
            kind: kind.to_owned(),
            place: place(at),
        })
        .collect()
}

/// Whether there is nothing in it, as in the files that build tools write: `{ "bindings": [] }`.
fn says_nothing(value: &Node) -> bool {
    value.is_empty() || (value.is_table() && value.members().iter().all(|member| member.value.is_empty()))
}

/// Every name on `env` must be given once.
pub(super) fn check_unique(root: &Node, report: &mut Report<'_>) {
    let mut seen: Vec<(String, &str, u32)> = Vec::new();
    for (at, name, kind) in all_names(root) {
        let line = report.place(at).line;
        let Some((_, other, first)) = seen.iter().find(|(other, ..)| *other == name) else {
            seen.push((name, kind, line));
            continue;
        };
        let message = if *other == kind {
            format!("{name} assigned to multiple {kind} bindings (the first is on line {first}).")
        } else {
            format!("{name} assigned to {other} and {kind} bindings (the first is on line {first}).")
        };
        report.error_with_all(
            at,
            message,
            [
                "Bindings must have unique names, so that they can all be referenced in the worker."
                    .to_owned(),
                "Please change your bindings to have unique names.".to_owned(),
            ],
        );
    }
}

/// What wrangler calls the bindings of a key.
fn friendly(key: &str) -> &str {
    match key {
        "data_blobs" => "Data Blob",
        "durable_objects" => "Durable Object",
        "kv_namespaces" => "KV Namespace",
        "send_email" => "Send Email",
        "queues" => "Queue",
        "d1_databases" => "D1 Database",
        "vectorize" => "Vectorize Index",
        "ai_search_namespaces" => "AI Search Namespace",
        "ai_search" => "AI Search Instance",
        "agent_memory" => "Agent Memory",
        "hyperdrive" => "Hyperdrive Config",
        "r2_buckets" => "R2 Bucket",
        "services" => "Worker",
        "analytics_engine_datasets" => "Analytics Engine Dataset",
        "text_blobs" => "Text Blob",
        "browser" => "Browser Run",
        "analytics" => "Analytics SQL",
        "ai" => "AI",
        "images" => "Images",
        "stream" => "Stream",
        "media" => "Media",
        "version_metadata" => "Worker Version Metadata",
        "unsafe" => "Unsafe Metadata",
        "vars" => "Environment Variable",
        "secrets" => "Secret",
        "wasm_modules" => "Wasm Module",
        "dispatch_namespaces" => "Dispatch Namespace",
        "mtls_certificates" => "mTLS Certificate",
        "workflows" => "Workflow",
        "pipelines" => "Pipeline",
        "k2" => "K2 Stream",
        "secrets_store_secrets" => "Secrets Store Secret",
        "artifacts" => "Artifacts",
        "ratelimits" => "Rate Limit",
        "assets" => "Assets",
        "unsafe_hello_world" => "Hello World",
        "flagship" => "Flagship",
        "worker_loaders" => "Worker Loader",
        "vpc_services" => "VPC Service",
        "vpc_networks" => "VPC Network",
        other => other,
    }
}

fn all_names(root: &Node) -> Vec<(usize, String, &str)> {
    let mut all = Vec::new();
    for member in root.members() {
        let names = match (member.name.as_str(), treatment(&member.name)) {
            ("vars", _) => named(&member.value, Shape::Names),
            ("workflows" | "services", _) => named(&member.value, Shape::ListOfBinding),
            ("durable_objects", _) => named(&member.value, Shape::Under("bindings", "name")),
            ("assets" | "version_metadata", _) => named(&member.value, Shape::Single),
            ("secrets", _) => required(&member.value),
            (_, Some(Treatment::Placeholder(shape))) => named(&member.value, shape),
            _ => Vec::new(),
        };
        let kind = friendly(&member.name);
        all.extend(names.into_iter().map(|(at, name)| (at, name, kind)));
    }
    all
}

fn required(secrets: &Node) -> Vec<(usize, String)> {
    let names = secrets.get("required").map_or(&[][..], Node::elements);
    names
        .iter()
        .filter_map(|name| Some((name.at, name.text()?.to_owned())))
        .collect()
}

/// The names of the bindings that `value` lists, with the offsets of the names.
fn named(value: &Node, shape: Shape) -> Vec<(usize, String)> {
    let name = |entry: &Node, key: &str| {
        let name = entry.get(key)?;
        Some((name.at, name.text().filter(|name| !name.is_empty())?.to_owned()))
    };
    let list = |list: &Node, key: &str| {
        list.elements()
            .iter()
            .filter_map(|entry| name(entry, key))
            .collect()
    };
    match shape {
        Shape::ListOfBinding => list(value, "binding"),
        Shape::ListOfName => list(value, "name"),
        Shape::Single => name(value, "binding").into_iter().collect(),
        Shape::Names => value
            .members()
            .iter()
            .map(|member| (member.at, member.name.clone()))
            .collect(),
        Shape::Under(key, name) => value.get(key).map_or_else(Vec::new, |node| list(node, name)),
    }
}
