//! Which Worker has which address: the hosts that all Workers have by their names, custom hosts, and routes.

mod directory;
mod path;
mod pattern;
mod rules;

pub use directory::{Directory, Listed, Naming};
pub use pattern::{Pattern, PatternError};

use super::{Asked, Host};
use rules::Rules;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Which Worker has which address. Plain data: another one takes its place when something changes.
#[derive(Debug)]
struct Table<W> {
    /// By the host that a Worker has by its name.
    own: HashMap<String, W>,
    rules: Rules<W>,
    custom: HashMap<String, W>,
    /// The Worker for hosts that name a machine.
    machine: Option<W>,
    /// The Worker for hosts that nobody has.
    other: Option<W>,
}

impl<W> Default for Table<W> {
    fn default() -> Self {
        Self {
            own: HashMap::new(),
            rules: Rules::default(),
            custom: HashMap::new(),
            machine: None,
            other: None,
        }
    }
}

impl<W> Table<W> {
    /// Gives `host` to a Worker by its name; `false` if another one has it.
    fn add_own(&mut self, host: &Host, worker: W) -> bool {
        add(&mut self.own, host, worker)
    }

    /// Gives `host` to a Worker for all that no route is for; `false` if another one has it.
    fn add_custom(&mut self, host: &Host, worker: W) -> bool {
        add(&mut self.custom, host, worker)
    }

    /// Gives what `pattern` matches to a Worker; `false` if another one has it.
    fn add_route(&mut self, pattern: &Pattern, worker: W) -> bool {
        self.rules.add(pattern, worker)
    }

    /// The Worker for what is asked, `domains` being those whose subdomains are Workers.
    fn find(&self, asked: &Asked<'_>, domains: &[Host]) -> Option<&W> {
        let Some(host) = asked.host else {
            return self.machine.as_ref();
        };
        let name = host.as_str();
        // Nobody takes over the host that another Worker has by its name.
        if let Some(worker) = self.own.get(name) {
            return Some(worker);
        }
        let routed = self.rules.find(name, asked.target, asked.secure);
        if let Some(worker) = routed.or_else(|| self.custom.get(name)) {
            return Some(worker);
        }
        if host.is_machine() {
            return self.machine.as_ref();
        }
        // A Worker that is not there must not be mistaken for another one.
        let is_missing = domains.iter().any(|domain| is_below(name, domain.as_str()));
        self.other.as_ref().filter(|_| !is_missing)
    }
}

fn add<W>(hosts: &mut HashMap<String, W>, host: &Host, worker: W) -> bool {
    match hosts.entry(host.as_str().to_owned()) {
        Entry::Occupied(_) => false,
        Entry::Vacant(place) => {
            place.insert(worker);
            true
        }
    }
}

/// Whether `host` is a subdomain of `domain`.
fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find<'a>(table: &'a Table<&'static str>, url: &str) -> Option<&'a str> {
        let (scheme, rest) = url.split_once("://").unwrap();
        let (host, target) = rest.split_at(rest.find('/').unwrap());
        let host = Host::parse(host);
        let asked = Asked {
            host: host.as_ref(),
            target,
            secure: scheme == "https",
        };
        let domains = [Host::parse("workers.example").unwrap()];
        table.find(&asked, &domains).copied()
    }

    fn host(text: &str) -> Host {
        Host::parse(text).unwrap()
    }

    #[test]
    fn own_hosts_go_before_routes_and_routes_before_custom_hosts() {
        let mut table = Table::default();
        assert!(table.add_own(&host("a.workers.example"), "a"));
        assert!(!table.add_own(&host("A.workers.example."), "b"));
        assert!(table.add_custom(&host("shop.example"), "shop"));
        assert!(table.add_route(&"*.workers.example/*".parse().unwrap(), "thief"));
        assert!(table.add_route(&"shop.example/log/*".parse().unwrap(), "log"));
        for (url, expected) in [
            ("http://a.workers.example/", Some("a")),
            ("http://c.workers.example/", Some("thief")),
            ("http://shop.example/", Some("shop")),
            ("http://shop.example/log/x", Some("log")),
            ("http://other.example/", None),
            ("http://127.0.0.1/", None),
        ] {
            assert_eq!(find(&table, url), expected, "{url}");
        }
    }

    #[test]
    fn defaults_are_for_who_asks_for_no_worker_in_particular() {
        let table = Table {
            machine: Some("machine"),
            other: Some("other"),
            ..Table::default()
        };
        for (url, expected) in [
            ("http://localhost/", Some("machine")),
            ("http://[::1]/", Some("machine")),
            ("http:///", Some("machine")),
            ("http://shop.example/", Some("other")),
            ("http://workers.example/", Some("other")),
            ("http://missing.workers.example/", None),
            ("http://notworkers.example/", Some("other")),
        ] {
            assert_eq!(find(&table, url), expected, "{url}");
        }
    }
}
