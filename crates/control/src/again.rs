//! What the platform could not do is tried again, until it is done or something else is wanted.

use crate::Control;
use crate::control::Writing;
use crate::error::Error;
use crate::model::ObjectMove;
use crate::state::{key2, of};
use crate::transaction::Transaction;
use crate::worker_state::WorkerState;
use std::sync::Arc;
use std::time::Duration;

/// How long to wait before the first try, and at most.
const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_mins(1);

impl Control {
    /// Has the platform do what the catalogue says, and forgets which files had to be moved. What fails is tried again in
    /// the background.
    pub(crate) async fn make_so(&self, worker: WorkerState) -> Result<(), Error> {
        let (account, script) = (worker.account.clone(), worker.name.clone());
        if let Some(why) = self.apply_once(worker).await? {
            tracing::error!("{account}/{script} is not as it was deployed, trying again: {why}");
            self.try_again(account, script);
        }
        Ok(())
    }

    /// One try. Returns why it failed.
    async fn apply_once(&self, worker: WorkerState) -> Result<Option<String>, Error> {
        let account = worker.account.clone();
        let applied = self.inner.platform.apply(Arc::new(worker)).await;
        if !applied.moved.is_empty() {
            let writing: Writing = self.writing().await;
            let mut transaction = Transaction::default();
            for id in applied.moved {
                let done: Option<Arc<ObjectMove>> =
                    self.state().object_moves.get(&key2(&account, &id)).cloned();
                if let Some(done) = done {
                    transaction.delete(&*done);
                }
            }
            self.commit(transaction, writing).await?;
        }
        Ok(applied.trouble)
    }

    /// Has the platform forget a Worker that is deleted, then forgets the files itself. What fails is tried again in the
    /// background.
    pub(crate) async fn remove_files(&self, account: &str, name: &str) -> Result<(), Error> {
        if let Some(why) = self.remove_once(account, name).await? {
            tracing::error!("what {account}/{name} has left cannot be removed, trying again: {why}");
            self.try_again(account.to_owned(), name.to_owned());
        }
        Ok(())
    }

    /// One try. Returns why it failed.
    async fn remove_once(&self, account: &str, name: &str) -> Result<Option<String>, Error> {
        if let Err(why) = self.inner.platform.remove(account, name).await {
            return Ok(Some(why));
        }
        let writing = self.writing().await;
        let mut transaction = Transaction::default();
        for done in of(&self.state().object_moves, account) {
            if done.to.as_deref().unwrap_or(&done.from) == name {
                transaction.delete(&**done);
            }
        }
        self.commit(transaction, writing).await?;
        Ok(None)
    }

    /// Tries until it is done, later and later. Each try is of what is wanted then. One task does it for a Worker.
    fn try_again(&self, account: String, script: String) {
        if !self.inner.retrying.lock().insert(key2(&account, &script)) {
            return;
        }
        let control = self.clone();
        tokio::spawn(async move {
            let mut wait = FIRST;
            loop {
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(LONGEST);
                let _changing = control.changing(&account, &script).await;
                let tried = match control.worker_state(&account, &script) {
                    Some(worker) => control.apply_once(worker).await,
                    None => control.remove_once(&account, &script).await,
                };
                match tried {
                    Ok(None) => {
                        // Before the lock is free: what fails next needs a task of its own.
                        control.inner.retrying.lock().remove(&key2(&account, &script));
                        tracing::info!("{account}/{script} is as it should be now");
                        return;
                    }
                    Ok(Some(why)) => {
                        tracing::warn!(
                            "{account}/{script} is still not as it should be, next try in {wait:?}: {why}"
                        );
                    }
                    Err(error) => tracing::warn!("{account}/{script}: {error}; next try in {wait:?}"),
                }
            }
        });
    }
}
