//! Messages about a place in a file, printed as compilers do.

use std::fmt;

use crate::place::{Place, Text};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Nothing can run.
    Error,
    /// It runs, perhaps not as intended.
    Warning,
}

/// A message about a place in a file.
///
/// Its `Display` form has several lines and no line feed at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub text: String,
    /// Where, if it is about a place.
    pub place: Option<Place>,
    /// The source line at that place, if the file could be read.
    pub line_text: Option<String>,
    /// What else to know, and what to do.
    pub notes: Vec<String>,
}

impl Diagnostic {
    pub(crate) fn at(severity: Severity, text: &Text, offset: usize, message: String) -> Self {
        let place = text.place(offset);
        let line_text = text.line(place.line).map(str::to_owned);
        Self {
            severity,
            text: message,
            place: Some(place),
            line_text,
            notes: Vec::new(),
        }
    }

    pub(crate) fn without_place(severity: Severity, text: String) -> Self {
        Self {
            severity,
            text,
            place: None,
            line_text: None,
            notes: Vec::new(),
        }
    }

    /// An error about a place in a file that was read earlier, such as that of a Workflow's `class_name`; the
    /// source line is added if the file is still there.
    pub fn error_at(place: &Place, text: impl Into<String>) -> Self {
        let content = std::fs::read_to_string(&place.file).ok();
        let line_text = content.and_then(|content| {
            Text::new(&place.file, content)
                .line(place.line)
                .map(str::to_owned)
        });
        Self {
            severity: Severity::Error,
            text: text.into(),
            place: Some(place.clone()),
            line_text,
            notes: Vec::new(),
        }
    }

    /// The same with one more note, for what to do.
    #[must_use]
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// The message on one line: `file:line:column: text`.
    pub fn one_line(&self) -> String {
        match &self.place {
            Some(place) => format!("{place}: {}", self.text),
            None => self.text.clone(),
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(formatter, "{severity}: {}", self.text)?;
        let mut gutter = 1;
        if let Some(place) = &self.place {
            gutter = place.line.to_string().len();
            write!(formatter, "\n{:gutter$}--> {place}", "")?;
            if let Some(line) = &self.line_text {
                let (line, column) = excerpt(line, place.column as usize);
                write!(formatter, "\n{:gutter$} |", "")?;
                write!(formatter, "\n{} | {line}", place.line)?;
                write!(formatter, "\n{:gutter$} | {:column$}^", "", "")?;
            }
        }
        for note in &self.notes {
            write!(formatter, "\n{:gutter$} = {note}", "")?;
        }
        Ok(())
    }
}

/// The part of a line that is worth showing, and how many columns the caret goes in. Bundled and minified
/// files have lines of megabytes, and a tab would put the caret in the wrong column.
fn excerpt(line: &str, column: usize) -> (String, usize) {
    const BEFORE: usize = 80;
    const WIDTH: usize = 140;
    let column = column.saturating_sub(1);
    let start = column.saturating_sub(BEFORE);
    let mut shown: String = line.chars().skip(start).take(WIDTH).map(printable).collect();
    let mut caret = column - start;
    if start > 0 {
        shown.insert(0, '…');
        caret += 1;
    }
    if line.chars().nth(start + WIDTH).is_some() {
        shown.push('…');
    }
    (shown.trim_end().to_owned(), caret)
}

fn printable(character: char) -> char {
    if character.is_control() { ' ' } else { character }
}

/// The `Display` forms of several, with an empty line between.
pub fn print_all(diagnostics: &[Diagnostic]) -> String {
    diagnostics
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n\n")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn looks_like_a_compiler_message() {
        let text = Text::new(Path::new("wrangler.jsonc"), "{\n\t\"name\": 1\n}".to_owned());
        let found =
            Diagnostic::at(Severity::Error, &text, 11, "not a string".to_owned()).with_note("write one");
        let expected = "error: not a string\n --> wrangler.jsonc:2:10\n  |\n2 |  \"name\": 1\n  |          ^\n  = write one";
        assert_eq!(found.to_string(), expected);
        assert_eq!(found.one_line(), "wrangler.jsonc:2:10: not a string");
    }

    #[test]
    fn cuts_long_lines_around_the_place() {
        let text = Text::new(Path::new("a.js"), "x".repeat(1000));
        let printed = Diagnostic::at(Severity::Warning, &text, 500, "m".to_owned()).to_string();
        let lines: Vec<&str> = printed.lines().collect();
        assert!(
            lines[3].starts_with("1 | …xxx") && lines[3].ends_with('…'),
            "{printed}"
        );
        assert_eq!(lines[4].chars().count(), "  | ".len() + 82, "{printed}");
    }
}
