//! Routes, found by hash of the host: of all that match, the most specific one wins.

use super::path::normalized;
use super::pattern::{HostPattern, PathPattern, Pattern, Scheme};
use std::cmp::Reverse;
use std::collections::HashMap;

/// The routes.
#[derive(Debug)]
pub(super) struct Rules<W> {
    exact: HashMap<String, Vec<Rule<W>>>,
    ending: HashMap<String, Vec<Rule<W>>>,
}

/// What a route says beside the host.
#[derive(Debug)]
struct Rule<W> {
    scheme: Scheme,
    path: PathPattern,
    worker: W,
}

impl<W> Default for Rules<W> {
    fn default() -> Self {
        Self {
            exact: HashMap::new(),
            ending: HashMap::new(),
        }
    }
}

impl<W> Rules<W> {
    /// Adds a route; `false` if there is one of the same pattern, which stays.
    pub(super) fn add(&mut self, pattern: &Pattern, worker: W) -> bool {
        let rules = match &pattern.host {
            HostPattern::Exact(host) => self.exact.entry(host.clone()),
            HostPattern::Ending(ending) => self.ending.entry(ending.clone()),
        };
        let rules = rules.or_default();
        let rule = Rule {
            scheme: pattern.scheme,
            path: pattern.path.clone(),
            worker,
        };
        match rules.binary_search_by(|other| other.order().cmp(&rule.order())) {
            Ok(_) => false,
            Err(place) => {
                rules.insert(place, rule);
                true
            }
        }
    }

    /// The Worker of the most specific route that matches. The host counts for more than the path.
    pub(super) fn find(&self, host: &str, target: &str, secure: bool) -> Option<&W> {
        if self.exact.is_empty() && self.ending.is_empty() {
            return None;
        }
        let target = normalized(target);
        let exact = self.exact.get(host).into_iter();
        let ending = endings(host).filter_map(|ending| self.ending.get(ending));
        let mut rules = exact.chain(ending).flatten();
        Some(&rules.find(|rule| rule.matches(&target, secure))?.worker)
    }
}

impl<W> Rule<W> {
    /// The more specific comes first.
    fn order(&self) -> (bool, Reverse<usize>, &str, bool, bool) {
        let (is_open, path) = match &self.path {
            PathPattern::Exact(path) => (false, path.as_str()),
            PathPattern::Beginning(path) => (true, path.as_str()),
        };
        let any = self.scheme == Scheme::Any;
        (
            is_open,
            Reverse(path.len()),
            path,
            any,
            self.scheme == Scheme::Http,
        )
    }

    fn matches(&self, target: &str, secure: bool) -> bool {
        let speaks = match self.scheme {
            Scheme::Any => true,
            Scheme::Http => !secure,
            Scheme::Https => secure,
        };
        speaks
            && match &self.path {
                PathPattern::Exact(path) => target == path,
                PathPattern::Beginning(path) => target.starts_with(path.as_str()),
            }
    }
}

/// What a pattern may have after its `*` so that it matches `host`, longest first: the host itself, what begins with one
/// of its dots, names or hyphens, and nothing.
fn endings(host: &str) -> impl Iterator<Item = &str> {
    let mut before = b'.';
    let places = host.bytes().enumerate().filter_map(move |(at, byte)| {
        let is_place = before == b'.' || byte == b'.' || byte == b'-';
        before = byte;
        is_place.then_some(at)
    });
    places.map(|at| &host[at..]).chain([""])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(routes: &[(&str, &'static str)], url: &str) -> Option<&'static str> {
        let mut rules = Rules::default();
        for (pattern, worker) in routes {
            assert!(
                rules.add(&pattern.parse().unwrap(), *worker),
                "{pattern} is there twice"
            );
        }
        let (scheme, rest) = url.split_once("://").unwrap();
        let (host, target) = rest.split_at(rest.find('/').unwrap());
        rules.find(host, target, scheme == "https").copied()
    }

    #[test]
    fn cloudflares_examples() {
        // From its page on routes and its list of known issues.
        for (pattern, url, matches) in [
            ("https://*.example.com/", "https://www.example.com/", true),
            ("https://*.example.com/", "http://www.example.com/", false),
            ("*.example.com/", "http://www.example.com/", true),
            ("*example.com/", "https://example.com/", true),
            ("*example.com/", "https://www.example.com/", true),
            ("*example.com/", "https://myexample.com/", false),
            ("*.example.com/", "https://example.com/", false),
            ("https://example.com/path*", "https://example.com/path", true),
            ("https://example.com/path*", "https://example.com/path2", true),
            (
                "https://example.com/path*",
                "https://example.com/path/readme.txt",
                true,
            ),
            (
                "https://example.com/path/*",
                "https://example.com/path/readme.txt",
                true,
            ),
            ("https://example.com/path/*", "https://example.com/path2", false),
            ("example.com", "https://example.com/", true),
            ("example.com", "https://example.com/a", false),
            ("example.com/a", "https://example.com/a?query", false),
            ("example.com/a*", "https://example.com/a?query", true),
            ("example.com/Images/*", "https://example.com/images/x", false),
            ("*-dev.example.com/*", "https://a-dev.example.com/x", true),
            ("*-dev.example.com/*", "https://dev.example.com/x", false),
            ("*/*", "https://anything.example/x", true),
        ] {
            let worker = found(&[(pattern, "it")], url);
            assert_eq!(worker.is_some(), matches, "{pattern} {url}");
        }
        let pair = [("*.example.com/a", "A"), ("a.example.com/*", "B")];
        assert_eq!(found(&pair, "https://a.example.com/a"), Some("B"));
    }

    #[test]
    fn the_way_a_path_is_written_evades_no_route() {
        let routes = [("h/admin/*", "guard"), ("h/*", "open")];
        for target in [
            "/admin/x",
            "/x/../admin/x",
            "/%61dmin/x",
            "/./admin/x",
            "/x/%2E%2e/admin/x",
        ] {
            assert_eq!(
                found(&routes, &format!("http://h{target}")),
                Some("guard"),
                "{target}"
            );
        }
        assert_eq!(found(&routes, "http://h/x/admin/x"), Some("open"));
    }

    /// What `pattern` means, by its letter.
    fn matches(pattern: &Pattern, host: &str, target: &str, secure: bool) -> bool {
        let host_matches = match &pattern.host {
            HostPattern::Exact(exact) => host == exact,
            HostPattern::Ending(ending) => {
                let begins = host.len().wrapping_sub(ending.len());
                host.ends_with(ending.as_str())
                    && (begins == 0
                        || ending.is_empty()
                        || ending.starts_with(['.', '-'])
                        || host[..begins].ends_with('.'))
            }
        };
        let path_matches = match &pattern.path {
            PathPattern::Exact(path) => target == path,
            PathPattern::Beginning(path) => target.starts_with(path.as_str()),
        };
        let scheme_matches = match pattern.scheme {
            Scheme::Any => true,
            Scheme::Http => !secure,
            Scheme::Https => secure,
        };
        host_matches && path_matches && scheme_matches
    }

    /// How specific a pattern is, host first.
    fn specificity(pattern: &Pattern) -> (bool, usize, bool, usize, bool) {
        let (exact_host, host) = match &pattern.host {
            HostPattern::Exact(host) => (true, host.len()),
            HostPattern::Ending(ending) => (false, ending.len()),
        };
        let (exact_path, path) = match &pattern.path {
            PathPattern::Exact(path) => (true, path.len()),
            PathPattern::Beginning(path) => (false, path.len()),
        };
        (exact_host, host, exact_path, path, pattern.scheme != Scheme::Any)
    }

    fn host() -> impl Strategy<Value = String> {
        proptest::collection::vec("[ab]{1,2}(-[ab])?", 1..4).prop_map(|labels| labels.join("."))
    }

    fn pattern() -> impl Strategy<Value = String> {
        let scheme = prop_oneof![3 => Just(""), 1 => Just("http://"), 1 => Just("https://")];
        let star = prop_oneof![2 => Just(""), 1 => Just("*"), 2 => Just("*."), 1 => Just("*-")];
        (
            scheme,
            star,
            host(),
            "/[ab]{0,2}(/[ab])?",
            prop_oneof![Just(""), Just("*")],
        )
            .prop_map(|(scheme, star, host, path, open)| format!("{scheme}{star}{host}{path}{open}"))
    }

    proptest! {
        #[test]
        fn the_most_specific_route_wins(
            patterns in proptest::collection::vec(pattern(), 0..12),
            host in host(),
            target in "/[ab]{0,3}(/[ab]{0,2})?(\\?[ab])?",
            secure: bool,
        ) {
            let mut rules = Rules::default();
            let mut known: Vec<(Pattern, usize)> = Vec::new();
            for (worker, text) in patterns.iter().enumerate() {
                // A hyphen in front is no host: such a pattern is refused, and others are tried.
                let Ok(pattern) = text.parse::<Pattern>() else { continue };
                let is_new = known.iter().all(|(other, _)| *other != pattern);
                prop_assert_eq!(rules.add(&pattern, worker), is_new);
                if is_new {
                    known.push((pattern, worker));
                }
            }
            let best = known
                .iter()
                .filter(|(pattern, _)| matches(pattern, &host, &target, secure))
                .max_by_key(|(pattern, _)| specificity(pattern));
            let expected = best.map(|(_, worker)| worker);
            prop_assert_eq!(rules.find(&host, &target, secure), expected);
        }
    }
}
