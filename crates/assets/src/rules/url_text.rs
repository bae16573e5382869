//! The paths and URLs in rules: which are allowed, and in which form they are compared.

use url::Url;

use crate::target::{hash, search};

/// What a URL is written for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// The left side of a redirect: a path.
    RedirectFrom,
    /// The right side of a redirect: a path or URL, with query and fragment.
    RedirectTo,
    /// The first line of headers: a path or URL, without a port.
    Headers,
}

/// The URL that `text` is, normalized; or why it cannot be used so.
pub(super) fn normalized(text: &str, used: Use) -> Result<String, String> {
    if let Some((host, path)) = split_host(text) {
        if used == Use::RedirectFrom {
            return Err(format!(
                "Only relative URLs are allowed. Skipping absolute URL {text}."
            ));
        }
        if used == Use::Headers && has_port(host) {
            return Err(format!(
                "Specifying ports is not supported. Skipping absolute URL {text}."
            ));
        }
        return path_of(path, used)
            .map(|path| format!("https://{host}{path}"))
            .ok_or_else(|| unreadable(text));
    }
    if text.starts_with('/') || used == Use::RedirectFrom {
        return path_of(text, used).ok_or_else(|| unreadable(text));
    }
    Err(
        "URLs should either be relative (e.g. begin with a forward-slash), or use HTTPS (e.g. begin with \"https://\")."
            .to_owned(),
    )
}

/// Whether `text` names a host.
pub(super) fn has_host(text: &str) -> bool {
    split_host(text).is_some()
}

fn unreadable(text: &str) -> String {
    format!("Error parsing URL segment {text}. Skipping.")
}

fn split_host(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix("https://")?.trim_start_matches('/');
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    (!host.is_empty()).then_some((host, path))
}

fn has_port(host: &str) -> bool {
    host.rsplit_once(':')
        .is_some_and(|(_, port)| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// `path` with dot segments resolved and what has to be percent-encoded encoded.
fn path_of(path: &str, used: Use) -> Option<String> {
    let slash = if path.starts_with('/') { "" } else { "/" };
    let url = Url::parse(&format!("relative://{slash}{path}")).ok()?;
    Some(match used {
        Use::RedirectTo => format!("{}{}{}", url.path(), search(&url), hash(&url)),
        Use::RedirectFrom | Use::Headers => url.path().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_normalized() {
        for (text, used, expected) in [
            ("/a/../b", Use::RedirectFrom, "/b"),
            ("a", Use::RedirectFrom, "/a"),
            ("/a?b#c", Use::RedirectFrom, "/a"),
            ("/a?b#c", Use::RedirectTo, "/a?b#c"),
            ("//evil.example/x", Use::RedirectTo, "//evil.example/x"),
            ("/ü[x]", Use::RedirectTo, "/%C3%BC[x]"),
            ("https://x:8080/a?b", Use::RedirectTo, "https://x:8080/a?b"),
            ("https://x", Use::RedirectTo, "https://x/"),
            ("https://:sub.x/*", Use::Headers, "https://:sub.x/*"),
        ] {
            assert_eq!(normalized(text, used).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn urls_that_cannot_be_used_say_why() {
        for (text, used, start) in [
            ("https://x/a", Use::RedirectFrom, "Only relative URLs"),
            ("https://x:1/a", Use::Headers, "Specifying ports"),
            ("http://x/a", Use::RedirectTo, "URLs should either"),
        ] {
            let reason = normalized(text, used).unwrap_err();
            assert!(reason.starts_with(start), "{text}: {reason}");
        }
    }
}
