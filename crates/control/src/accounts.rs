//! Accounts.

use crate::Control;
use crate::control::to_the_end;
use crate::error::{Error, Refusal};
use crate::model::{Account, AccountSettings, DEFAULT_ACCOUNT, Retention};
use crate::state::{State, of};
use crate::transaction::Transaction;
use std::sync::Arc;

impl Control {
    /// All accounts.
    pub fn accounts(&self) -> Vec<Arc<Account>> {
        let state = self.state();
        let there = state.accounts.values().filter(|account| !account.deleting);
        there.cloned().collect()
    }

    /// The account of this id.
    pub fn account(&self, id: &str) -> Option<Arc<Account>> {
        let account = self.state().accounts.get(id).cloned();
        account.filter(|account| !account.deleting)
    }

    /// Makes an account.
    ///
    /// # Errors
    /// Refused if the id cannot be one or is taken, or the name is empty or longer than 120 characters.
    pub async fn create_account(&self, id: &str, name: &str) -> Result<Arc<Account>, Error> {
        check_id(id)?;
        if name.trim().is_empty() || name.chars().count() > 120 {
            return Err(
                Refusal::bad_account("\"name\": an account needs a name of 1 to 120 characters").into(),
            );
        }
        let writing = self.writing().await;
        if self.state().accounts.contains_key(id) {
            return Err(Refusal::account_exists(id).into());
        }
        let mut transaction = Transaction::default();
        let account = transaction.put(Account {
            id: id.to_owned(),
            name: name.to_owned(),
            created_ms: self.now_ms(),
            deleting: false,
        });
        self.commit(transaction, writing).await?;
        Ok(account)
    }

    /// Deletes an account and its tokens; with `force` all that it has, too.
    ///
    /// # Errors
    /// Refused if there is no such account, if it is `default`, or, without `force`, if it has anything but tokens.
    pub async fn delete_account(&self, id: &str, force: bool) -> Result<(), Error> {
        if id == DEFAULT_ACCOUNT {
            let what = format!("the account \"{DEFAULT_ACCOUNT}\" is the operator's and cannot be deleted");
            return Err(Refusal::bad_account(what).into());
        }
        let (control, id) = (self.clone(), id.to_owned());
        to_the_end(async move {
            // One whose deletion has begun is deleted once more, and found to be gone if it is.
            if !control.state().accounts.contains_key(&id) {
                return Err(Refusal::account_not_found(&id).into());
            }
            if force {
                control.empty_account(&id).await?;
            }
            let writing = control.writing().await;
            let mut transaction = Transaction::default();
            {
                let state = control.state();
                let account = state.accounts.get(&id);
                let account = account.ok_or_else(|| Refusal::account_not_found(&id))?;
                if let Some(what) = contents(&state, &id) {
                    return Err(Refusal::account_in_use(&id, what).into());
                }
                let tokens = state.tokens.values().filter(|token| token.account == id);
                tokens.for_each(|token| transaction.delete(&**token));
                if let Some(settings) = state.account_settings.get(&id) {
                    transaction.delete(&**settings);
                }
                of(&state.assets, &id).for_each(|asset| transaction.delete(&**asset));
                of(&state.asset_sessions, &id).for_each(|session| transaction.delete(&**session));
                transaction.delete(&**account);
            }
            control.commit(transaction, writing).await
        })
        .await
    }

    /// Deletes the accounts whose deletion a crash interrupted. What cannot be deleted is left to the next start: the others
    /// need not wait for it.
    pub(crate) async fn finish_accounts(&self) {
        let accounts: Vec<_> = {
            let state = self.state();
            let deleting = state.accounts.values().filter(|account| account.deleting);
            deleting.cloned().collect()
        };
        for account in accounts {
            tracing::info!(
                "deleting the account {}, as was begun before the start",
                account.id
            );
            if let Err(error) = self.delete_account(&account.id, true).await {
                tracing::error!("the account {} cannot be deleted yet: {error}", account.id);
            }
        }
    }

    /// Deletes what an account has. First, for good, it is there for nobody any more, so that nobody adds to it meanwhile.
    async fn empty_account(&self, id: &str) -> Result<(), Error> {
        let writing = self.writing().await;
        let mut transaction = Transaction::default();
        {
            let state = self.state();
            let account = state.accounts.get(id);
            let account = account.ok_or_else(|| Refusal::account_not_found(id))?;
            transaction.put(Account {
                deleting: true,
                ..(**account).clone()
            });
        }
        for token in self.tokens(id) {
            transaction.delete(&*token);
        }
        self.commit(transaction, writing).await?;
        for workflow in self.workflows(id, None) {
            ignore_gone(self.delete_workflow(id, &workflow.name).await)?;
        }
        for script in self.scripts(id) {
            ignore_gone(self.delete_script(id, &script.name, true).await)?;
        }
        let writing = self.writing().await;
        let mut transaction = Transaction::default();
        {
            let state = self.state();
            of(&state.queues, id).for_each(|queue| transaction.delete(&**queue));
            of(&state.concurrency_keys, id).for_each(|key| transaction.delete(&**key));
        }
        self.commit(transaction, writing).await
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
                deleting: false,
            });
        }
    }
}

/// Refuses an id that cannot be a part of a host or a path.
fn check_id(id: &str) -> Result<(), Refusal> {
    let allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    if (1..=63).contains(&id.len()) && id.bytes().all(allowed) && !id.starts_with('-') {
        return Ok(());
    }
    Err(Refusal::bad_account(format!(
        "\"{id}\" is not an account's id; use 1 to 63 lower-case letters, digits, \"-\" and \"_\", not beginning with \"-\""
    )))
}

/// What an account has beside tokens, in words; `None` if nothing.
fn contents(state: &State, id: &str) -> Option<String> {
    let counts = [
        (of(&state.scripts, id).count(), "Workers"),
        (of(&state.workflows, id).count(), "Workflows"),
        (of(&state.queues, id).count(), "queues"),
        (of(&state.concurrency_keys, id).count(), "concurrency keys"),
    ];
    let some = counts.iter().filter(|(count, _)| *count > 0);
    let words: Vec<String> = some.map(|(count, what)| format!("{count} {what}")).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// What somebody else deleted meanwhile is deleted.
fn ignore_gone(deleted: Result<(), Error>) -> Result<(), Error> {
    match deleted {
        Err(Error::Refused(Refusal { status: 404, .. })) => Ok(()),
        other => other,
    }
}
