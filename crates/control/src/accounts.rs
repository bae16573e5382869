//! Accounts.

use crate::Control;
use crate::error::{Error, Refusal};
use crate::model::{Account, AccountSettings, DEFAULT_ACCOUNT, Retention};
use crate::transaction::Transaction;
use std::sync::Arc;

impl Control {
    /// All accounts.
    pub fn accounts(&self) -> Vec<Arc<Account>> {
        self.state().accounts.values().cloned().collect()
    }

    /// The account of this id.
    pub fn account(&self, id: &str) -> Option<Arc<Account>> {
        self.state().accounts.get(id).cloned()
    }

    /// Makes an account.
    ///
    /// # Errors
    /// Refused if the id is not 1 to 64 letters, digits, `-` and `_`, or taken.
    pub async fn create_account(&self, id: &str, name: &str) -> Result<Arc<Account>, Error> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if !(1..=64).contains(&id.len()) || !id.bytes().all(allowed) {
            let what =
                format!("\"{id}\" is not an account's id; use 1 to 64 letters, digits, \"-\" and \"_\"");
            return Err(Refusal::bad_token(what).into());
        }
        let writing = self.writing().await;
        if self.account(id).is_some() {
            let what = format!("there is an account \"{id}\" already");
            return Err(Refusal::bad_token(what).into());
        }
        let mut transaction = Transaction::default();
        let account = transaction.put(Account {
            id: id.to_owned(),
            name: name.to_owned(),
            created_ms: self.now_ms(),
        });
        self.commit(transaction, writing).await?;
        Ok(account)
    }

    /// What the account has set.
    pub fn account_settings(&self, account: &str) -> AccountSettings {
        let settings = self.state().account_settings.get(account).cloned();
        settings.map_or_else(
            || AccountSettings {
                account: account.to_owned(),
                default_retention: Retention::default(),
            },
            |settings| (*settings).clone(),
        )
    }

    /// Sets how long instances are kept where their Workflow does not say. What is `None` is left as it is.
    pub async fn set_default_retention(
        &self,
        account: &str,
        retention: Retention,
    ) -> Result<AccountSettings, Error> {
        let writing = self.writing().await;
        self.check_account(account)?;
        let mut settings = self.account_settings(account);
        let kept = &mut settings.default_retention;
        kept.success_ms = retention.success_ms.or(kept.success_ms);
        kept.error_ms = retention.error_ms.or(kept.error_ms);
        let mut transaction = Transaction::default();
        transaction.put(settings.clone());
        self.commit(transaction, writing).await?;
        Ok(settings)
    }

    /// Adds the account `default` if there is none.
    pub(crate) fn ensure_default_account(&self, transaction: &mut Transaction) {
        if self.account(DEFAULT_ACCOUNT).is_none() {
            transaction.put(Account {
                id: DEFAULT_ACCOUNT.to_owned(),
                name: "Default".to_owned(),
                created_ms: self.now_ms(),
            });
        }
    }
}
