//! Account concurrency keys (spec 4.12): kept, until steps can name one.

use crate::Control;
use crate::error::{Error, Refusal};
use crate::model::ConcurrencyKey;
use crate::state::{key2, of};
use crate::transaction::Transaction;
use std::sync::Arc;

impl Control {
    /// The concurrency keys of an account, oldest first.
    pub fn concurrency_keys(&self, account: &str) -> Vec<Arc<ConcurrencyKey>> {
        let mut keys: Vec<_> = of(&self.state().concurrency_keys, account).cloned().collect();
        keys.sort_by(|a, b| (a.created_ms, &a.name).cmp(&(b.created_ms, &b.name)));
        keys
    }

    /// A concurrency key.
    ///
    /// # Errors
    /// Refused if there is none.
    pub fn concurrency_key(&self, account: &str, id: &str) -> Result<Arc<ConcurrencyKey>, Refusal> {
        let key = self.state().concurrency_keys.get(&key2(account, id)).cloned();
        key.ok_or_else(Refusal::concurrency_key_not_found)
    }

    /// Makes a concurrency key.
    ///
    /// # Errors
    /// Refused if the name is empty, longer than 64 characters or taken, or the limit is 0.
    pub async fn create_concurrency_key(
        &self,
        account: &str,
        name: &str,
        limit: u64,
    ) -> Result<Arc<ConcurrencyKey>, Error> {
        if !(1..=64).contains(&name.chars().count()) {
            return Err(Refusal::workflow_body("\"name\" must have 1 to 64 characters").into());
        }
        check_limit(limit)?;
        let writing = self.writing().await;
        if self.concurrency_keys(account).iter().any(|key| key.name == name) {
            return Err(Refusal::concurrency_key_taken(name).into());
        }
        let mut transaction = Transaction::default();
        let key = transaction.put(ConcurrencyKey {
            id: self.uuid(),
            account: account.to_owned(),
            name: name.to_owned(),
            limit,
            created_ms: self.now_ms(),
        });
        self.commit(transaction, writing).await?;
        Ok(key)
    }

    /// Changes the limit of a concurrency key.
    pub async fn set_concurrency_limit(
        &self,
        account: &str,
        id: &str,
        limit: u64,
    ) -> Result<Arc<ConcurrencyKey>, Error> {
        check_limit(limit)?;
        let writing = self.writing().await;
        let mut key = (*self.concurrency_key(account, id)?).clone();
        key.limit = limit;
        let mut transaction = Transaction::default();
        let key = transaction.put(key);
        self.commit(transaction, writing).await?;
        Ok(key)
    }

    /// Deletes a concurrency key.
    pub async fn delete_concurrency_key(&self, account: &str, id: &str) -> Result<(), Error> {
        let writing = self.writing().await;
        let key = self.concurrency_key(account, id)?;
        let mut transaction = Transaction::default();
        transaction.delete(&*key);
        self.commit(transaction, writing).await
    }
}

fn check_limit(limit: u64) -> Result<(), Refusal> {
    if limit == 0 {
        return Err(Refusal::workflow_body("\"limit\" must be 1 or more"));
    }
    Ok(())
}
