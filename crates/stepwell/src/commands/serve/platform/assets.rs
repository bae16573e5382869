//! The static assets of versions.

use anyhow::Context as _;
use async_trait::async_trait;
use bytes::Bytes;
use std::collections::{BTreeMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use stepwell_api::assets::{AssetCache, Blobs, Sites, serve_binding};
use stepwell_assets::{Contents, UploadedConfig, UploadedFile};
use stepwell_catalogue::{Catalogue, Digest};
use stepwell_control::model::{AssetFile, ScriptVersion};
use stepwell_control::{BoundValue, WorkerState, WorkerVersion};
use stepwell_runtime::SocketDirectory;
use tokio::net::UnixListener;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

/// The assets of all versions.
pub(super) struct Assets {
    catalogue: Arc<dyn Catalogue>,
    cache: Arc<AssetCache>,
    sockets: Arc<SocketDirectory>,
}

/// The assets of one version.
pub(super) struct Served {
    pub(super) sites: Sites,
    /// Where the version's binding asks, if it has one.
    pub(super) socket: Option<PathBuf>,
    /// Answers the binding as long as this is there.
    binding: Option<AbortOnDropHandle<()>>,
}

impl Assets {
    /// Files that were asked for are kept in `directory`.
    pub(super) fn new(
        catalogue: Arc<dyn Catalogue>,
        directory: &Path,
        sockets: Arc<SocketDirectory>,
    ) -> io::Result<Self> {
        let blobs = Arc::new(FromCatalogue(catalogue.clone()));
        Ok(Self {
            catalogue,
            cache: Arc::new(AssetCache::new(directory.join("assets-cache"), blobs)?),
            sockets,
        })
    }

    /// Deletes the files of assets that no version has any more. Nothing may be served yet.
    pub(super) async fn sweep(&self, workers: &[WorkerState]) -> anyhow::Result<()> {
        let versions = workers.iter().flat_map(|worker| &worker.versions);
        let mut kept = HashSet::new();
        for assets in versions.filter_map(|version| version.facts.assets.as_ref()) {
            let files = self.list(assets.manifest).await?;
            kept.extend(files.into_values().map(|file| file.digest.to_string()));
        }
        let cache = self.cache.clone();
        tokio::task::spawn_blocking(move || cache.sweep(&kept)).await??;
        Ok(())
    }

    /// Serves the assets of a version; `None` if it has none.
    ///
    /// # Errors
    /// If their list cannot be read, or there can be no socket.
    pub(super) async fn serve(&self, version: &WorkerVersion) -> anyhow::Result<Option<Served>> {
        let facts = &version.facts;
        let Some(assets) = &facts.assets else {
            return Ok(None);
        };
        let files = self.list(assets.manifest).await?;
        let is_bound = version
            .bindings
            .iter()
            .any(|bound| bound.value == BoundValue::Assets);
        let mut config = UploadedConfig::from_json(&assets.config)?;
        config.settings.has_worker = has_code(facts);
        config.settings.has_binding = is_bound;
        config
            .settings
            .compatibility_date
            .clone_from(&facts.compatibility_date);
        config
            .settings
            .compatibility_flags
            .clone_from(&facts.compatibility_flags);
        let site = config.site(
            files.into_iter().map(uploaded),
            &(self.cache.clone() as Arc<dyn Contents>),
        )?;
        // Nothing changes it any more.
        let sites = watch::channel(Some(Arc::new(site))).1;
        let mut served = Served {
            sites,
            socket: None,
            binding: None,
        };
        if is_bound {
            let socket = self.sockets.path(&format!("a{}", self.sockets.number()));
            let listener =
                UnixListener::bind(&socket).context("cannot listen for the Worker's assets binding")?;
            let answering = tokio::spawn(serve_binding(listener, served.sites.clone()));
            served.socket = Some(socket);
            served.binding = Some(AbortOnDropHandle::new(answering));
        }
        Ok(Some(served))
    }

    /// The files of a version by path.
    async fn list(&self, manifest: Digest) -> anyhow::Result<BTreeMap<String, AssetFile>> {
        let list = self.catalogue.blob(manifest).await?;
        let list = list.context("the list of the static assets is missing in the catalogue")?;
        Ok(serde_json::from_slice(&list)?)
    }
}

/// Whether there is code beside the assets.
pub(super) fn has_code(facts: &ScriptVersion) -> bool {
    !facts.main_module.is_empty()
}

fn uploaded((path, file): (String, AssetFile)) -> UploadedFile {
    UploadedFile {
        path,
        name: file.digest.to_string(),
        etag: file.hash,
        content_type: file.content_type,
    }
}

/// The catalogue's blobs by the names that the cache has for them.
struct FromCatalogue(Arc<dyn Catalogue>);

#[async_trait]
impl Blobs for FromCatalogue {
    async fn blob(&self, name: &str) -> io::Result<Option<Bytes>> {
        let digest: Digest = name.parse().map_err(io::Error::other)?;
        self.0.blob(digest).await.map_err(io::Error::other)
    }
}
