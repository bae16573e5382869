//! `_redirects`: lines of a path, where it leads, and a status.

use std::collections::{HashMap, HashSet};

use http::StatusCode;

use super::pattern::{Pattern, fill, has_placeholder};
use super::report::Invalid;
use super::text::{Line, Lines, is_space};
use super::url_text::{Use, has_host, normalized};
use crate::HtmlHandling;
use crate::target::Target;

const MAX_STATIC: usize = 2000;
const MAX_DYNAMIC: usize = 100;

/// The rules of a `_redirects` file.
#[derive(Debug, Default)]
pub(crate) struct Redirects {
    fixed: HashMap<String, Redirect>,
    /// In the order of the file; `None` for a path that matches nothing.
    patterns: Vec<(Option<Pattern>, Redirect)>,
}

/// Where a path leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Redirect {
    /// 200: to an asset that is answered in place. Else the status of the redirect.
    pub(crate) status: StatusCode,
    /// A path or URL.
    pub(crate) to: String,
}

/// What was read.
pub(crate) struct Parsed {
    /// The rules.
    pub(crate) rules: Redirects,
    /// The lines that are no rules.
    pub(crate) invalid: Vec<Invalid>,
    /// Rules that would better stand elsewhere.
    pub(crate) hints: Vec<String>,
}

impl Redirects {
    /// How many rules there are.
    pub(crate) fn len(&self) -> usize {
        self.fixed.len() + self.patterns.len()
    }

    /// Where the request is redirected, if it is. Rules without patterns come first.
    pub(crate) fn find(&self, target: &Target) -> Option<Redirect> {
        if let Some(redirect) = self.fixed.get(target.path()) {
            return Some(redirect.clone());
        }
        self.patterns.iter().find_map(|(pattern, redirect)| {
            let values = pattern.as_ref()?.values(target)?;
            Some(Redirect {
                status: redirect.status,
                to: destination(&redirect.to, &fill(&redirect.to, &values)),
            })
        })
    }
}

/// `filled`, the text `to` with the request's values in it, such that values cannot lead a path to another host.
fn destination(to: &str, filled: &str) -> String {
    let filled = filled.trim_matches(is_space);
    if is_external(to) {
        return filled.to_owned();
    }
    let (path, suffix) = filled.split_at(filled.find(['?', '#']).unwrap_or(filled.len()));
    let mut single = String::with_capacity(path.len());
    for c in path.chars() {
        if !matches!(c, '/' | '\\') {
            single.push(c);
        } else if !single.ends_with('/') {
            single.push('/');
        }
    }
    single + suffix
}

/// Whether a destination names a host itself.
fn is_external(to: &str) -> bool {
    let to = to.trim_matches(is_space);
    if let Some(rest) = to.strip_prefix("//") {
        return rest.starts_with(|c| !matches!(c, '/' | '\\' | '?' | '#') && !is_space(c));
    }
    to.split_once("://").is_some_and(|(scheme, _)| {
        !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// Reads the text of a `_redirects` file.
pub(crate) fn parse(text: &str, html_handling: HtmlHandling) -> Parsed {
    let mut parser = Parser {
        html_handling,
        rules: Redirects::default(),
        invalid: Vec::new(),
        hints: Vec::new(),
        paths: HashSet::new(),
        fixed: 0,
        patterns: 0,
    };
    let mut lines = Lines::of(text);
    while let Some(line) = lines.next(&mut parser.invalid) {
        match parser.line(&line) {
            Ok(()) => {}
            Err(Refused::Line(message)) => parser.invalid.push(Invalid::at(&line, message)),
            Err(Refused::TooManyFixed) => parser.invalid.push(Invalid::note(format!(
                "Maximum number of static rules supported is {MAX_STATIC}. Skipping line."
            ))),
            Err(Refused::TooManyPatterns) => {
                parser.invalid.push(Invalid::note(format!(
                    "Maximum number of dynamic rules supported is {MAX_DYNAMIC}. Skipping remaining {} lines of file.",
                    lines.remaining()
                )));
                break;
            }
        }
    }
    Parsed {
        rules: parser.rules,
        invalid: parser.invalid,
        hints: parser.hints,
    }
}

enum Refused {
    Line(String),
    TooManyFixed,
    TooManyPatterns,
}

impl From<String> for Refused {
    fn from(message: String) -> Self {
        Self::Line(message)
    }
}

struct Parser {
    html_handling: HtmlHandling,
    rules: Redirects,
    invalid: Vec<Invalid>,
    hints: Vec<String>,
    paths: HashSet<String>,
    /// How many rules without a pattern were seen, valid or not.
    fixed: usize,
    /// How many others. A rule after one of them counts as one, so that the order of the file holds.
    patterns: usize,
}

impl Parser {
    fn line(&mut self, line: &Line<'_>) -> Result<(), Refused> {
        let tokens = tokens(line.text);
        let (from, to, status) = match tokens[..] {
            [from, to] => (from, to, "302"),
            [from, to, status] => (from, to, status),
            _ => {
                return Err(Refused::Line(format!(
                    "Expected exactly 2 or 3 whitespace-separated tokens. Got {}.",
                    tokens.len()
                )));
            }
        };
        let from = normalized(from, Use::RedirectFrom)?;
        self.count(&from)?;
        let to = normalized(to, Use::RedirectTo)?;
        let status = permitted(status)?;
        if self.loops(&from, &to) {
            return Err(Refused::Line(
                "Infinite loop detected in this rule and has been ignored. This will cause a redirect to strip `.html` or `/index` and end up triggering this rule again. Please fix or remove this rule to silence this warning."
                    .to_owned(),
            ));
        }
        if !self.paths.insert(from.clone()) {
            return Err(Refused::Line(format!("Ignoring duplicate rule for path {from}.")));
        }
        if status == StatusCode::OK && has_host(&to) {
            return Err(Refused::Line(format!(
                "Proxy (200) redirects can only point to relative paths. Got {to}"
            )));
        }
        self.add(from, Redirect { status, to });
        Ok(())
    }

    fn count(&mut self, from: &str) -> Result<(), Refused> {
        if self.patterns == 0 && !is_pattern(from) {
            self.fixed += 1;
            if self.fixed > MAX_STATIC {
                return Err(Refused::TooManyFixed);
            }
        } else {
            self.patterns += 1;
            if self.patterns > MAX_DYNAMIC {
                return Err(Refused::TooManyPatterns);
            }
        }
        Ok(())
    }

    fn loops(&self, from: &str, to: &str) -> bool {
        if has_host(to) || !leads_to_index(to) {
            return false;
        }
        from.ends_with("/*") || (from.ends_with('/') && self.html_handling != HtmlHandling::None)
    }

    fn add(&mut self, from: String, redirect: Redirect) {
        if is_pattern(&from) {
            self.rules.patterns.push((Pattern::new(&from), redirect));
        } else if self.rules.patterns.is_empty() {
            self.rules.fixed.insert(from, redirect);
        } else {
            self.hints.push(format!(
                "The redirect rule {from} → {} {} could be made more performant by bringing it above any lines with splats or placeholders.",
                redirect.status.as_u16(),
                redirect.to
            ));
            self.rules.patterns.push((Pattern::new(&from), redirect));
        }
    }
}

fn is_pattern(from: &str) -> bool {
    from.contains('*') || has_placeholder(from)
}

/// The words of a line, without the comment at its end.
fn tokens(line: &str) -> Vec<&str> {
    line.split(is_space)
        .filter(|word| !word.is_empty())
        .take_while(|word| !word.starts_with('#'))
        .collect()
}

fn permitted(status: &str) -> Result<StatusCode, String> {
    // As JavaScript reads numbers: 301.0 is one too.
    let number = status.parse::<f64>().unwrap_or(f64::NAN);
    [200_u16, 301, 302, 303, 307, 308]
        .into_iter()
        .find(|permitted| f64::from(*permitted).total_cmp(&number).is_eq())
        .and_then(|permitted| StatusCode::from_u16(permitted).ok())
        .ok_or_else(|| {
            format!("Valid status codes are 200, 301, 302 (default), 303, 307, or 308. Got {status}.")
        })
}

/// Whether `to` ends with `/index` or `/index.html` (any character in place of the dot, as in the original).
fn leads_to_index(to: &str) -> bool {
    to.ends_with("/index")
        || to.strip_suffix("html").is_some_and(|rest| {
            let mut characters = rest.chars();
            characters.next_back().is_some() && characters.as_str().ends_with("/index")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<(Option<usize>, String)> {
        let invalid = parse(text, HtmlHandling::default()).invalid.into_iter();
        invalid.map(|it| (it.line_number, it.message)).collect()
    }

    fn found(text: &str, uri: &str) -> Option<(u16, String)> {
        let request = http::Request::builder().uri(uri).body(()).unwrap();
        let target = Target::of(&request.into_parts().0).unwrap();
        let redirect = parse(text, HtmlHandling::default()).rules.find(&target)?;
        Some((redirect.status.as_u16(), redirect.to))
    }

    #[test]
    fn rules_redirect_by_path() {
        let text = "/a /b # comment\n/c https://x.example/y?z#w 301\n/d/* /e/:splat 303\n/f/:g /h?g=:g 308\n/d/late /never 307\n/p/* /q/:splat 200";
        for (uri, expected) in [
            ("/a", Some((302, "/b"))),
            ("/c", Some((301, "https://x.example/y?z#w"))),
            ("/d/1/2", Some((303, "/e/1/2"))),
            ("/d/late", Some((303, "/e/late"))),
            ("/f/1", Some((308, "/h?g=1"))),
            ("/p/x", Some((200, "/q/x"))),
            ("/x", None),
        ] {
            let expected = expected.map(|(status, to)| (status, to.to_owned()));
            assert_eq!(found(text, uri), expected, "{uri}");
        }
        assert_eq!(
            parse(text, HtmlHandling::default()).hints,
            [
                "The redirect rule /d/late → 307 /never could be made more performant by bringing it above any lines with splats or placeholders."
            ]
        );
    }

    #[test]
    fn no_value_leads_to_another_host() {
        assert_eq!(
            found("/go/* /:splat", "/go//evil.example").unwrap().1,
            "/evil.example"
        );
        assert_eq!(found("/go/* /:splat", "/go/%5Cevil").unwrap().1, "/%5Cevil");
        assert_eq!(found("/go/* //host/:splat", "/go//x").unwrap().1, "//host//x");
        assert_eq!(found("/go/* /:splat?a=//b", "/go/x").unwrap().1, "/x?a=//b");
    }

    #[test]
    fn lines_that_are_no_rules_are_named() {
        let text = "/a\n/a b c d\nhttps://x/y /z\n/a http://x\n/a /b 404\n/x/* /index.html\n/x/ /index\n/a /b\n/a /c\n/p https://x/ 200\n/i /index 301";
        assert_eq!(
            problems(text),
            [
                (Some(1), "Expected exactly 2 or 3 whitespace-separated tokens. Got 1."),
                (Some(2), "Expected exactly 2 or 3 whitespace-separated tokens. Got 4."),
                (Some(3), "Only relative URLs are allowed. Skipping absolute URL https://x/y."),
                (Some(4), "URLs should either be relative (e.g. begin with a forward-slash), or use HTTPS (e.g. begin with \"https://\")."),
                (Some(5), "Valid status codes are 200, 301, 302 (default), 303, 307, or 308. Got 404."),
                (Some(6), LOOP),
                (Some(7), LOOP),
                (Some(9), "Ignoring duplicate rule for path /a."),
                (Some(10), "Proxy (200) redirects can only point to relative paths. Got https://x/"),
            ]
            .map(|(line, message)| (line, message.to_owned()))
        );
    }

    const LOOP: &str = "Infinite loop detected in this rule and has been ignored. This will cause a redirect to strip `.html` or `/index` and end up triggering this rule again. Please fix or remove this rule to silence this warning.";

    #[test]
    fn there_are_limits() {
        let fixed: Vec<String> = (0..2001).map(|n| format!("/{n} /x\n")).collect();
        assert_eq!(
            problems(&fixed.concat()),
            [(
                None,
                "Maximum number of static rules supported is 2000. Skipping line.".to_owned()
            )]
        );
        let patterns: Vec<String> = (0..102).map(|n| format!("/{n}/* /x\n")).collect();
        assert_eq!(
            problems(&patterns.concat()),
            [(
                None,
                "Maximum number of dynamic rules supported is 100. Skipping remaining 3 lines of file."
                    .to_owned()
            )]
        );
    }
}
