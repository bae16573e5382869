//! Colours, by meaning. `anstream` removes them where they do not belong (pipes, `NO_COLOR`).

use owo_colors::OwoColorize;

/// Where the text goes to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style;

impl Style {
    pub(crate) fn of_stderr() -> Self {
        Self
    }

    pub(crate) fn of_stdout() -> Self {
        Self
    }

    pub(super) fn good(self, text: &str) -> String {
        format!("{}", text.green().bold())
    }

    pub(super) fn bad(self, text: &str) -> String {
        format!("{}", text.red().bold())
    }

    pub(super) fn doubtful(self, text: &str) -> String {
        format!("{}", text.yellow().bold())
    }

    pub(super) fn name(self, text: &str) -> String {
        format!("{}", text.cyan())
    }

    pub(super) fn faint(self, text: &str) -> String {
        format!("{}", text.dimmed())
    }
}
