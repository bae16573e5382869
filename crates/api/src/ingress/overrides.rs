//! Which version of a Worker a client asks for: `Cloudflare-Workers-Version-Overrides: shop="2b9a…", blog="…"`, a dictionary
//! of RFC 8941 with the names of Workers.

use hyper::header::HeaderMap;

/// The header; it may come several times.
const HEADER: &str = "cloudflare-workers-version-overrides";

/// What a request asks for. Empty for nearly all of them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Overrides(Vec<(String, String)>);

impl Overrides {
    /// Those of a request. One dictionary that is broken is none, as the RFC has it.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(HEADER).into_iter().map(|line| line.to_str());
        let lines: Result<Vec<_>, _> = lines.collect();
        Self(
            lines
                .ok()
                .and_then(|lines| parse(&lines.join(",")))
                .unwrap_or_default(),
        )
    }

    /// The version that is asked for of the Worker of this name.
    pub(super) fn version_of(&self, script: &str) -> Option<&str> {
        // The last one counts.
        let found = self.0.iter().rfind(|(name, _)| name == script)?;
        Some(&found.1)
    }
}

/// Members whose values are strings; others, and parameters, are skipped. `None` if it is no dictionary.
fn parse(text: &str) -> Option<Vec<(String, String)>> {
    let mut rest = text.trim_matches([' ', '\t']);
    let mut found = Vec::new();
    while !rest.is_empty() {
        let end = rest.find(['=', ',', ';', ' ', '\t']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        if name.is_empty() {
            return None;
        }
        rest = after;
        if let Some(value) = rest.strip_prefix('=') {
            if let Some(quoted) = value.strip_prefix('"') {
                let (value, after) = string(quoted)?;
                found.push((name.to_owned(), value));
                rest = after;
            } else {
                rest = value;
            }
        }
        rest = after_parameters(rest)?;
        let Some(next) = rest.strip_prefix(',') else { break };
        rest = next.trim_start_matches([' ', '\t']);
    }
    Some(found)
}

/// What comes after a value that is no string, and parameters: they mean nothing here.
fn after_parameters(mut rest: &str) -> Option<&str> {
    while let Some(at) = rest.find([',', '"']) {
        match rest[at..].strip_prefix('"') {
            Some(quoted) => rest = string(quoted)?.1,
            None => return Some(&rest[at..]),
        }
    }
    Some("")
}

/// A string whose opening quote is gone, and what comes after it.
fn string(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => value.push(letters.next().map(|(_, escaped)| escaped)?),
            letter => value.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    fn asked(lines: &[&str], script: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(HEADER, HeaderValue::from_str(line).unwrap());
        }
        Overrides::of(&headers).version_of(script).map(str::to_owned)
    }

    #[test]
    fn a_dictionary_names_workers() {
        for (lines, expected) in [
            (&[r#"shop="1""#][..], Some("1")),
            (&[r#"blog="2", shop="1""#], Some("1")),
            (&[r#"blog="2""#, r#"shop="1""#], Some("1")),
            (&[r#"shop="1", shop="2""#], Some("2")),
            (&[r#"blog, other=?1;a="x,\"y" ,shop="1""#], Some("1")),
            (&[r#"blog, other=5;a=b, shop="a\"b\\c";q=1"#], Some("a\"b\\c")),
            (&[r#"shop="1"#], None),
            (&[r#"="1""#], None),
            (&["shop=1"], None),
            (&["shop"], None),
            (&[""], None),
            (&[], None),
        ] {
            assert_eq!(asked(lines, "shop").as_deref(), expected, "{lines:?}");
        }
    }
}
