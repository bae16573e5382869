//! What is set beside versions: it applies at once, whatever is live.

use crate::Control;
use crate::control::to_the_end;
use crate::error::{Error, Refusal};
use crate::model::{Cron, Script, Subdomain};
use crate::transaction::Transaction;
use crate::upload::{check_settings, merge_settings};
use serde_json::{Map, Value as Json};
use std::sync::Arc;

impl Control {
    /// Sets what is given of `observability`, `logpush`, `tail_consumers` and `tags`.
    ///
    /// # Errors
    /// Refused if there is no such Worker, so with all of these; and if a value has a type that it cannot have.
    pub async fn patch_settings(
        &self,
        account: &str,
        script: &str,
        given: Map<String, Json>,
    ) -> Result<Arc<Script>, Error> {
        check_settings(&given)?;
        self.change_script(account, script, move |script| {
            merge_settings(&mut script.settings, &given);
        })
        .await
    }

    /// Sets where the Worker is served under its own name.
    pub async fn set_subdomain(
        &self,
        account: &str,
        script: &str,
        subdomain: Subdomain,
    ) -> Result<Arc<Script>, Error> {
        self.change_script(account, script, move |script| script.subdomain = subdomain)
            .await
    }

    /// Sets when `scheduled()` should be called, instead of what was set before.
    ///
    /// # Errors
    /// Refused if an expression is not valid.
    pub async fn set_crons(
        &self,
        account: &str,
        script: &str,
        crons: Vec<String>,
    ) -> Result<Arc<Script>, Error> {
        for cron in &crons {
            crate::cron::check(cron).map_err(|why| Refusal::bad_schedule(cron, why))?;
        }
        let created_ms = self.now_ms();
        self.change_script(account, script, move |script| {
            let old = std::mem::take(&mut script.crons);
            script.crons = crons
                .into_iter()
                .map(|cron| {
                    let known = old.iter().find(|known| known.cron == cron);
                    known.cloned().unwrap_or(Cron { cron, created_ms })
                })
                .collect();
        })
        .await
    }

    /// Keeps triggers of other kinds, instead of those before (or, with `add`, with them).
    pub async fn set_triggers(
        &self,
        account: &str,
        script: &str,
        triggers: Vec<Json>,
        add: bool,
    ) -> Result<Arc<Script>, Error> {
        self.change_script(account, script, move |script| {
            if !add {
                script.triggers.clear();
            }
            script.triggers.extend(triggers);
        })
        .await
    }

    /// Changes a Worker's record, and has the platform know.
    async fn change_script(
        &self,
        account: &str,
        name: &str,
        change: impl FnOnce(&mut Script) + Send + 'static,
    ) -> Result<Arc<Script>, Error> {
        let (control, account, name) = (self.clone(), account.to_owned(), name.to_owned());
        to_the_end(async move {
            let _changing = control.changing(&account, &name).await;
            let before = control.existing(&account, &name)?;
            let mut script = before.clone();
            change(&mut script);
            if script == before {
                return Ok(Arc::new(script));
            }
            script.modified_ms = control.now_ms();
            let mut transaction = Transaction::default();
            let script = transaction.put(script);
            let writing = control.writing().await;
            control.commit(transaction, writing).await?;
            if let Some(worker) = control.worker_state(&account, &name) {
                control.make_so(worker).await?;
            }
            Ok(script)
        })
        .await
    }
}
