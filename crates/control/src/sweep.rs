//! What nothing refers to any more.

use crate::Control;
use crate::error::Error;
use crate::model::{Assets, KnownAsset};
use crate::transaction::Transaction;
use std::collections::BTreeSet;
use std::sync::Arc;
use stepwell_catalogue::Digest;

/// An asset that no version has is kept so long: an interrupted upload goes on where it was.
const ASSET_KEPT_MS: i64 = 24 * 60 * 60 * 1000;

impl Control {
    /// Deletes blobs that no version has: of uploads that were refused or cut off, and of Workers that are gone. Nothing
    /// may be uploaded meanwhile.
    pub(crate) async fn sweep(&self) -> Result<(), Error> {
        let (mut used, manifests) = self.modules_and_manifests();
        for manifest in &manifests {
            used.insert(manifest.manifest);
            used.extend(self.asset_files(manifest).await?.values().map(|file| file.digest));
        }
        let oldest = self.now_ms() - ASSET_KEPT_MS;
        let known: Vec<Arc<KnownAsset>> = self.state().assets.values().cloned().collect();
        let mut transaction = Transaction::default();
        for asset in known {
            if asset.uploaded_ms >= oldest {
                used.insert(asset.digest);
            } else if !used.contains(&asset.digest) {
                transaction.delete(&*asset);
            }
        }
        let writing = self.writing().await;
        self.commit(transaction, writing).await?;
        let blobs = self.inner.catalogue.blobs().await?;
        let unused: Vec<Digest> = blobs.into_iter().filter(|blob| !used.contains(blob)).collect();
        if !unused.is_empty() {
            self.inner.catalogue.delete_blobs(unused).await?;
        }
        Ok(())
    }

    fn modules_and_manifests(&self) -> (BTreeSet<Digest>, Vec<Assets>) {
        let state = self.state();
        let modules = state.versions.values().flat_map(|version| &version.modules);
        let modules = modules.map(|module| module.digest).collect();
        let mut manifests: Vec<Assets> = state
            .versions
            .values()
            .filter_map(|version| version.assets.clone())
            .collect();
        manifests.sort_by_key(|assets| assets.manifest);
        manifests.dedup_by_key(|assets| assets.manifest);
        (modules, manifests)
    }
}
