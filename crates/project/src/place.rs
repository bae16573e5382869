//! Places in text files: what every error and warning of this crate points at.

use std::cell::Cell;
use std::fmt;
use std::path::{Path, PathBuf};

/// A place in a text file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, as the person named it.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}:{}", self.file.display(), self.line, self.column)
    }
}

/// A text with its file name, for turning offsets into places.
#[derive(Debug)]
pub(crate) struct Text {
    file: PathBuf,
    content: String,
    starts: Vec<usize>,
    /// The last place that was asked for: where its line starts, where it is, and how many characters lie between. Files
    /// are read from the front, and a file of one long line would be counted from its start each time.
    last: Cell<(usize, usize, usize)>,
}

impl Text {
    pub(crate) fn new(file: &Path, text: String) -> Self {
        let starts = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        Self {
            file: file.to_owned(),
            content: text,
            starts,
            last: Cell::default(),
        }
    }

    /// The name of the file without its directory.
    pub(crate) fn file_name(&self) -> String {
        let name = self.file.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.content
    }

    /// How many characters lie between the start of a line and a place in it. An offset in the middle of a character
    /// counts it as begun.
    fn characters(&self, start: usize, offset: usize) -> usize {
        let (from, known) = match self.last.get() {
            (line, at, characters) if line == start && at <= offset => (at, characters),
            _ => (start, 0),
        };
        let between = self.content.as_bytes().get(from..offset).unwrap_or_default();
        let characters = known + between.iter().filter(|byte| (**byte as i8) >= -0x40).count();
        self.last.set((start, offset, characters));
        characters
    }

    /// The place of the byte at `offset`; past the end, the end.
    pub(crate) fn place(&self, offset: usize) -> Place {
        let offset = offset.min(self.content.len());
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let column = self.characters(self.starts[line - 1], offset) + 1;
        Place {
            file: self.file.clone(),
            line: line as u32,
            column: column as u32,
        }
    }

    /// The text of a line (from 1) without its end.
    pub(crate) fn line(&self, line: u32) -> Option<&str> {
        let index = (line as usize).checked_sub(1)?;
        let start = *self.starts.get(index)?;
        let end = self.starts.get(index + 1).copied().unwrap_or(self.content.len());
        self.content
            .get(start..end)
            .map(|line| line.trim_end_matches(['\n', '\r']))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_lines_and_characters() {
        let text = Text::new(Path::new("a"), "ab\nçé\"x\r\n\nend".to_owned());
        let at = |offset| {
            let place = text.place(offset);
            (place.line, place.column)
        };
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(2), (1, 3));
        assert_eq!(at(3), (2, 1));
        assert_eq!(at(7), (2, 3));
        assert_eq!(at(11), (3, 1));
        assert_eq!(at(1000), (4, 4));
        assert_eq!(text.line(2), Some("çé\"x"));
        assert_eq!(text.line(4), Some("end"));
        assert_eq!(text.line(5), None);
        assert_eq!(
            Text::new(Path::new("a"), String::new()).place(0).to_string(),
            "a:1:1"
        );
    }
}
