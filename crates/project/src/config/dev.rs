//! Reads `dev`: how the development server listens.

use super::model::Dev;
use super::node::{Kind, Node};
use super::report::Report;

const KEYS: [&str; 10] = [
    "ip",
    "port",
    "inspector_port",
    "inspector_ip",
    "local_protocol",
    "upstream_protocol",
    "host",
    "enable_containers",
    "container_engine",
    "generate_types",
];

const PROTOCOLS: [&str; 2] = ["http", "https"];

/// The settings of `dev`; what is wrong goes to `report`.
pub(super) fn read(root: &Node, report: &mut Report<'_>) -> Dev {
    let Some(node) = root.get("dev") else {
        return Dev::default();
    };
    if !node.is_table() {
        let found = node.stringify();
        report.error(
            node.at,
            format!("Expected \"dev\" to be of type object but got {found}."),
        );
        return Dev::default();
    }
    report.unexpected("dev", node, &KEYS);
    let ip = report
        .optional_text(node, "ip", "dev.ip")
        .map(|(_, ip)| ip.to_owned());
    let local = report.optional_choice(node, "local_protocol", "dev.local_protocol", &PROTOCOLS);
    let upstream = report.optional_choice(node, "upstream_protocol", "dev.upstream_protocol", &PROTOCOLS);
    let host = report.optional_text(node, "host", "dev.host");
    let host = host.map(|(_, host)| host.to_owned());
    for key in ["inspector_ip", "container_engine"] {
        let _ = report.optional_text(node, key, &format!("dev.{key}"));
    }
    for key in ["enable_containers", "generate_types"] {
        let _ = report.optional_bool(node, key, &format!("dev.{key}"));
    }
    let https = local == Some("https");
    warn_without_effect(node, report);
    Dev {
        ip,
        port: port(node, "port", report),
        https,
        host,
        upstream_https: upstream.map(|upstream| upstream == "https"),
        inspector_port: port(node, "inspector_port", report),
    }
}

/// Keys that are checked and that nothing acts on, where they ask for something.
fn warn_without_effect(node: &Node, report: &mut Report<'_>) {
    let mut warn = |key: &str, asked: bool, consequence: &str| {
        if let Some(member) = node.member(key).filter(|_| asked) {
            report.warn_running(
                member.at,
                format!("`dev.{key}` is not supported by Stepwell yet; {consequence}"),
            );
        }
    };
    let is_true = |key: &str| matches!(node.get(key).map(|node| &node.kind), Some(Kind::Bool(true)));
    warn("inspector_ip", true, "the inspector listens on 127.0.0.1");
    warn("container_engine", true, "no containers are started");
    warn(
        "generate_types",
        is_true("generate_types"),
        "run `wrangler types` yourself",
    );
}

fn port(node: &Node, key: &str, report: &mut Report<'_>) -> Option<u16> {
    let field = format!("dev.{key}");
    let number = report.optional_number(node, key, &field)?;
    // Port 0 asks the system for a free one, as with wrangler.
    if number.fract() == 0.0 && (0.0..=f64::from(u16::MAX)).contains(&number) {
        return Some(number as u16);
    }
    let at = node.get(key).map_or(node.at, |port| port.at);
    report.error(
        at,
        format!("\"{field}\" must be a port number from 0 to 65535 but got {number}."),
    );
    None
}
