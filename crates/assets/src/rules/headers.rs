//! `_headers`: rules of a path and, below it, headers to set (`Name: value`) and to leave out (`! Name`).

use http::header::{HeaderMap, HeaderName, HeaderValue};

use super::pattern::{Pattern, fill};
use super::report::Invalid;
use super::text::{Line, Lines, is_space};
use super::url_text::{Use, normalized};
use crate::target::Target;

const MAX_RULES: usize = 100;

/// The rules of a `_headers` file.
#[derive(Debug, Default)]
pub(crate) struct HeaderRules {
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    path: String,
    /// `None` for a path that matches nothing.
    pattern: Option<Pattern>,
    set: Vec<(HeaderName, String)>,
    unset: Vec<HeaderName>,
}

/// What was read.
pub(crate) struct Parsed {
    /// The rules.
    pub(crate) rules: HeaderRules,
    /// How many rules wrangler would count.
    pub(crate) valid: usize,
    /// The lines that are no rules.
    pub(crate) invalid: Vec<Invalid>,
}

impl HeaderRules {
    /// Changes `headers` as the rules for the request say: a header of ours is replaced by the first rule that sets it, and
    /// added to by those after that.
    pub(crate) fn apply(&self, target: &Target, headers: &mut HeaderMap) {
        let mut replaced = Vec::new();
        for rule in &self.rules {
            let Some(values) = rule.pattern.as_ref().and_then(|it| it.values(target)) else {
                continue;
            };
            for name in &rule.unset {
                headers.remove(name);
            }
            for (name, value) in &rule.set {
                let value = fill(value, &values);
                let Ok(value) = HeaderValue::from_str(value.trim_matches(is_space)) else {
                    continue;
                };
                if replaced.contains(&name) {
                    headers.append(name, value);
                } else {
                    headers.insert(name, value);
                    replaced.push(name);
                }
            }
        }
    }

    /// A later rule for the same path takes the place of the earlier one.
    fn add(&mut self, rule: Rule) {
        match self.rules.iter_mut().find(|known| known.path == rule.path) {
            Some(known) => *known = rule,
            None => self.rules.push(rule),
        }
    }
}

/// Reads the text of a `_headers` file.
pub(crate) fn parse(text: &str) -> Parsed {
    let mut parser = Parser::default();
    let mut lines = Lines::of(text);
    while let Some(line) = lines.next(&mut parser.invalid) {
        if is_path(line.text) {
            parser.skips = false;
            // As in the original, the rule that is being read does not count yet.
            if parser.valid >= MAX_RULES {
                parser.invalid.push(Invalid::note(format!(
                    "Maximum number of rules supported is {MAX_RULES}. Skipping remaining {} lines of file.",
                    lines.remaining()
                )));
                break;
            }
            parser.finish_rule();
            parser.start_rule(&line);
        } else if !parser.skips {
            parser.header(&line);
        }
    }
    parser.finish_rule();
    Parsed {
        rules: parser.rules,
        valid: parser.valid,
        invalid: parser.invalid,
    }
}

#[derive(Default)]
struct Parser<'a> {
    rules: HeaderRules,
    valid: usize,
    invalid: Vec<Invalid>,
    rule: Option<(Line<'a>, Rule)>,
    /// Whether the headers belong to a path that is invalid.
    skips: bool,
}

impl<'a> Parser<'a> {
    fn start_rule(&mut self, line: &Line<'a>) {
        let path = normalized(line.text, Use::Headers).and_then(one_wildcard);
        match path {
            Ok(path) => {
                let rule = Rule {
                    pattern: Pattern::new(&path),
                    path,
                    set: Vec::new(),
                    unset: Vec::new(),
                };
                self.rule = Some((Line { ..*line }, rule));
            }
            Err(message) => {
                self.invalid.push(Invalid::at(line, message));
                self.skips = true;
            }
        }
    }

    fn finish_rule(&mut self) {
        let Some((line, rule)) = self.rule.take() else {
            return;
        };
        if rule.set.is_empty() && rule.unset.is_empty() {
            self.invalid.push(Invalid::at(&line, "No headers specified"));
        } else {
            self.valid += 1;
            self.rules.add(rule);
        }
    }

    fn header(&mut self, line: &Line<'_>) {
        if let Err(message) = self.try_header(line) {
            self.invalid.push(Invalid::at(line, message));
        }
    }

    fn try_header(&mut self, line: &Line<'_>) -> Result<(), String> {
        let rule = self.rule.as_mut().map(|(_, rule)| rule);
        let Some((name, value)) = line.text.split_once(':') else {
            let rule = rule.ok_or("Expected a path beginning with at least one forward-slash")?;
            let name = line
                .text
                .strip_prefix("! ")
                .ok_or("Expected a colon-separated header pair (e.g. name: value)")?;
            rule.unset.push(header_name(name)?);
            return Ok(());
        };
        let name = name.trim_matches(is_space).to_lowercase();
        let value = value.trim_matches(is_space);
        if name.contains(' ') {
            return Err("Header name cannot include spaces".to_owned());
        }
        if name.is_empty() {
            return Err("No header name specified".to_owned());
        }
        if value.is_empty() {
            return Err("No header value specified".to_owned());
        }
        let rule = rule.ok_or_else(|| format!("Path should come before header ({name}: {value})"))?;
        let name = header_name(&name)?;
        HeaderValue::from_str(value)
            .map_err(|_| "Header value cannot include control characters".to_owned())?;
        match rule.set.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = format!("{known}, {value}"),
            None => rule.set.push((name, value.to_owned())),
        }
        Ok(())
    }
}

/// What says where an answer ends, and what becomes of its connection: a file cannot have its own.
const FRAMING: [&str; 8] = [
    "connection",
    "content-length",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// wrangler takes any name, and the asset worker then fails on every request; so these texts are ours.
fn header_name(name: &str) -> Result<HeaderName, String> {
    let parsed = HeaderName::try_from(name).map_err(|_| {
        format!(
            "Header name cannot include other characters than letters, digits and !#$%&'*+-.^_`|~: {name}"
        )
    })?;
    if FRAMING.contains(&parsed.as_str()) {
        return Err(format!("Header {name} is the server's own and cannot be set"));
    }
    Ok(parsed)
}

/// Whether a line is a path rather than a header: it begins with a slash or with a scheme.
fn is_path(line: &str) -> bool {
    line.starts_with('/')
        || line
            .find("://")
            .is_some_and(|at| at > 0 && !line[..at].contains(is_space))
}

fn one_wildcard(path: String) -> Result<String, String> {
    let wildcards = path.matches('*').count();
    if wildcards > 1 {
        return Err(format!(
            "Only one wildcard is allowed per rule. Use a named placeholder (e.g. :project) instead. Skipping {path}."
        ));
    }
    if wildcards > 0 && has_splat_placeholder(&path) {
        return Err(format!(
            "Cannot combine a wildcard * with a :splat placeholder because wildcards are converted to :splat at runtime. Skipping {path}."
        ));
    }
    Ok(path)
}

fn has_splat_placeholder(path: &str) -> bool {
    path.match_indices(":splat").any(|(at, splat)| {
        !path[at + splat.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<(Option<usize>, String)> {
        let invalid = parse(text).invalid.into_iter();
        invalid.map(|it| (it.line_number, it.message)).collect()
    }

    fn applied(text: &str, uri: &str) -> Vec<String> {
        let request = http::Request::builder().uri(uri).body(()).unwrap();
        let target = Target::of(&request.into_parts().0).unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("etag", HeaderValue::from_static("\"1\""));
        parse(text).rules.apply(&target, &mut headers);
        let mut lines: Vec<String> = headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
            .collect();
        lines.sort();
        lines
    }

    #[test]
    fn rules_set_add_to_and_remove_headers() {
        let text = "/*\n  X-A: 1\n  X-A: 2\n  ! ETag\n/a/:b\n X-A: :b\n x-c: c\n";
        assert_eq!(applied(text, "/a/v"), ["x-a: 1, 2", "x-a: v", "x-c: c"]);
        assert_eq!(applied(text, "/x"), ["x-a: 1, 2"]);
    }

    #[test]
    fn rules_for_hosts_are_for_those_hosts() {
        let text = "https://:sub.example/*\n  X-Sub: :sub :splat";
        assert_eq!(
            applied(text, "http://a.example:8080/b"),
            ["etag: \"1\"", "x-sub: a b"]
        );
        assert_eq!(applied(text, "http://a.other/b"), ["etag: \"1\""]);
    }

    #[test]
    fn the_last_rule_for_a_path_counts() {
        assert_eq!(applied("/a\n x: 1\n/a\n y: 2", "/a"), ["etag: \"1\"", "y: 2"]);
    }

    #[test]
    fn lines_that_are_no_rules_are_named() {
        let text = "X-Lost: 1\nlost\n# comment\n/a\n  no colon\n  a b: c\n  : v\n  n:\n  x(y): 1\n/empty\n/b/*/*\n  skipped: 1\n/c/*/:splat\nhttps://x:1/\nhttp://x/\n/d\n! A\n/end";
        assert_eq!(
            problems(text),
            [
                (Some(1), "Path should come before header (x-lost: 1)"),
                (Some(2), "Expected a path beginning with at least one forward-slash"),
                (Some(5), "Expected a colon-separated header pair (e.g. name: value)"),
                (Some(6), "Header name cannot include spaces"),
                (Some(7), "No header name specified"),
                (Some(8), "No header value specified"),
                (Some(9), "Header name cannot include other characters than letters, digits and !#$%&'*+-.^_`|~: x(y)"),
                (Some(4), "No headers specified"),
                (Some(10), "No headers specified"),
                (Some(11), "Only one wildcard is allowed per rule. Use a named placeholder (e.g. :project) instead. Skipping /b/*/*."),
                (Some(13), "Cannot combine a wildcard * with a :splat placeholder because wildcards are converted to :splat at runtime. Skipping /c/*/:splat."),
                (Some(14), "Specifying ports is not supported. Skipping absolute URL https://x:1/."),
                (Some(15), "URLs should either be relative (e.g. begin with a forward-slash), or use HTTPS (e.g. begin with \"https://\")."),
                (Some(18), "No headers specified"),
            ]
            .map(|(line, message)| (line, message.to_owned()))
        );
    }

    #[test]
    fn there_are_about_a_hundred_rules_and_lines_of_two_thousand_characters() {
        let rules: Vec<String> = (0..102).map(|n| format!("/{n}\n  a: 1\n")).collect();
        let text = rules.concat();
        assert_eq!(
            problems(&text),
            [(
                None,
                "Maximum number of rules supported is 100. Skipping remaining 3 lines of file.".to_owned()
            )]
        );
        assert_eq!(
            problems(&format!("/a\n a: 1\n b: {}", "x".repeat(2000))),
            [(
                None,
                "Ignoring line 3 as it exceeds the maximum allowed length of 2000.".to_owned()
            )]
        );
    }
}
