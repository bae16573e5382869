//! What the two files have in common: lines, comments, a longest line.

use super::report::Invalid;

const MAX_LINE_LENGTH: usize = 2000;

/// What counts as white space in JavaScript.
pub(super) fn is_space(c: char) -> bool {
    c == '\u{feff}' || (c.is_whitespace() && c != '\u{85}')
}

/// A line that says something.
pub(super) struct Line<'a> {
    /// Its number, from 1.
    pub(super) number: usize,
    /// Its text, trimmed.
    pub(super) text: &'a str,
}

/// The lines of a file that say something.
pub(super) struct Lines<'a> {
    lines: Vec<&'a str>,
    next: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self {
            lines: text.split('\n').collect(),
            next: 0,
        }
    }

    /// The next line; lines that are too long are passed over, with a note in `invalid`.
    pub(super) fn next(&mut self, invalid: &mut Vec<Invalid>) -> Option<Line<'a>> {
        loop {
            let text = self.lines.get(self.next)?.trim_matches(is_space);
            self.next += 1;
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            if text.encode_utf16().count() > MAX_LINE_LENGTH {
                invalid.push(Invalid::note(format!(
                    "Ignoring line {} as it exceeds the maximum allowed length of {MAX_LINE_LENGTH}.",
                    self.next
                )));
                continue;
            }
            return Some(Line {
                number: self.next,
                text,
            });
        }
    }

    /// How many lines there are from the last one on, that one too.
    pub(super) fn remaining(&self) -> usize {
        self.lines.len() + 1 - self.next
    }
}
