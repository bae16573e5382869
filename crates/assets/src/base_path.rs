//! `assets.base_path`: the path under which the directory's files are.

use crate::error::Error;

/// A path that begins and ends with a slash; `/` by default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BasePath(String);

impl Default for BasePath {
    fn default() -> Self {
        Self("/".to_owned())
    }
}

impl BasePath {
    /// The base path that a configuration writes as `text`: slashes are added, dot segments resolved.
    pub fn from_config(text: &str) -> Result<Self, Error> {
        let rule = if text.is_empty() {
            "The value must not be empty."
        } else if text.starts_with("//") || has_scheme(text) {
            "The value must be a pathname, not a URL."
        } else if text.contains('\\') {
            "The value must not contain backslashes."
        } else if text.contains(|c: char| c.is_ascii_control()) {
            "The value must not contain control characters."
        } else if text.contains(['?', '#']) {
            "The value must not contain query strings or fragments."
        } else if text.contains('%') {
            "The value must not contain percent-encoded sequences."
        } else {
            return Ok(Self::normalized(text));
        };
        Err(Error::BasePath(rule))
    }

    fn normalized(text: &str) -> Self {
        let mut segments = Vec::new();
        for segment in text.split('/') {
            match segment {
                "" | "." => {}
                ".." => drop(segments.pop()),
                name => segments.push(name),
            }
        }
        if segments.is_empty() {
            Self::default()
        } else {
            Self(format!("/{}/", segments.join("/")))
        }
    }

    /// Whether the directory is at the root of the site.
    pub(crate) fn is_root(&self) -> bool {
        self.0 == "/"
    }

    /// The base path without the slash at the end: empty for the root.
    pub(crate) fn without_slash(&self) -> &str {
        &self.0[..self.0.len() - 1]
    }

    /// What `path` is called inside the directory; `None` if it is outside of the base path.
    pub(crate) fn strip<'a>(&self, path: &'a str) -> Option<&'a str> {
        match path.strip_prefix(self.without_slash())? {
            "" => Some("/"),
            inside => inside.starts_with('/').then_some(inside),
        }
    }

    /// What the site calls the `path` of the directory.
    pub(crate) fn add(&self, path: &str) -> String {
        format!("{}{path}", self.without_slash())
    }
}

fn has_scheme(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_with_or_without_slashes() {
        for (text, path) in [
            ("/", "/"),
            ("docs", "/docs/"),
            ("/docs/", "/docs/"),
            ("/a//b/./c/../d", "/a/b/d/"),
            ("..", "/"),
        ] {
            assert_eq!(BasePath::from_config(text).unwrap().0, path);
        }
    }

    #[test]
    fn says_what_is_wrong_with_it() {
        for (text, rule) in [
            ("", "must not be empty"),
            ("//x", "not a URL"),
            ("https://x/y", "not a URL"),
            ("/a\\b", "backslashes"),
            ("/a\nb", "control characters"),
            ("/a?b", "query strings"),
            ("/a#b", "fragments"),
            ("/a%20b", "percent-encoded"),
        ] {
            let error = BasePath::from_config(text).unwrap_err().to_string();
            assert!(error.contains(rule), "{text}: {error}");
        }
    }

    #[test]
    fn is_taken_off_whole_segments_only() {
        let docs = BasePath::from_config("/docs").unwrap();
        assert_eq!(docs.strip("/docs"), Some("/"));
        assert_eq!(docs.strip("/docs/a"), Some("/a"));
        assert_eq!(docs.strip("/docsa"), None);
        assert_eq!(docs.strip("/"), None);
        assert_eq!(BasePath::default().strip("/a"), Some("/a"));
        assert_eq!(docs.add("/a"), "/docs/a");
        assert_eq!(docs.add("/"), "/docs/");
    }
}
