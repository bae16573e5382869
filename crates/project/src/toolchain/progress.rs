//! What a person sees on stderr while a package is fetched.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A spinner with the elapsed time, or nothing where nobody looks.
pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Starts a spinner if `wanted` and stderr is a terminal. npm reports no progress of its own, so there
    /// is nothing to fill a bar with until the file appears.
    pub(super) fn start(wanted: bool, what: &str) -> Self {
        if !(wanted && std::io::stderr().is_terminal()) {
            return Self {
                bar: ProgressBar::hidden(),
            };
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix} {msg} {elapsed}") {
            bar.set_style(style);
        }
        bar.set_prefix(format!("Fetching {what}"));
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar }
    }

    /// Shows how much of the tarball has arrived.
    pub(super) fn bytes(&self, count: u64) {
        if count > 0 {
            self.bar
                .set_message(format!("{}", indicatif::DecimalBytes(count)));
        }
    }

    /// Shows what happens now, after the download.
    pub(super) fn stage(&self, text: &'static str) {
        self.bar.set_message(text);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
