//! Colours, by meaning. `anstream` removes them where they do not belong (pipes, `NO_COLOR`).

use owo_colors::OwoColorize;

pub(super) fn good(text: &str) -> String {
    text.green().bold().to_string()
}

pub(super) fn bad(text: &str) -> String {
    text.red().bold().to_string()
}

pub(super) fn doubtful(text: &str) -> String {
    text.yellow().bold().to_string()
}

pub(super) fn name(text: &str) -> String {
    text.cyan().to_string()
}

pub(super) fn faint(text: &str) -> String {
    text.dimmed().to_string()
}

pub(super) fn strong(text: &str) -> String {
    text.bold().to_string()
}
