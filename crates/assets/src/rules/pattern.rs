//! The paths of rules: `*` and `:placeholders`.

use regex::Regex;

use crate::target::Target;

/// A path, or a URL with a host, that requests are compared with.
#[derive(Debug)]
pub(crate) struct Pattern {
    regex: Regex,
    with_host: bool,
}

/// What the placeholders of a pattern stand for in a request, in the order of the pattern.
pub(crate) type Values = Vec<(String, String)>;

impl Pattern {
    /// The pattern written as `rule`; `None` if a placeholder is in it twice: such a rule matches nothing.
    pub(crate) fn new(rule: &str) -> Option<Self> {
        let with_host = rule.starts_with("https://");
        let mut pattern = rule
            .split('*')
            .map(regex::escape)
            .collect::<Vec<_>>()
            .join("(?<splat>.*)");
        // As in the original, a name is replaced wherever its letters are, also at the start of a longer name: /:a/:ab is a
        // pattern with :a in it twice.
        for (name, in_host) in placeholders(rule) {
            let end = if in_host { "/." } else { "/" };
            pattern = pattern.replace(&format!(":{name}"), &format!("(?<{name}>[^{end}]+)"));
        }
        let regex = Regex::new(&format!("^{pattern}$")).ok()?;
        Some(Self { regex, with_host })
    }

    /// What the placeholders stand for, if the request matches.
    pub(crate) fn values(&self, target: &Target) -> Option<Values> {
        if self.with_host {
            self.values_in(&target.host_and_path())
        } else {
            self.values_in(target.path())
        }
    }

    fn values_in(&self, text: &str) -> Option<Values> {
        let captures = self.regex.captures(text)?;
        let named = self.regex.capture_names().flatten();
        Some(
            named
                .filter_map(|name| Some((name.to_owned(), captures.name(name)?.as_str().to_owned())))
                .collect(),
        )
    }
}

/// `text` with the values in place of the placeholders.
pub(crate) fn fill(text: &str, values: &Values) -> String {
    let mut filled = text.to_owned();
    for (name, value) in values {
        filled = filled.replace(&format!(":{name}"), value);
    }
    filled
}

/// The names of the placeholders, each with whether it is in the host.
fn placeholders(rule: &str) -> Vec<(&str, bool)> {
    let host_end = rule.strip_prefix("https://").map_or(0, |rest| {
        rule.len() - rest.len() + rest.find('/').unwrap_or(rest.len())
    });
    rule.match_indices(':')
        .filter_map(|(at, _)| Some((name_at(&rule[at + 1..])?, at < host_end)))
        .collect()
}

fn name_at(text: &str) -> Option<&str> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = text.find(|c| !is_word(c)).unwrap_or(text.len());
    let name = &text[..end];
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        .then_some(name)
}

/// Whether `text` has a placeholder in it.
pub(crate) fn has_placeholder(text: &str) -> bool {
    !placeholders(text).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(rule: &str, text: &str) -> Option<String> {
        let values = Pattern::new(rule)?.values_in(text)?;
        let shown: Vec<String> = values
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        Some(shown.join(" "))
    }

    #[test]
    fn splats_and_placeholders_take_their_part() {
        for (rule, text, expected) in [
            ("/a", "/a", Some("")),
            ("/a.b", "/axb", None),
            ("/a/*", "/a/b/c", Some("splat=b/c")),
            ("/a/*", "/a", None),
            ("/:x/:y_2", "/a/b", Some("x=a y_2=b")),
            ("/:x", "/a/b", None),
            ("/:x-:y", "/a-b-c", Some("x=a-b y=c")),
            ("/:1", "/:1", Some("")),
            (
                "https://:sub.example/*",
                "https://a.example/b",
                Some("sub=a splat=b"),
            ),
            ("https://:sub.example/*", "https://a.b.example/b", None),
        ] {
            assert_eq!(values(rule, text).as_deref(), expected, "{rule} {text}");
        }
    }

    #[test]
    fn a_pattern_with_a_name_twice_is_none() {
        for rule in ["/*/*", "/:a/:a", "/:a/:ab", "/*/:splat", "https://:a.x/:a"] {
            assert!(Pattern::new(rule).is_none(), "{rule}");
        }
        assert!(Pattern::new("/:ab/:a").is_some());
    }

    #[test]
    fn values_are_filled_in_everywhere() {
        let values = vec![("a".to_owned(), "1".to_owned()), ("b".to_owned(), "2".to_owned())];
        assert_eq!(fill("/:a/:b?:a#:c", &values), "/1/2?1#:c");
    }
}
