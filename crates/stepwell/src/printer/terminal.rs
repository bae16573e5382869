//! What the terminal is like.

use std::io::{IsTerminal as _, Write as _, stderr, stdin, stdout};

/// What fits where the width is not known: a pipe into a pager, a log.
const WIDTH_DEFAULT: usize = 80;
/// Nothing is legible in less.
const WIDTH_MIN: usize = 40;

/// Whether a person looks at standard output.
pub(crate) fn is_terminal() -> bool {
    stdout().is_terminal()
}

/// Asks a question whose answer is yes unless it is told otherwise; `None` where nobody can be asked.
pub(crate) fn ask(question: &str) -> Option<bool> {
    let is_ci = std::env::var_os("CI").is_some_and(|ci| !ci.is_empty() && ci != "false");
    if is_ci || !stdin().is_terminal() || !is_terminal() {
        return None;
    }
    let _ = write!(anstream::stderr(), "? {question} (Y/n) ");
    let _ = stderr().flush();
    let mut answer = String::new();
    let read = stdin().read_line(&mut answer);
    let is_no = answer.trim_start().to_ascii_lowercase().starts_with('n');
    Some(matches!(read, Ok(1..)) && !is_no)
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
