//! Showing something once, or again whenever it changes.

use crate::arguments::WatchArguments;
use crate::printer;
use std::time::Duration;

/// What is shown.
pub(crate) struct Shown {
    /// On standard output.
    pub(crate) text: String,
    /// What it shows, without what only the clock changes: a new picture is worth it if this differs.
    pub(crate) facts: String,
    /// Whether nothing can change any more.
    pub(crate) is_final: bool,
}

impl Shown {
    pub(crate) fn now(text: String, facts: &impl ToString) -> Self {
        Self {
            text,
            facts: facts.to_string(),
            is_final: false,
        }
    }
}

/// Shows what `look` gives: once, or whenever it changes. On a terminal the new picture takes the place of the old one.
pub(crate) fn show(
    arguments: &WatchArguments,
    mut look: impl FnMut() -> anyhow::Result<Shown>,
) -> anyhow::Result<()> {
    if !arguments.watch {
        print(&look()?.text);
        return Ok(());
    }
    let mut last = None;
    loop {
        let shown = look()?;
        if last.as_ref() != Some(&shown.facts) {
            if printer::terminal::is_terminal() {
                printer::picture(&shown.text, last.is_none());
            } else {
                print(&shown.text);
            }
        }
        if shown.is_final {
            return Ok(());
        }
        last = Some(shown.facts);
        std::thread::sleep(Duration::from_secs(arguments.interval));
    }
}

/// Where there is nothing to show, a warning has said so.
fn print(text: &str) {
    if !text.is_empty() {
        printer::data(text);
    }
}
