//! Messages at places in the sources that esbuild does not report.

use std::path::Path;

use crate::config::Config;
use crate::diagnostic::{Diagnostic, Severity};
use crate::place::Text;

/// An error where the file `importer` imports `specifier`. esbuild does not say where an import is that it has
/// nothing against, so this looks for its text.
pub(super) fn error_at_import(
    config: &Config,
    importer: &str,
    specifier: &str,
    message: String,
) -> Diagnostic {
    let content = std::fs::read_to_string(config.project_dir.join(importer)).ok();
    let found = content.and_then(|content| {
        let at = ['"', '\'', '`']
            .iter()
            .find_map(|quote| content.find(&format!("{quote}{specifier}{quote}")))?;
        Some((Text::new(Path::new(importer), content), at))
    });
    match found {
        Some((text, at)) => Diagnostic::at(Severity::Error, &text, at, message),
        None => Diagnostic::without_place(Severity::Error, message),
    }
}

/// The text in quotes at the place of a message: what is imported there.
pub(super) fn quoted(diagnostic: &Diagnostic) -> Option<String> {
    let place = diagnostic.place.as_ref()?;
    let mut rest = diagnostic
        .line_text
        .as_deref()?
        .chars()
        .skip(place.column as usize - 1);
    let quote = rest.next().filter(|first| matches!(first, '"' | '\'' | '`'))?;
    Some(rest.take_while(|next| *next != quote).collect())
}
