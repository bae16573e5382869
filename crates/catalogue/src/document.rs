//! Documents and how they change.

use bytes::Bytes;

/// A document: bytes under a kind and a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Document {
    /// What it describes, such as `script`.
    pub kind: String,
    /// Which one, unique within the kind.
    pub key: String,
    /// What it says; the catalogue does not look into it.
    pub body: Bytes,
}

/// One change of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The document says this now.
    Put(Document),
    /// The document is gone. It need not have been there.
    Delete {
        /// Its kind.
        kind: String,
        /// Its key.
        key: String,
    },
}
