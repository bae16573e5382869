//! What can be wrong with recorded bytes.

/// Bytes that are not a value. Offsets count from the version byte.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No bytes at all.
    #[error("the value is empty")]
    Empty,
    /// A version this build does not know.
    #[error("the value has version {0}, this build reads version 1")]
    Version(u8),
    /// The bytes end inside a node, or a length goes beyond them.
    #[error("the value is cut off at byte {0}")]
    CutOff(usize),
    /// Bytes that no writer writes.
    #[error("the value has an invalid {what} at byte {at}")]
    Invalid {
        /// What is invalid.
        what: &'static str,
        /// Where.
        at: usize,
    },
    /// More than [`super::MAX_DEPTH`] nodes in each other.
    #[error("the value is nested too deeply")]
    TooDeep,
    /// Bytes after the value's end.
    #[error("the value goes on after its end at byte {0}")]
    Trailing(usize),
    /// Text that is not JSON.
    #[error("the value is not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// Text that is not UTF-8.
    #[error("the value is not UTF-8: {0}")]
    Utf8(#[from] std::str::Utf8Error),
}
