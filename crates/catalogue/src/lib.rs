//! Who has what, durably: accounts, tokens, scripts, Workflows, and the files that belong to them.
//!
//! A catalogue knows none of these. It keeps documents, which change in transactions, and blobs, which are named by what
//! is in them and never change. `stepwell-control` gives them their meaning.

mod blob;
#[cfg(feature = "conformance")]
pub mod conformance;
mod document;
pub mod memory;

pub use blob::Digest;
pub use document::{Change, Document};
pub use stepwell_store::StoreError;

use async_trait::async_trait;
use bytes::Bytes;

/// Durable documents and blobs. Every method that writes returns when what it wrote survives a loss of power.
#[async_trait]
pub trait Catalogue: Send + Sync + 'static {
    /// All documents, by kind and key.
    async fn documents(&self) -> Result<Vec<Document>, StoreError>;

    /// Applies all changes or none. Of several changes of one document the last counts.
    async fn apply(&self, changes: Vec<Change>) -> Result<(), StoreError>;

    /// Keeps bytes under the name that is returned. Bytes that are there already are not written again.
    async fn put_blob(&self, bytes: Bytes) -> Result<Digest, StoreError>;

    /// The bytes of this name, or `None`.
    ///
    /// # Errors
    /// `Corrupt` if they are not what was written.
    async fn blob(&self, digest: Digest) -> Result<Option<Bytes>, StoreError>;

    /// The names of all blobs.
    async fn blobs(&self) -> Result<Vec<Digest>, StoreError>;

    /// Deletes the blobs of these names, as far as they are there.
    async fn delete_blobs(&self, digests: Vec<Digest>) -> Result<(), StoreError>;
}
