//! The control plane of a data directory that no server has: for who has lost the last admin token.

use async_trait::async_trait;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use stepwell_control::{
    Candidate, Control, Inspected, MasterKey, Options, Parts, Platform, Refused, SystemClock, SystemRandom,
    WorkerState,
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
        // Tokens are kept as hashes: the key of secrets is not needed, and may be elsewhere.
        let elsewhere = tempfile::tempdir()?;
        let parts = Parts {
            catalogue: Arc::new(SqliteCatalogue::open(&store)?),
            platform: Arc::new(NoPlatform),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            key: MasterKey::from_file(&elsewhere.path().join("key"), &SystemRandom)?,
            options: Options {
                allow_unsupported: false,
            },
        };
        let control = Control::open(parts).await?;
        act(&control).await
    })
}

fn refused(data: &Path, error: StoreError) -> anyhow::Error {
    let hint = match &error {
        StoreError::InUse { .. } => {
            "\nhint: a server that runs is asked without --data, with an admin token in CLOUDFLARE_API_TOKEN; to work on its directory, stop it first"
        }
        _ => "",
    };
    let context = format!("cannot use {}", data.display());
    anyhow::anyhow!("{context}: {error}{hint}")
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

    async fn apply(&self, _: Arc<WorkerState>) -> Vec<String> {
        Vec::new()
    }

    async fn remove(&self, _: &str, _: &str) {}

    async fn remove_workflow(&self, _: &str, _: &str) {}
}

fn nothing_runs() -> Refused {
    Refused {
        message: "no server is running".to_owned(),
    }
}
