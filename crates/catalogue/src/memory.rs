//! A catalogue that is gone with its process: the reference for the conformance suite, and for tests.

use crate::{Catalogue, Change, Digest, Document, StoreError};
use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;
use std::collections::BTreeMap;

#[derive(Debug, Default)]
struct Inner {
    documents: BTreeMap<(String, String), Bytes>,
    blobs: BTreeMap<Digest, Bytes>,
}

/// See the module.
#[derive(Debug, Default)]
pub struct MemoryCatalogue {
    inner: Mutex<Inner>,
}

impl MemoryCatalogue {
    /// An empty catalogue.
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl Catalogue for MemoryCatalogue {
    async fn documents(&self) -> Result<Vec<Document>, StoreError> {
        let inner = self.inner.lock();
        let documents = inner.documents.iter().map(|((kind, key), body)| Document {
            kind: kind.clone(),
            key: key.clone(),
            body: body.clone(),
        });
        Ok(documents.collect())
    }

    async fn apply(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        let mut inner = self.inner.lock();
        for change in changes {
            match change {
                Change::Put(Document { kind, key, body }) => inner.documents.insert((kind, key), body),
                Change::Delete { kind, key } => inner.documents.remove(&(kind, key)),
            };
        }
        Ok(())
    }

    async fn put_blob(&self, bytes: Bytes) -> Result<Digest, StoreError> {
        let digest = Digest::of(&bytes);
        self.inner.lock().blobs.insert(digest, bytes);
        Ok(digest)
    }

    async fn blob(&self, digest: Digest) -> Result<Option<Bytes>, StoreError> {
        Ok(self.inner.lock().blobs.get(&digest).cloned())
    }

    async fn blobs(&self) -> Result<Vec<Digest>, StoreError> {
        Ok(self.inner.lock().blobs.keys().copied().collect())
    }

    async fn delete_blobs(&self, digests: Vec<Digest>) -> Result<(), StoreError> {
        let mut inner = self.inner.lock();
        inner.blobs.retain(|digest, _| !digests.contains(digest));
        Ok(())
    }
}
