//! `_headers` and `_redirects`.

pub(crate) mod headers;
pub(crate) mod pattern;
pub(crate) mod redirects;
pub(crate) mod report;
mod text;
mod url_text;
