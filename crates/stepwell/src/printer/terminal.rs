//! What the terminal is like.

use std::io::{IsTerminal as _, stdout};

/// What fits where the width is not known: a pipe into a pager, a log.
const WIDTH_DEFAULT: usize = 80;
/// Nothing is legible in less.
const WIDTH_MIN: usize = 40;

/// Whether a person looks at standard output.
pub(crate) fn is_terminal() -> bool {
    stdout().is_terminal()
}

/// Columns of the terminal, or what `COLUMNS` says; `None` in a pipe.
fn columns() -> Option<usize> {
    let told = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    let asked = || {
        let size = rustix::termios::tcgetwinsize(stdout()).ok()?;
        Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
    };
    told.or_else(asked).map(|columns: usize| columns.max(WIDTH_MIN))
}

/// Columns that a picture may take.
pub(crate) fn width() -> usize {
    columns().unwrap_or(WIDTH_DEFAULT)
}

/// Columns that a table may take: as many as it needs where nobody looks, because programs read it.
pub(crate) fn table_width() -> usize {
    columns().unwrap_or(usize::MAX)
}
