//! Reads the messages that esbuild prints.
//!
//! The `esbuild` program has no machine-readable log, so this reads the one for people: a line with the
//! message, an indented line with the place, an excerpt, and indented notes.

use std::path::Path;

use crate::diagnostic::{Diagnostic, Severity};
use crate::place::{Place, Text};

/// The messages in `log`; their files are relative to `project_dir`.
pub(super) fn parse(log: &str, project_dir: &Path) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    // Whether the lines at hand belong to the message itself, or to its place and what comes after.
    let mut in_message = false;
    for line in log.lines() {
        if let Some((severity, text)) = heading(line) {
            found.push(Diagnostic::without_place(severity, text.to_owned()));
            in_message = true;
            continue;
        }
        let Some(current) = found.last_mut() else { continue };
        if let Some(rest) = line.strip_prefix("    ") {
            in_message = false;
            // The first place is the error's; those of notes come later.
            if current.place.is_none() && current.notes.is_empty() {
                current.place = place(rest);
            }
        } else if let Some(note) = line.strip_prefix("  ").filter(|note| !note.trim().is_empty()) {
            in_message = false;
            current.notes.push(note.trim().to_owned());
        } else if in_message && !line.is_empty() {
            current.text.push('\n');
            current.text.push_str(line);
        }
    }
    for diagnostic in &mut found {
        look_up(diagnostic, project_dir);
    }
    found
}

fn heading(line: &str) -> Option<(Severity, &str)> {
    if let Some((_, text)) = line
        .split_once("[ERROR] ")
        .filter(|(mark, _)| mark.chars().count() <= 2)
    {
        return Some((Severity::Error, text));
    }
    let (_, text) = line
        .split_once("[WARNING] ")
        .filter(|(mark, _)| mark.chars().count() <= 2)?;
    // The identifier for `--log-override` at the end is of no use here.
    let text = text
        .strip_suffix(']')
        .and_then(|text| text.rsplit_once(" ["))
        .map_or(text, |(text, _)| text);
    Some((Severity::Warning, text))
}

/// `src/index.ts:3:14:`, with the line from 1 and the column from 0 and in bytes.
fn place(text: &str) -> Option<Place> {
    let text = text.trim_end().strip_suffix(':')?;
    let (rest, column) = text.rsplit_once(':')?;
    let (file, line) = rest.rsplit_once(':')?;
    Some(Place {
        file: file.into(),
        line: line.parse().ok()?,
        column: column.parse().ok()?,
    })
}

/// Adds the source line, and turns the column into one in characters from 1.
fn look_up(diagnostic: &mut Diagnostic, project_dir: &Path) {
    let Some(place) = &mut diagnostic.place else {
        return;
    };
    let bytes = place.column as usize;
    place.column += 1;
    let Ok(content) = std::fs::read_to_string(project_dir.join(&place.file)) else {
        return;
    };
    let text = Text::new(&place.file, content);
    if let Some(line) = text.line(place.line) {
        let before = line.char_indices().take_while(|(at, _)| *at < bytes).count();
        place.column = before as u32 + 1;
        diagnostic.line_text = Some(line.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "\
▲ [WARNING] Duplicate key \"a\" in object literal [duplicate-object-key]

    src/bad.ts:1:5:
      1 │ ...é a
        ╵      ^

  The original key \"a\" is here:

    src/bad.ts:1:80:
      1 │ x
        ╵ ^

✘ [ERROR] Could not resolve \"path\"

    src/bad.ts:2:24:
      2 │ import \"path\"
        ╵        ~~~~~~

  The package \"path\" wasn't found.

✘ [ERROR] Missing \"=\"

";

    #[test]
    fn reads_messages_places_and_notes() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("src")).unwrap();
        std::fs::write(directory.path().join("src/bad.ts"), "éé xyz\nimport \"path\"\n").unwrap();
        let found = parse(LOG, directory.path());
        let summary: Vec<String> = found.iter().map(Diagnostic::one_line).collect();
        assert_eq!(
            summary,
            [
                "src/bad.ts:1:4: Duplicate key \"a\" in object literal",
                "src/bad.ts:2:14: Could not resolve \"path\"",
                "Missing \"=\"",
            ]
        );
        assert_eq!(found[0].severity, Severity::Warning);
        assert_eq!(found[0].line_text.as_deref(), Some("éé xyz"));
        assert_eq!(found[1].notes, ["The package \"path\" wasn't found."]);
    }
}
