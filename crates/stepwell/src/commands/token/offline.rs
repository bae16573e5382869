//! Tokens of a server that is not running: for who has lost the last admin token. Results look as the API's.

use crate::arguments::TokenScope;
use anyhow::Context as _;
use async_trait::async_trait;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use stepwell_control::model::{Scope, Token};
use stepwell_control::{
    Candidate, Control, Inspected, MasterKey, Options, Parts, Platform, Refused, SystemClock, SystemRandom,
    WorkerState,
};
use stepwell_core::value::iso_string;
use stepwell_store_sqlite::{SqliteCatalogue, SqliteStore};

pub(super) fn create(data: &Path, account: &str, name: &str, scope: TokenScope) -> anyhow::Result<Value> {
    let scope = match scope {
        TokenScope::Read => Scope::Read,
        TokenScope::Write => Scope::Write,
        TokenScope::Deploy => Scope::Deploy,
        TokenScope::Admin => Scope::Admin,
    };
    with(data, async |control| {
        let made = control.create_token(account, name, scope).await?;
        let mut shown = shown(&made.token);
        shown["value"] = json!(made.secret);
        Ok(shown)
    })
}

pub(super) fn list(data: &Path, account: &str) -> anyhow::Result<Value> {
    with(data, async |control| {
        Ok(control.tokens(account).iter().map(|token| shown(token)).collect())
    })
}

pub(super) fn revoke(data: &Path, account: &str, id: &str) -> anyhow::Result<Value> {
    with(data, async |control| {
        control.revoke_token(account, id).await?;
        Ok(json!({ "id": id }))
    })
}

fn shown(token: &Token) -> Value {
    let time = |ms: i64| iso_string(ms as f64);
    let scope = match token.scope {
        Scope::Read => "read",
        Scope::Write => "write",
        Scope::Deploy => "deploy",
        Scope::Admin => "admin",
    };
    json!({
        "id": token.id,
        "name": token.name,
        "scope": scope,
        "issued_on": time(token.created_ms),
        "last_used_on": token.used_ms.and_then(time),
    })
}

/// Does something with the control plane of a data directory, which nobody else may have open.
fn with(data: &Path, act: impl AsyncFnOnce(&Control) -> anyhow::Result<Value>) -> anyhow::Result<Value> {
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
            .with_context(|| format!("cannot use {}", data.display()))?;
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
