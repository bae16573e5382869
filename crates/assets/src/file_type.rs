//! `Content-Type` from a file's name.

use http::HeaderValue;

/// The type of a file called `name`, with the charset if it is text; `None` if the extension is unknown.
pub(crate) fn of(name: &str) -> Option<HeaderValue> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    // What is hidden by a dot in front has no extension.
    let (stem, extension) = name.rsplit_once('.')?;
    if stem.is_empty() || extension.is_empty() {
        return None;
    }
    let kind = mime_guess::from_ext(extension).first_raw()?;
    if kind.starts_with("text/") {
        HeaderValue::try_from(format!("{kind}; charset=utf-8")).ok()
    } else {
        Some(HeaderValue::from_static(kind))
    }
}
