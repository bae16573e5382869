//! The URL that a request asks for, as a Worker would see it in `request.url`.

use http::header::HOST;
use http::request::Parts;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::Url;

/// What `encodeURIComponent` encodes: all but letters, digits and `-_.!~*'()`.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// The URL of a request.
pub(crate) struct Target {
    url: Url,
}

impl Target {
    /// The URL of `parts`; `None` if it is no URL, whatever the host.
    pub(crate) fn of(parts: &Parts) -> Option<Self> {
        let scheme = parts.uri.scheme_str().unwrap_or("http");
        let host = match parts.uri.authority() {
            Some(authority) => authority.as_str(),
            None => parts
                .headers
                .get(HOST)
                .and_then(|host| host.to_str().ok())
                .unwrap_or("localhost"),
        };
        let path = match parts.uri.path_and_query() {
            Some(path) if path.as_str().starts_with('/') => path.as_str(),
            _ => "/",
        };
        let path = encode_caret(path);
        Url::parse(&format!("{scheme}://{host}{path}"))
            .or_else(|_| Url::parse(&format!("http://localhost{path}")))
            .ok()
            .map(|url| Self { url })
    }

    /// The URL.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// The path, dot segments resolved, percent-encoded as it came.
    pub(crate) fn path(&self) -> &str {
        self.url.path()
    }

    /// The query with its `?`, or nothing.
    pub(crate) fn search(&self) -> String {
        search(&self.url)
    }

    /// The URL without scheme, port and query, as rules that begin with `https://` want it.
    pub(crate) fn host_and_path(&self) -> String {
        format!(
            "https://{}{}",
            self.url.host_str().unwrap_or_default(),
            self.path()
        )
    }
}

/// The URL standard encodes `^` in paths since 2024; the parser does not yet.
fn encode_caret(path_and_query: &str) -> String {
    match path_and_query.split_once('?') {
        Some((path, query)) => format!("{}?{query}", path.replace('^', "%5E")),
        None => path_and_query.replace('^', "%5E"),
    }
}

/// The query of `url` with its `?`, or nothing if it is empty.
pub(crate) fn search(url: &Url) -> String {
    match url.query() {
        None | Some("") => String::new(),
        Some(query) => format!("?{query}"),
    }
}

/// The fragment of `url` with its `#`, or nothing if it is empty.
pub(crate) fn hash(url: &Url) -> String {
    match url.fragment() {
        None | Some("") => String::new(),
        Some(fragment) => format!("#{fragment}"),
    }
}

/// `path` as files are called: decoded, but for segments that are not well encoded, and with single slashes only (so that no
/// redirect to it can lead to another host).
pub(crate) fn decode(path: &str) -> String {
    let mut decoded = String::with_capacity(path.len());
    for (index, segment) in path.split('/').enumerate() {
        if index > 0 {
            push_slash(&mut decoded);
        }
        match decode_segment(segment) {
            // An encoded slash is a slash.
            Some(text) => {
                for (index, part) in text.split('/').enumerate() {
                    if index > 0 {
                        push_slash(&mut decoded);
                    }
                    decoded.push_str(part);
                }
            }
            None => decoded.push_str(segment),
        }
    }
    decoded
}

fn push_slash(path: &mut String) {
    if !path.ends_with('/') {
        path.push('/');
    }
}

/// `None` for a percent sign without two digits, and for bytes that are not UTF-8.
fn decode_segment(segment: &str) -> Option<String> {
    let malformed = segment.split('%').skip(1).any(|after| {
        let digits = after.as_bytes();
        digits.len() < 2 || !digits[0].is_ascii_hexdigit() || !digits[1].is_ascii_hexdigit()
    });
    if malformed {
        return None;
    }
    percent_decode_str(segment)
        .decode_utf8()
        .ok()
        .map(std::borrow::Cow::into_owned)
}

/// The canonical encoding of a decoded path.
pub(crate) fn encode(path: &str) -> String {
    let segments: Vec<String> = path
        .split('/')
        .map(|segment| utf8_percent_encode(segment, COMPONENT).to_string())
        .collect();
    segments.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_decoded_segment_by_segment() {
        for (path, decoded) in [
            ("/a%20b/%C3%BC", "/a b/ü"),
            ("/%zz/%41", "/%zz/A"),
            ("/%41%/x", "/%41%/x"),
            ("/%ff/x", "/%ff/x"),
            ("//a///b/", "/a/b/"),
            ("/%2F%2Fevil.example/", "/evil.example/"),
            ("/%2e%2e/x", "/../x"),
        ] {
            assert_eq!(decode(path), decoded, "{path}");
        }
    }

    #[test]
    fn a_path_is_encoded_as_javascript_does() {
        assert_eq!(encode("/[a] b/ü-_.!~*'()/@"), "/%5Ba%5D%20b/%C3%BC-_.!~*'()/%40");
    }

    #[test]
    fn a_target_without_a_host_has_one() {
        let (parts, ()) = http::Request::builder()
            .uri("/a/../b?c")
            .header("host", "not a host")
            .body(())
            .unwrap()
            .into_parts();
        let target = Target::of(&parts).unwrap();
        assert_eq!(target.path(), "/b");
        assert_eq!(target.search(), "?c");
        assert_eq!(target.host_and_path(), "https://localhost/b");
    }
}
