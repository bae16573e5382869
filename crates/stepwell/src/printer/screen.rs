//! The screen at the start of `stepwell dev`: what the Worker has on `env`, and which keys do something.

use super::style;
use std::fmt::Write as _;

/// A binding as the start screen shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Binding {
    /// Its name on `env`.
    pub(crate) name: String,
    /// What it is, in wrangler's words.
    pub(crate) resource: &'static str,
    /// What it leads to.
    pub(crate) detail: String,
    /// Whether it works here.
    pub(crate) mode: Mode,
}

/// What a [`Binding`] does here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// It works, on this machine.
    Local,
    /// It leads to another Worker of the session.
    Connected,
    /// It leads to a Worker that is not in the session.
    NotConnected,
    /// Its kind is not supported: the first use throws.
    NotSupported,
}

impl Mode {
    fn text(self) -> String {
        match self {
            Self::Local => style::good("local"),
            Self::Connected => style::good("local [connected]"),
            Self::NotConnected => style::bad("local [not connected]"),
            Self::NotSupported => style::bad("not supported"),
        }
    }
}

/// The longest detail that is shown, in characters.
const DETAIL_CHARS: usize = 60;

/// The table of a Worker's bindings, as wrangler has it.
pub(super) fn bindings(worker: &str, several: bool, bindings: &[Binding]) -> String {
    let whose = if several {
        worker.to_owned()
    } else {
        "Your Worker".to_owned()
    };
    if bindings.is_empty() {
        return format!("{whose} has no bindings.");
    }
    let label = |binding: &Binding| format!("env.{}", binding.name);
    let wide = |least: &str, lengths: &mut dyn Iterator<Item = usize>| {
        lengths.chain([least.len()]).max().unwrap_or_default() + 2
    };
    let names = wide(
        "Binding",
        &mut bindings.iter().map(|binding| label(binding).chars().count()),
    );
    let resources = wide(
        "Resource",
        &mut bindings.iter().map(|binding| binding.resource.len()),
    );
    let mut out = format!("{whose} has access to the following bindings:\n");
    let head = format!("{:names$}{:resources$}Mode", "Binding", "Resource");
    out.push_str(&style::faint(&head));
    for binding in bindings {
        // Padded before it is coloured: escape sequences have a length of their own.
        let name = style::name(&format!("{:names$}", label(binding)));
        let _ = write!(
            out,
            "\n{name}{:resources$}{}",
            binding.resource,
            binding.mode.text()
        );
        if !binding.detail.is_empty() {
            let _ = write!(out, "\n  {}", style::faint(&shortened(&binding.detail)));
        }
    }
    out
}

fn shortened(detail: &str) -> String {
    let one_line: String = detail
        .chars()
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect();
    if one_line.chars().count() <= DETAIL_CHARS {
        return one_line;
    }
    let kept: String = one_line.chars().take(DETAIL_CHARS - 1).collect();
    format!("{kept}…")
}

/// The line of keys.
pub(super) fn keys(keys: &[(char, &str)]) -> String {
    let keys: Vec<String> = keys
        .iter()
        .map(|(key, what)| format!("{} {}", style::name(&format!("[{key}]")), style::faint(what)))
        .collect();
    keys.join("  ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_is_cut_and_kept_on_its_line() {
        assert_eq!(shortened("a\nb"), "a b");
        assert_eq!(shortened(&"é".repeat(80)).chars().count(), DETAIL_CHARS);
    }

    #[test]
    fn columns_are_as_wide_as_their_widest() {
        let binding = |name: &str, resource| Binding {
            name: name.to_owned(),
            resource,
            detail: String::new(),
            mode: Mode::NotSupported,
        };
        let table = bindings(
            "app",
            true,
            &[binding("A", "Workflow"), binding("LONGER_NAME", "Durable Object")],
        );
        let plain = anstream::adapter::strip_str(&table).to_string();
        assert_eq!(
            plain,
            "app has access to the following bindings:\n\
             Binding          Resource        Mode\n\
             env.A            Workflow        not supported\n\
             env.LONGER_NAME  Durable Object  not supported"
        );
    }
}
