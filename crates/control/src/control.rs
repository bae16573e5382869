//! The facade.

use crate::error::{Error, Refusal};
use crate::platform::Platform;
use crate::ports::{self, Clock, Random};
use crate::state::{State, key2};
use crate::transaction::Transaction;
use crate::vault::{MasterKey, Vault};
use parking_lot::{Mutex, RwLock, RwLockReadGuard};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use stepwell_catalogue::{Catalogue, StoreError};
use tokio::sync::OwnedMutexGuard;

/// What can be chosen.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Bindings of kinds that are not supported become placeholders instead of refusals.
    pub allow_unsupported: bool,
}

/// What the control plane is built from.
pub struct Parts {
    /// Where everything is kept.
    pub catalogue: Arc<dyn Catalogue>,
    /// What runs Workers.
    pub platform: Arc<dyn Platform>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
    /// The key for secrets.
    pub key: MasterKey,
    /// Choices.
    pub options: Options,
}

/// The control plane. A clone is the same one.
#[derive(Clone)]
pub struct Control {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) catalogue: Arc<dyn Catalogue>,
    pub(crate) platform: Arc<dyn Platform>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) vault: Vault,
    pub(crate) options: Options,
    state: RwLock<State>,
    /// Held from reading what a change depends on to having it durable.
    writing: Arc<tokio::sync::Mutex<()>>,
    /// Held by what changes a Worker, from its first look to the last step.
    scripts: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    /// Workers for which something is tried again.
    pub(crate) retrying: Mutex<HashSet<String>>,
    writes: AtomicU64,
}

/// Shows that nobody else writes.
pub(crate) struct Writing(#[expect(dead_code, reason = "held, not read")] OwnedMutexGuard<()>);

impl Control {
    /// Reads the catalogue. Nothing runs yet: hand [`Control::worker_states`] to the platform, or call
    /// [`Control::start`].
    pub async fn open(parts: Parts) -> Result<Self, StoreError> {
        let mut state = State::default();
        for document in parts.catalogue.documents().await? {
            state.load(&document)?;
        }
        let inner = Inner {
            catalogue: parts.catalogue,
            platform: parts.platform,
            clock: parts.clock,
            random: parts.random,
            vault: Vault::new(&parts.key),
            options: parts.options,
            state: RwLock::new(state),
            writing: Arc::default(),
            scripts: Mutex::default(),
            retrying: Mutex::default(),
            writes: AtomicU64::new(0),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// The catalogue, for the bytes of modules and assets.
    pub fn catalogue(&self) -> &Arc<dyn Catalogue> {
        &self.inner.catalogue
    }

    /// Transactions that became durable since it was opened.
    pub fn write_count(&self) -> u64 {
        self.inner.writes.load(Ordering::Relaxed)
    }

    pub(crate) fn state(&self) -> RwLockReadGuard<'_, State> {
        self.inner.state.read()
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.inner.clock.now_ms()
    }

    pub(crate) fn uuid(&self) -> String {
        ports::uuid(&*self.inner.random)
    }

    pub(crate) fn hex_id(&self) -> String {
        ports::hex_id(&*self.inner.random)
    }

    /// Waits until nobody else writes.
    pub(crate) async fn writing(&self) -> Writing {
        Writing(Arc::clone(&self.inner.writing).lock_owned().await)
    }

    /// Waits until nobody else changes this Worker.
    pub(crate) async fn changing(&self, account: &str, script: &str) -> OwnedMutexGuard<()> {
        let lock = {
            let mut scripts = self.inner.scripts.lock();
            scripts.retain(|_, lock| Arc::strong_count(lock) > 1);
            Arc::clone(scripts.entry(key2(account, script)).or_default())
        };
        lock.lock_owned().await
    }

    /// Makes the changes durable, then visible: both, even if the caller goes away in between.
    ///
    /// # Errors
    /// Refused if something is put into an account that does not exist (any more).
    pub(crate) async fn commit(&self, transaction: Transaction, writing: Writing) -> Result<(), Error> {
        if let Some(gone) = transaction.account_gone(&self.state()) {
            return Err(Refusal::account_not_found(gone).into());
        }
        let control = self.clone();
        to_the_end(async move {
            let _writing = writing;
            control.inner.catalogue.apply(transaction.changes()).await?;
            control.inner.writes.fetch_add(1, Ordering::Relaxed);
            transaction.show(&mut control.inner.state.write());
            Ok(())
        })
        .await
    }

    /// Refuses what names an account that does not exist.
    pub(crate) fn check_account(&self, account: &str) -> Result<(), Error> {
        if self.account(account).is_some() {
            return Ok(());
        }
        Err(Refusal::account_not_found(account).into())
    }
}

/// Does the work to its end, even if the caller (a client's connection, in the end) goes away.
pub(crate) async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    tokio::spawn(work).await.map_err(|error| interrupted(&error))?
}

/// The error of a task that did not come to its end.
pub(crate) fn interrupted(error: &tokio::task::JoinError) -> Error {
    Error::Store(StoreError::Unknown {
        message: format!("the operation was interrupted: {error}"),
    })
}
