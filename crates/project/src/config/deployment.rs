//! Checks the keys that are about the deployment: they say nothing about what runs here, and what wrangler refuses
//! is refused here too.

use super::node::{Kind, Member, Node};
use super::report::Report;

const BOOLEANS: [&str; 7] = [
    "workers_dev",
    "preview_urls",
    "first_party_worker",
    "logpush",
    "upload_source_maps",
    "send_metrics",
    "keep_vars",
];

const TEXTS: [&str; 3] = ["$schema", "account_id", "pages_build_output_dir"];

const ROUTE_SHAPE: &str = "{ pattern, custom_domain, zone_id | zone_name, enabled, previews_enabled }";

/// Checks all of them; what is wrong goes to `report`.
pub(super) fn check(root: &Node, report: &mut Report<'_>) {
    for key in BOOLEANS {
        let _ = report.optional_bool(root, key, key);
    }
    for key in TEXTS {
        let _ = report.optional_text(root, key, key);
    }
    let _ = report.optional_choice(
        root,
        "compliance_region",
        "compliance_region",
        &["public", "fedramp_high"],
    );
    for key in ["account_id", "route"] {
        if let Some(member) = root.member(key).filter(|member| member.value.text() == Some("")) {
            report.warn(member.at, format!("The \"{key}\" field in your configuration is an empty string and will be ignored. Please remove the \"{key}\" field from your configuration."));
        }
    }
    routes(root, report);
    placement(root, report);
    observability(root, report);
    cache(root, report);
    removed(root, report);
}

/// Keys that are not taken any more, at the top or in an environment.
fn removed(root: &Node, report: &mut Report<'_>) {
    if let Some(member) = root.member("node_compat") {
        report.error(member.at, "The \"node_compat\" field is no longer supported as of Wrangler v4. Instead, use the `nodejs_compat` compatibility flag. This includes the functionality from legacy `node_compat` polyfills and natively implemented Node.js APIs. See https://developers.cloudflare.com/workers/runtime-apis/nodejs for more information.");
    }
    if let Some(member) = root.get("site").and_then(|site| site.member("entry-point")) {
        report.warn(member.at, "\"site.entry-point\": Delete the `site.entry-point` field, then add the top level `main` field to your configuration file");
    }
}

/// Keys that build tools still write, and people may not.
pub(super) fn refuse_removed(root: &Node, report: &mut Report<'_>) {
    if let Some(member) = root.member("legacy_env") {
        report.error_with(
            member.at,
            "The \"legacy_env\" field is no longer supported, so please remove it from your configuration file.",
            "Service environments have been removed, and each environment is now deployed as its own Worker named \"<name>-<environment>\". This matches the behaviour of \"legacy_env = true\", which was the default, so removing the field will not change how your Worker is deployed.",
        );
    }
}

fn routes(root: &Node, report: &mut Report<'_>) {
    if let Some(node) = root
        .get("route")
        .filter(|node| node.text() != Some("") && !is_route(node))
    {
        let found = node.stringify();
        report.error(node.at, format!("Expected \"route\" to be either a string, or an object with shape {ROUTE_SHAPE}, but got {found}."));
    }
    let Some(member) = root.member("routes") else {
        return;
    };
    if !member.value.is_list() {
        let found = member.value.stringify();
        report.error(
            member.value.at,
            format!("Expected \"routes\" to be an array but got {found}."),
        );
    }
    for node in member.value.elements().iter().filter(|node| !is_route(node)) {
        let found = node.stringify();
        report.error(node.at, format!("Expected \"routes\" to be an array of either strings or objects with the shape {ROUTE_SHAPE}, but these weren't valid: {found}."));
    }
    if root.get("route").is_some_and(|route| route.text() != Some("")) {
        report.error(
            member.at,
            "Expected exactly one of the following fields [\"routes\",\"route\"].",
        );
    }
}

fn is_route(node: &Node) -> bool {
    if let Some(text) = node.text() {
        return !text.is_empty();
    }
    let is = |member: &Member| match member.name.as_str() {
        "pattern" | "zone_id" | "zone_name" => member.value.text().is_some(),
        "custom_domain" | "enabled" | "previews_enabled" => matches!(member.value.kind, Kind::Bool(_)),
        _ => false,
    };
    let has = |key: &str| node.get(key).is_some();
    let zones = usize::from(has("zone_id")) + usize::from(has("zone_name"));
    has("pattern")
        && node.members().iter().all(is)
        && zones < 2
        && (zones == 1 || has("custom_domain"))
        && (has("custom_domain") || !(has("enabled") || has("previews_enabled")))
}

fn placement(root: &Node, report: &mut Report<'_>) {
    const TARGETS: [&str; 3] = ["region", "host", "hostname"];
    let Some(node) = root.get("placement") else { return };
    if !node.is_table() {
        let found = node.stringify();
        report.error(
            node.at,
            format!("The field \"placement\" should be an object but got {found}."),
        );
        return;
    }
    let targets: Vec<&Member> = TARGETS.iter().filter_map(|key| node.member(key)).collect();
    if let Some(hint) = node.member("hint").filter(|_| !targets.is_empty()) {
        report.error(hint.at, "\"placement\" cannot have both \"hint\" (smart format) and \"region\"/\"host\"/\"hostname\" (targeted format) fields");
        return;
    }
    if let [_, second, ..] = targets[..] {
        let names: Vec<String> = targets
            .iter()
            .map(|member| format!("{:?}", member.name))
            .collect();
        let names = names.join(", ");
        report.error(
            second.at,
            format!("\"placement\" fields {names} are mutually exclusive. Only one can be specified."),
        );
    }
    for member in &targets {
        let field = format!("placement.{}", member.name);
        if let Some((at, "")) = report.optional_text(node, &member.name, &field) {
            report.error(at, format!("\"{field}\" must be a non-empty string."));
        }
    }
    let modes: &[&str] = match (node.get("hint").is_some(), targets.is_empty()) {
        (true, _) => &["off", "smart"],
        (_, false) => &["targeted"],
        _ => &["off", "smart", "targeted"],
    };
    let mode = report.optional_choice(node, "mode", "placement.mode", modes);
    if node.get("mode").is_none() && targets.is_empty() {
        report.error(node.at, "\"placement.mode\" is a required field.");
    }
    if mode == Some("targeted") && targets.is_empty() {
        report.error(
            node.at,
            "\"placement.region\" or \"placement.host\" or \"placement.hostname\" is required.",
        );
    }
    if let Some(hint) = node
        .member("hint")
        .filter(|_| mode.is_some_and(|mode| mode != "smart"))
    {
        report.error(
            hint.at,
            "\"placement.hint\" can only be set when \"placement.mode\" is \"smart\"",
        );
    }
}

fn observability(root: &Node, report: &mut Report<'_>) {
    const PARTS: [(&str, &[&str]); 3] = [
        (
            "logs",
            &[
                "enabled",
                "head_sampling_rate",
                "invocation_logs",
                "destinations",
                "persist",
            ],
        ),
        (
            "traces",
            &["enabled", "head_sampling_rate", "destinations", "persist"],
        ),
        ("issues", &["enabled"]),
    ];
    let Some(node) = root.get("observability") else {
        return;
    };
    if !matches!(node.kind, Kind::Table(_) | Kind::List(_)) {
        let found = node.stringify();
        report.error(
            node.at,
            format!("\"observability\" should be an object but got {found}."),
        );
        return;
    }
    let known = [
        "enabled",
        "head_sampling_rate",
        "redact_query_string",
        "issues",
        "logs",
        "traces",
    ];
    report.unexpected("observability", node, &known);
    let mut has_enabled = node.get("enabled").is_some();
    sampling(node, "observability", report);
    for key in ["enabled", "redact_query_string"] {
        let _ = report.optional_bool(node, key, &format!("observability.{key}"));
    }
    for (key, known) in PARTS {
        let field = format!("observability.{key}");
        let Some(part) = report.optional_table(node, key, &field) else {
            continue;
        };
        has_enabled |= part.get("enabled").is_some();
        report.unexpected("observability", part, known);
        sampling(part, &field, report);
        for key in ["enabled", "invocation_logs", "persist"] {
            let _ = report.optional_bool(part, key, &format!("{field}.{key}"));
        }
        if let Some(list) = part.get("destinations") {
            let _ = report.typed_texts(&format!("{key}.destinations"), list);
        }
    }
    if !has_enabled {
        report.error(node.at, "\"observability.enabled\" or \"observability.logs.enabled\" or \"observability.traces.enabled\" or \"observability.issues.enabled\" is required.");
    }
}

fn sampling(node: &Node, field: &str, report: &mut Report<'_>) {
    let key = "head_sampling_rate";
    let field = format!("{field}.{key}");
    let rate = report.optional_number(node, key, &field);
    if let (Some(value), Some(rate)) = (node.get(key), rate)
        && !(0.0..=1.0).contains(&rate)
    {
        report.error(value.at, format!("\"{field}\" must be a value between 0 and 1."));
    }
}

fn cache(root: &Node, report: &mut Report<'_>) {
    let Some(node) = report.optional_table(root, "cache", "cache") else {
        return;
    };
    report.unexpected("cache", node, &["enabled", "cross_version_cache"]);
    for key in ["enabled", "cross_version_cache"] {
        let _ = report.optional_bool(node, key, &format!("cache.{key}"));
    }
    if node.get("enabled").is_none() {
        report.error(node.at, "\"cache.enabled\" is a required field.");
    }
}
