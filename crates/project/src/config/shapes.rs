//! Checks the keys whose bindings are not supported yet: what wrangler refuses is refused here too.

use super::keys::{Shape, Treatment, treatment};
use super::node::{Kind, Node};
use super::report::Report;

/// What the entries of a list of bindings have.
struct Entry {
    key: &'static str,
    /// Texts that must be there.
    required: &'static [&'static str],
    /// Texts that may be there.
    optional: &'static [&'static str],
    /// What else may be there.
    others: &'static [&'static str],
}

const fn entry(
    key: &'static str,
    required: &'static [&'static str],
    optional: &'static [&'static str],
    others: &'static [&'static str],
) -> Entry {
    Entry {
        key,
        required,
        optional,
        others,
    }
}

const REMOTE: &[&str] = &["remote"];

const ENTRIES: [Entry; 23] = [
    entry("kv_namespaces", &["binding"], &["id", "preview_id"], REMOTE),
    entry(
        "r2_buckets",
        &["binding"],
        &["bucket_name", "preview_bucket_name", "jurisdiction"],
        &["remote", "local_dev"],
    ),
    entry(
        "d1_databases",
        &["binding"],
        &[
            "database_id",
            "preview_database_id",
            "migrations_pattern",
            "database_name",
            "jurisdiction",
            "migrations_dir",
            "migrations_table",
            "database_internal_env",
        ],
        REMOTE,
    ),
    entry("vectorize", &["binding", "index_name"], &[], REMOTE),
    entry("ai_search_namespaces", &["binding", "namespace"], &[], REMOTE),
    entry("ai_search", &["binding", "instance_name"], &[], REMOTE),
    entry("agent_memory", &["binding", "namespace"], &[], REMOTE),
    entry(
        "hyperdrive",
        &["binding", "id"],
        &["localConnectionString"],
        REMOTE,
    ),
    entry("analytics_engine_datasets", &["binding"], &["dataset"], REMOTE),
    entry("mtls_certificates", &["binding", "certificate_id"], &[], REMOTE),
    entry(
        "dispatch_namespaces",
        &["binding"],
        &["namespace"],
        &["outbound", "remote"],
    ),
    entry("pipelines", &["binding"], &["stream", "pipeline"], REMOTE),
    entry("k2", &["binding", "stream"], &[], REMOTE),
    entry(
        "secrets_store_secrets",
        &["binding", "store_id", "secret_name"],
        &[],
        &[],
    ),
    entry("artifacts", &["binding", "namespace"], &[], REMOTE),
    entry("unsafe_hello_world", &["binding"], &[], &["enable_timer"]),
    entry("flagship", &["binding"], &["app_id"], REMOTE),
    entry("worker_loaders", &["binding"], &[], &[]),
    entry("vpc_services", &["binding", "service_id"], &[], REMOTE),
    entry("vpc_networks", &["binding"], &["tunnel_id", "network_id"], REMOTE),
    entry(
        "send_email",
        &["name"],
        &["destination_address"],
        &[
            "binding",
            "allowed_destination_addresses",
            "allowed_sender_addresses",
            "remote",
        ],
    ),
    entry("ratelimits", &["name", "namespace_id"], &[], &["simple"]),
    entry("queues", &["binding"], &["queue"], &["delivery_delay", "remote"]),
];

/// Checks all of them; what is wrong goes to `report`.
pub(super) fn check(root: &Node, report: &mut Report<'_>) {
    for member in root.members() {
        let (key, node) = (member.name.as_str(), &member.value);
        let Some(Treatment::Placeholder(shape)) = treatment(key) else {
            continue;
        };
        let field = report.path(key);
        let must_be_list = matches!(shape, Shape::ListOfBinding | Shape::ListOfName);
        if must_be_list != node.is_list() || (!must_be_list && !node.is_table()) {
            let what = if must_be_list { "an array" } else { "an object" };
            let found = node.stringify();
            report.error(
                node.at,
                format!("The field \"{field}\" should be {what} but got {found}."),
            );
            continue;
        }
        match shape {
            Shape::ListOfBinding | Shape::ListOfName => list(key, &field, node, report),
            Shape::Single => single(&field, node, report),
            Shape::Names => files(key, node, report),
            Shape::Under(..) if key == "queues" => queues(&field, node, report),
            Shape::Under(..) => named(key, &field, node, report),
        }
    }
}

fn list(key: &str, field: &str, node: &Node, report: &mut Report<'_>) {
    let Some(rules) = ENTRIES.iter().find(|rules| rules.key == key) else {
        return;
    };
    for (index, entry) in node.elements().iter().enumerate() {
        let field = format!("{field}[{index}]");
        if !entry.is_table() {
            let found = entry.stringify();
            report.error(
                entry.at,
                format!("\"{key}\" bindings should be objects, but got {found}"),
            );
            continue;
        }
        check_entry(rules, &field, entry, report);
    }
}

fn check_entry(rules: &Entry, field: &str, entry: &Node, report: &mut Report<'_>) {
    let found = || entry.stringify();
    for key in rules.required {
        let value = entry.get(key);
        if value.and_then(Node::text).is_none() {
            report.error(
                value.map_or(entry.at, |value| value.at),
                format!(
                    "\"{field}\" bindings should have a string \"{key}\" field but got {}.",
                    found()
                ),
            );
        }
    }
    for key in rules.optional {
        if let Some(value) = entry.get(key).filter(|value| value.text().is_none()) {
            report.error(
                value.at,
                format!(
                    "\"{field}\" bindings should, optionally, have a string \"{key}\" field but got {}.",
                    found()
                ),
            );
        }
    }
    if let Some(value) = entry
        .get("remote")
        .filter(|value| !matches!(value.kind, Kind::Bool(_)))
    {
        report.error(
            value.at,
            format!(
                "\"{field}\" should, optionally, have a boolean \"remote\" field but got {}.",
                found()
            ),
        );
    }
    let known: Vec<&str> = [rules.required, rules.optional, rules.others].concat();
    report.unexpected(field, entry, &known);
}

fn single(field: &str, node: &Node, report: &mut Report<'_>) {
    let binding = node.get("binding");
    if binding.and_then(Node::text).is_none() {
        report.error(
            binding.map_or(node.at, |binding| binding.at),
            format!("\"{field}\": binding should have a string \"binding\" field."),
        );
    }
}

/// `wasm_modules` and the like: names with files.
fn files(key: &str, node: &Node, report: &mut Report<'_>) {
    for member in node.members() {
        let _ = report.optional_text(node, &member.name, &format!("{key}['{}']", member.name));
    }
}

fn queues(field: &str, node: &Node, report: &mut Report<'_>) {
    report.unexpected(field, node, &["consumers", "producers"]);
    for key in ["consumers", "producers"] {
        let Some(node) = node.get(key) else { continue };
        let field = format!("{field}.{key}");
        if !node.is_list() {
            let found = node.stringify();
            report.error(
                node.at,
                format!("The field \"{field}\" should be an array but got {found}."),
            );
        }
        if key == "producers" {
            list("queues", &field, node, report);
            continue;
        }
        for (index, consumer) in node.elements().iter().enumerate() {
            if consumer.get("queue").and_then(Node::text).is_none() {
                let found = consumer.stringify();
                report.error(
                    consumer.at,
                    format!("\"{field}[{index}]\" should have a string \"queue\" field but got {found}."),
                );
            }
        }
    }
}

/// `unsafe` and `logfwdr`: bindings that have a `name`.
fn named(key: &str, field: &str, node: &Node, report: &mut Report<'_>) {
    if key == "unsafe" && !node.is_empty() {
        report.warn(
            node.at,
            "\"unsafe\" fields are experimental and may change or break at any time.",
        );
    }
    let Some(bindings) = node.get("bindings") else {
        if key == "logfwdr" {
            report.error(
                node.at,
                format!("The field \"{field}\" is missing the required \"bindings\" property."),
            );
        }
        return;
    };
    if !bindings.is_list() {
        let found = bindings.stringify();
        report.error(
            bindings.at,
            format!("The field \"{field}.bindings\" should be an array but got {found}."),
        );
    }
    let second = if key == "unsafe" { "type" } else { "destination" };
    for (index, entry) in bindings.elements().iter().enumerate() {
        for key in ["name", second] {
            if entry.get(key).and_then(Node::text).is_none() {
                report.error(
                    entry.at,
                    format!("\"{field}.bindings[{index}]\": binding should have a string \"{key}\" field."),
                );
            }
        }
    }
}
