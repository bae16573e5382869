//! The one way to write a path: a route must not be evaded by writing it in another.

use std::borrow::Cow;
use url::Url;

/// Path and query as the Worker's `request.url` has them: dots are resolved, backslashes turned, and what needs no escape
/// has none.
pub(super) fn normalized(target: &str) -> Cow<'_, str> {
    if !needs_it(target) {
        return Cow::Borrowed(target);
    }
    let Ok(url) = Url::parse(&format!("http://host{target}")) else {
        return Cow::Borrowed(target);
    };
    let path = unescaped(url.path());
    Cow::Owned(match url.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    })
}

fn needs_it(target: &str) -> bool {
    target
        .bytes()
        .any(|byte| matches!(byte, b'%' | b'\\') || !byte.is_ascii_graphic())
        || target.contains("/.")
}

/// `path` with unreserved characters as they are, and escapes in capitals (RFC 3986, 6.2.2).
fn unescaped(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let escape = rest.get(at + 1..at + 3);
        let hex = escape.filter(|hex| hex.bytes().all(|digit| digit.is_ascii_hexdigit()));
        if let Some(byte) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            match char::from(byte) {
                plain @ ('a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '.' | '_' | '~') => out.push(plain),
                _ => out.push_str(&rest[at..at + 3].to_ascii_uppercase()),
            }
            rest = &rest[at + 3..];
        } else {
            out.push('%');
            rest = &rest[at + 1..];
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_in_one_way() {
        for (target, expected) in [
            ("/a/b?c=/../d", "/a/b?c=/../d"),
            ("/x/../admin/y", "/admin/y"),
            ("/x/%2e%2E/admin", "/admin"),
            ("/\\admin", "//admin"),
            ("/%61dmin/%c3%a4%2f", "/admin/%C3%A4%2F"),
            ("/./a", "/a"),
            ("/100%/a", "/100%/a"),
            ("/a%4", "/a%4"),
            ("/a%+f", "/a%+f"),
            ("/%", "/%"),
            ("/ä", "/%C3%A4"),
            ("*", "*"),
        ] {
            assert_eq!(normalized(target), expected, "{target}");
        }
    }

    #[test]
    fn what_is_normalized_stays() {
        for target in ["/%25", "/%2561", "/a%4", "/%C3%A4%2F", "/.a", "/a/..b"] {
            let once = normalized(target).into_owned();
            assert_eq!(normalized(&once), once, "{target}");
        }
    }
}
