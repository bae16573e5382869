//! A Worker that is told another origin than its client asks for: addresses in headers follow, both ways.

use super::client::Client;
use hyper::Request;
use hyper::header::{HOST, HeaderMap, HeaderValue};
use std::sync::Arc;

/// What `request.url` begins with, where it is not what the client asked.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// The host, with a port or without (`--local-upstream`).
    pub host: Option<Arc<str>>,
    /// Whether it is https (`--upstream-protocol`). Without, as the client's connection is.
    pub https: Option<bool>,
}

/// The two names of one place.
pub(super) struct Translation {
    /// As the client says: `http://localhost:8787`.
    outer: String,
    /// As the Worker says: `https://shop.example`.
    inner: String,
}

impl Translation {
    /// That of `request`; `None` where both say the same.
    pub(super) fn of<B>(origin: &Origin, request: &Request<B>, client: &Client) -> Option<Self> {
        let inner = origin.host.as_deref()?;
        let outer = request.headers().get(HOST)?.to_str().ok()?;
        let scheme = |https| if https { "https" } else { "http" };
        Some(Self {
            outer: format!("{}://{outer}", scheme(client.secure)),
            inner: format!("{}://{inner}", scheme(origin.https.unwrap_or(client.secure))),
        })
    }

    /// `Origin`, `Referer` and the like, for the Worker.
    pub(super) fn inwards(&self, headers: &mut HeaderMap) {
        translate(headers, &self.outer, &self.inner);
    }

    /// `Location` and the like, for the client.
    pub(super) fn outwards(&self, headers: &mut HeaderMap) {
        translate(headers, &self.inner, &self.outer);
    }
}

fn translate(headers: &mut HeaderMap, from: &str, to: &str) {
    for value in headers.values_mut() {
        let translated = value.to_str().ok().and_then(|text| replaced(text, from, to));
        if let Some(Ok(new)) = translated.map(HeaderValue::try_from) {
            *value = new;
        }
    }
}

/// `text` with each `from` that is a whole origin replaced; `None` if there is none.
fn replaced(text: &str, from: &str, to: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    let mut found = false;
    while let Some(at) = rest.find(from) {
        let (before, after) = (&rest[..at], &rest[at + from.len()..]);
        // Not `http://localhost:87871`, not `http://shop.example.org`.
        let whole =
            !after.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '@'));
        out.push_str(before);
        out.push_str(if whole { to } else { from });
        found |= whole;
        rest = after;
    }
    found.then(|| out + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_origins_are_replaced() {
        let replaced = |text| replaced(text, "http://a:1", "https://b");
        assert_eq!(replaced("http://a:1").as_deref(), Some("https://b"));
        assert_eq!(
            replaced("<http://a:1/x>, http://a:12/ http://a:1?").as_deref(),
            Some("<https://b/x>, http://a:12/ https://b?")
        );
        assert_eq!(replaced("http://a:12"), None);
        assert_eq!(replaced("http://a:1.example"), None);
        assert_eq!(replaced("https://a:1"), None);
    }
}
