//! Single keys in the terminal, as under `wrangler dev`.

use crate::printer::{self, Printer};
use parking_lot::Mutex;
use rustix::process::getpgrp;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr};
use std::io::{IsTerminal as _, Read as _, stdin};
use tokio::sync::mpsc;

/// What a key asks for that the session has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// Show the Worker in a browser.
    Browser,
    /// Empty the screen.
    Clear,
    /// Say which keys there are.
    Help,
    /// Stop.
    Exit,
}

/// Every key and what it does.
pub(super) const HELP: [(char, &str); 4] = [
    ('b', "open a browser"),
    ('c', "clear console"),
    ('x', "to exit"),
    ('?', "help"),
];

impl Key {
    fn of(byte: u8) -> Option<Self> {
        match byte.to_ascii_lowercase() {
            b'b' => Some(Self::Browser),
            b'c' => Some(Self::Clear),
            b'?' | b'h' => Some(Self::Help),
            // Ctrl-D too, as a shell ends.
            b'x' | b'q' | 4 => Some(Self::Exit),
            _ => None,
        }
    }
}

/// The terminal in single-key mode; as it was before when this is dropped.
pub(super) struct Keys {
    keys: mpsc::Receiver<Key>,
}

/// How the terminal was, while it is in single-key mode.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

/// Makes the terminal what it was before; for an end that drops nothing.
pub(crate) fn restore() {
    if let Some(before) = BEFORE.lock().take() {
        let _ = tcsetattr(stdin(), OptionalActions::Now, &before);
    }
}

impl Keys {
    /// Listens, if the command runs in a terminal (or `asked` says so) and is the one in front.
    pub(super) fn listen(asked: Option<bool>) -> Option<Self> {
        let wanted =
            asked.unwrap_or_else(|| std::io::stdout().is_terminal() && std::env::var_os("CI").is_none());
        if !wanted || !stdin().is_terminal() {
            return None;
        }
        // A background job that touched the terminal would be stopped.
        if tcgetpgrp(stdin()).ok()? != getpgrp() {
            return None;
        }
        let before = tcgetattr(stdin()).ok()?;
        // Only what belongs to single keys: Ctrl-C stays a signal, lines keep their ends.
        let mut single = before.clone();
        single.local_modes -= LocalModes::ICANON | LocalModes::ECHO;
        tcsetattr(stdin(), OptionalActions::Now, &single).ok()?;
        *BEFORE.lock() = Some(before);
        let (sender, keys) = mpsc::channel(8);
        // A thread of its own, because such a read cannot be cancelled; the process ends without it.
        std::thread::spawn(move || {
            for byte in stdin().lock().bytes() {
                let Ok(byte) = byte else { return };
                if let Some(key) = Key::of(byte)
                    && sender.blocking_send(key).is_err()
                {
                    return;
                }
            }
        });
        Some(Self { keys })
    }

    /// The next key; never returns when there are no more.
    pub(super) async fn next(&mut self) -> Key {
        match self.keys.recv().await {
            Some(key) => key,
            None => std::future::pending().await,
        }
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        restore();
    }
}

/// Does what a key asks for, save [`Key::Exit`].
pub(super) fn perform(key: Key, url: &str, printer: &Printer) {
    match key {
        Key::Browser => {
            if let Err(error) = open::that_detached(url) {
                printer.warning(&format!(
                    "no browser could be opened: {error}; open {url} yourself"
                ));
            }
        }
        Key::Clear => printer::clear(),
        Key::Help => printer::keys(&HELP),
        Key::Exit => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_help_does_something() {
        for (key, _) in HELP {
            assert!(Key::of(key as u8).is_some(), "{key}");
        }
        assert_eq!(Key::of(b'X'), Some(Key::Exit));
        assert_eq!(Key::of(b'z'), None);
    }
}
