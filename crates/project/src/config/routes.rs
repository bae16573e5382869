//! The host that requests have in production, by the first of `routes`.

use super::node::Node;

/// The host of the first route, if it has one; `routes` goes before `route`.
pub(super) fn host(root: &Node) -> Option<String> {
    let routes = root.get("routes").map_or(&[][..], Node::elements);
    let first = routes.first().or_else(|| root.get("route"))?;
    let of = |key: &str| first.get(key).and_then(Node::text).and_then(host_of);
    match first.text() {
        Some(pattern) => host_of(pattern),
        None => of("pattern").or_else(|| of("zone_name")),
    }
}

/// As wrangler takes it from a pattern: `*.example.com/api/*` gives `example.com`.
fn host_of(pattern: &str) -> Option<String> {
    let plain = ["https://", "http://"]
        .iter()
        .find_map(|scheme| pattern.strip_prefix(scheme))
        .unwrap_or(pattern);
    if plain.starts_with("*/") {
        return None; // every host
    }
    let host = plain.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.replace("*.", "").replace('*', "").to_ascii_lowercase();
    (!host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::host_of;

    #[test]
    fn a_host_is_what_is_left_of_a_pattern() {
        for (pattern, host) in [
            ("app.example.com", Some("app.example.com")),
            ("*.example.com/api/*", Some("example.com")),
            ("https://Example.com:8080/x?y", Some("example.com:8080")),
            ("*example.com/*", Some("example.com")),
            ("*/api", None),
            ("http://*/*", None),
            ("", None),
        ] {
            assert_eq!(host_of(pattern).as_deref(), host, "{pattern}");
        }
    }
}
