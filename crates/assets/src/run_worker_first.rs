//! `run_worker_first`: which requests reach the Worker although there may be a file. The rules' texts are wrangler's.

use std::collections::HashSet;
use std::fmt::Write as _;

use crate::error::Error;

const MAX_RULES: usize = 100;
const MAX_RULE_LENGTH: usize = 100;
const MAX_DUPLICATES_SHOWN: usize = 5;

/// Which requests reach the Worker although there may be a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum RunWorkerFirst {
    /// None.
    #[default]
    Never,
    /// All.
    Always,
    /// Those whose path matches.
    Patterns(Patterns),
}

/// The patterns of `run_worker_first`, checked: paths with `*` for anything; with `!` before, they lead to the assets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patterns {
    worker: Vec<String>,
    assets: Vec<String>,
}

impl From<bool> for RunWorkerFirst {
    fn from(always: bool) -> Self {
        if always { Self::Always } else { Self::Never }
    }
}

impl RunWorkerFirst {
    /// The patterns of a configuration; [`Error::RunWorkerFirst`] says which of them break which rule.
    pub fn from_patterns<S: AsRef<str>>(rules: &[S]) -> Result<Self, Error> {
        let rules: Vec<&str> = rules.iter().map(AsRef::as_ref).collect();
        Patterns::checked(&rules)
            .map(Self::Patterns)
            .map_err(Error::RunWorkerFirst)
    }
}

impl Patterns {
    fn checked(rules: &[&str]) -> Result<Self, String> {
        if rules.is_empty() {
            return Err(
                "No `run_worker_first` rules were provided; must provide at least 1 rule.".to_owned(),
            );
        }
        if rules.len() > MAX_RULES {
            return Err(too_many(rules));
        }
        let mut invalid = Vec::new();
        let (mut negative, mut positive) = (Vec::new(), Vec::new());
        for rule in rules {
            if rule.starts_with("!/") {
                negative.push(*rule);
            } else if rule.starts_with('/') {
                positive.push(*rule);
            } else if rule.starts_with('!') {
                invalid.push(format!("'{rule}': negative rules must start with '!/'"));
            } else {
                invalid.push(format!("'{rule}': rules must start with '/' or '!/'"));
            }
        }
        if !negative.is_empty() && positive.is_empty() {
            return Err(
                "Only negative `run_worker_first` rules were provided; must provide at least 1 non-negative rule"
                    .to_owned(),
            );
        }
        check_each(&positive, &mut invalid);
        check_each(&negative, &mut invalid);
        if !invalid.is_empty() {
            return Err(format!(
                "Invalid routes in `run_worker_first`:\n{}",
                invalid.join("\n")
            ));
        }
        Ok(Self {
            worker: positive.into_iter().map(str::to_owned).collect(),
            assets: negative.into_iter().map(|rule| rule[1..].to_owned()).collect(),
        })
    }

    /// Whether a negative pattern says that `path` is for the assets.
    pub(crate) fn wants_assets(&self, path: &str) -> bool {
        self.assets.iter().any(|rule| glob_matches(rule, path))
    }

    /// Whether a pattern says that `path` is for the Worker.
    pub(crate) fn wants_worker(&self, path: &str) -> bool {
        self.worker.iter().any(|rule| glob_matches(rule, path))
    }
}

fn too_many(rules: &[&str]) -> String {
    let mut seen = HashSet::new();
    let mut duplicated = Vec::new();
    for rule in rules {
        if !seen.insert(*rule) && !duplicated.contains(rule) {
            duplicated.push(*rule);
        }
    }
    let total = rules.len();
    if duplicated.is_empty() {
        return format!(
            "Too many `run_worker_first` rules were provided; {total} rules provided exceeds max of {MAX_RULES}."
        );
    }
    // In the order in which the rules are written.
    duplicated.sort_by_key(|rule| rules.iter().position(|other| other == rule));
    let entries = total - seen.len();
    let mut text = format!(
        "Too many `run_worker_first` rules were provided; {total} rules provided ({} distinct, {entries} duplicate {}) exceeds max of {MAX_RULES}. \
         Note: duplicate entries count towards the route limit. Ensure that no duplicate rules are present in your `run_worker_first` configuration.\n\n\
         The duplicated rules found are:",
        seen.len(),
        if entries == 1 { "entry" } else { "entries" },
    );
    for rule in duplicated.iter().take(MAX_DUPLICATES_SHOWN) {
        let _ = write!(text, "\n- {rule:?}");
    }
    let more = duplicated.len().saturating_sub(MAX_DUPLICATES_SHOWN);
    if more > 0 {
        let rules = if more == 1 { "rule" } else { "rules" };
        let _ = write!(text, "\n...and {more} more duplicated {rules}.");
    }
    text
}

fn check_each(rules: &[&str], invalid: &mut Vec<String>) {
    let mut seen = HashSet::new();
    for rule in rules {
        if rule.encode_utf16().count() > MAX_RULE_LENGTH {
            invalid.push(format!(
                "'{rule}': all rules must be less than {MAX_RULE_LENGTH} characters in length"
            ));
        }
        if !seen.insert(*rule) {
            invalid.push(format!("'{rule}': rule is a duplicate; rules must be unique"));
        }
        if let Some(prefix) = rule.strip_suffix('*') {
            for other in rules {
                if other != rule && other.starts_with(prefix) {
                    invalid.push(format!("'{other}': rule '{rule}' makes it redundant"));
                }
            }
        }
    }
}

/// Whether all of `path` is what `rule` says, with `*` for any text.
fn glob_matches(rule: &str, path: &str) -> bool {
    let mut parts = rule.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = path.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(rules: &[&str]) -> String {
        Patterns::checked(rules).unwrap_err()
    }

    #[test]
    fn a_star_is_any_text_and_the_rest_is_literal() {
        for (rule, path, matches) in [
            ("/api/*", "/api/", true),
            ("/api/*", "/api", false),
            ("/api/*", "/api/a/b", true),
            ("/a.c", "/abc", false),
            ("/*/x", "/a/b/x", true),
            ("/*/x/*.js", "/a/x/y/z.js", true),
            ("/*/x/*.js", "/a/x/y/z.jsx", false),
            ("/aa*aa", "/aaa", false),
            ("/", "/", true),
            ("/", "/a", false),
            ("/*", "/", true),
            ("/a**b", "/axb", true),
        ] {
            assert_eq!(glob_matches(rule, path), matches, "{rule} {path}");
        }
    }

    #[test]
    fn rules_that_are_no_paths_are_named() {
        assert_eq!(
            error(&["api", "!api", "/ok"]),
            "Invalid routes in `run_worker_first`:\n\
             'api': rules must start with '/' or '!/'\n\
             '!api': negative rules must start with '!/'"
        );
    }

    #[test]
    fn none_and_only_negative_ones_are_refused() {
        assert_eq!(
            error(&[]),
            "No `run_worker_first` rules were provided; must provide at least 1 rule."
        );
        assert_eq!(
            error(&["!/a"]),
            "Only negative `run_worker_first` rules were provided; must provide at least 1 non-negative rule"
        );
    }

    #[test]
    fn duplicates_redundant_and_long_rules_are_named() {
        let long = format!("/{}", "x".repeat(100));
        assert_eq!(
            error(&["/a", "/a", "/b/*", "/b/c", &long]),
            format!(
                "Invalid routes in `run_worker_first`:\n\
                 '/a': rule is a duplicate; rules must be unique\n\
                 '/b/c': rule '/b/*' makes it redundant\n\
                 '{long}': all rules must be less than 100 characters in length"
            )
        );
    }

    #[test]
    fn more_than_a_hundred_rules_are_refused_and_duplicates_among_them_named() {
        let rules: Vec<String> = (0..101).map(|number| format!("/{number}")).collect();
        let mut rules: Vec<&str> = rules.iter().map(String::as_str).collect();
        assert_eq!(
            error(&rules),
            "Too many `run_worker_first` rules were provided; 101 rules provided exceeds max of 100."
        );
        rules.extend(["/6", "/1", "/1", "/2", "/3", "/4", "/5"]);
        assert_eq!(
            error(&rules),
            "Too many `run_worker_first` rules were provided; 108 rules provided (101 distinct, 7 duplicate entries) exceeds max of 100. \
             Note: duplicate entries count towards the route limit. Ensure that no duplicate rules are present in your `run_worker_first` configuration.\n\n\
             The duplicated rules found are:\n- \"/1\"\n- \"/2\"\n- \"/3\"\n- \"/4\"\n- \"/5\"\n...and 1 more duplicated rule."
        );
    }
}
