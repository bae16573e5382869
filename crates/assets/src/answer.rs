//! What the assets say to a request.

use std::fs::File;

use http::{HeaderMap, StatusCode};

/// Who a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// [`crate::Site::serve`] answers it.
    Asset,
    /// The Worker's `fetch` answers it.
    Worker,
}

/// An answer without its HTTP version: what goes on the wire.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// All headers but those of the connection. `Content-Length` is there when a file is answered, also to `HEAD`.
    pub headers: HeaderMap,
    /// The body.
    pub body: Body,
}

/// The body of an [`Answer`].
#[derive(Debug)]
pub enum Body {
    /// None.
    Empty,
    /// A part of a file.
    File {
        /// Open for reading, at an unspecified position.
        file: File,
        /// The first byte to send.
        start: u64,
        /// How many bytes to send. The file may be shorter by then: it can change while it is sent.
        len: u64,
    },
}

impl Answer {
    /// An answer without headers and without a body.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Body::Empty,
        }
    }
}
