//! What was made of a `_headers` or `_redirects` file, as wrangler logs it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Which file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RulesKind {
    /// `_headers`.
    Headers,
    /// `_redirects`.
    Redirects,
}

/// A line that is not a rule, or not one that is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// The line, trimmed; `None` where the message is about more than a line.
    pub line: Option<String>,
    /// The line's number, from 1.
    pub line_number: Option<usize>,
    /// What is wrong with it.
    pub message: String,
}

impl Invalid {
    pub(super) fn at(line: &super::text::Line<'_>, message: impl Into<String>) -> Self {
        Self {
            line: Some(line.text.to_owned()),
            line_number: Some(line.number),
            message: message.into(),
        }
    }

    pub(super) fn note(message: String) -> Self {
        Self {
            line: None,
            line_number: None,
            message,
        }
    }
}

/// What was made of a file of rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulesFile {
    /// Which.
    pub kind: RulesKind,
    /// Where it is.
    pub path: PathBuf,
    /// How many rules are followed.
    pub valid: usize,
    /// What is not.
    pub invalid: Vec<Invalid>,
    /// What works, but could be written better.
    pub hints: Vec<String>,
}

impl RulesFile {
    fn noun(&self, count: usize) -> &'static str {
        match (self.kind, count) {
            (RulesKind::Headers, 1) => "header rule",
            (RulesKind::Headers, _) => "header rules",
            (RulesKind::Redirects, 1) => "redirect rule",
            (RulesKind::Redirects, _) => "redirect rules",
        }
    }

    /// `✨ Parsed 2 valid header rules.`
    pub fn summary(&self) -> String {
        format!("✨ Parsed {} valid {}.", self.valid, self.noun(self.valid))
    }

    /// The invalid lines with their places, in several lines; `None` if there are none. The file is called as seen from `base`.
    pub fn warning(&self, base: &Path) -> Option<String> {
        let count = self.invalid.len();
        if count == 0 {
            return None;
        }
        let file = self.path.strip_prefix(base).unwrap_or(&self.path).display();
        let mut text = format!("Found {count} invalid {}:\n", self.noun(count));
        for invalid in &self.invalid {
            let _ = writeln!(text, "▶︎ {}", invalid.message);
            if let Some(line) = &invalid.line {
                let number = invalid
                    .line_number
                    .map_or_else(String::new, |number| format!(":{number}"));
                let _ = writeln!(text, "    at {file}{number} | {line}\n");
            }
        }
        Some(text)
    }
}
