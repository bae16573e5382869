//! The control plane of a data directory that no server has: for who has lost the last admin token.

use async_trait::async_trait;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use stepwell_control::{
    Applied, Candidate, Control, Inspected, MasterKey, Options, Parts, Platform, Refused, SystemClock,
    SystemRandom, WorkerState,
};
use stepwell_store::StoreError;
use stepwell_store_sqlite::{SqliteCatalogue, SqliteStore};

/// Does something with the control plane of a data directory, which nobody else may have open.
pub(crate) fn with(
    data: &Path,
    act: impl AsyncFnOnce(&Control) -> anyhow::Result<Value>,
) -> anyhow::Result<Value> {
    if !data.is_dir() {
        anyhow::bail!(
            "there is no data directory {}\nhint: the first start of `stepwell serve --data DIR` makes it",
            data.display()
        );
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let store = SqliteStore::open(data, &stepwell_store_sqlite::Options::default())
            .map_err(|error| refused(data, error))?;
        let catalogue = SqliteCatalogue::open(&store).map_err(|error| damage(error, data, CATALOGUE))?;
        // Tokens are kept as hashes: the key of secrets is not needed, and may be elsewhere.
        let elsewhere = tempfile::tempdir()?;
        let parts = Parts {
            catalogue: Arc::new(catalogue),
            platform: Arc::new(NoPlatform),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            key: MasterKey::from_file(&elsewhere.path().join("key"), &SystemRandom)?,
            options: Options {
                allow_unsupported: false,
            },
        };
        let control = Control::open(parts).await;
        let control = control.map_err(|error| damage(error, data, CATALOGUE))?;
        act(&control).await
    })
}

fn refused(data: &Path, error: StoreError) -> anyhow::Error {
    if !matches!(error, StoreError::InUse { .. }) {
        return damage(error, data, STORE);
    }
    let hint = "a server that runs is asked without --data, with an admin token in CLOUDFLARE_API_TOKEN; to work on its directory, stop it first";
    anyhow::anyhow!("cannot use {}: {error}\nhint: {hint}", data.display())
}

/// The files of a data directory.
pub(crate) const STORE: &str = "stepwell.db";
pub(crate) const CATALOGUE: &str = "catalogue.sqlite";

/// An error of a file of a data directory; of a damaged one with its name and what to do.
pub(crate) fn damage(error: StoreError, data: &Path, file: &str) -> anyhow::Error {
    let StoreError::Corrupt { at } = &error else {
        return error.into();
    };
    anyhow::anyhow!(
        "the file {} is damaged: {at}\nhint: move the data directory out of the way, keep it, and restore a backup; without \
         one, `sqlite3 FILE .recover` reads what can still be read",
        data.join(file).display()
    )
}

/// Nothing runs.
struct NoPlatform;

#[async_trait]
impl Platform for NoPlatform {
    async fn inspect(&self, _: &Candidate) -> Result<Inspected, Refused> {
        Err(nothing_runs())
    }

    async fn prepare(&self, _: &WorkerState) -> Result<(), Refused> {
        Err(nothing_runs())
    }

    async fn abandon(&self, _: &WorkerState) {}

    async fn apply(&self, _: Arc<WorkerState>) -> Applied {
        Applied::default()
    }

    async fn remove(&self, _: &str, _: &str) -> Result<(), String> {
        Err(nothing_runs().message)
    }

    async fn remove_workflow(&self, _: &str, _: &str) {}
}

fn nothing_runs() -> Refused {
    Refused {
        message: "no server is running".to_owned(),
    }
}
