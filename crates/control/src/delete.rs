//! The end of a Worker.

use crate::Control;
use crate::control::to_the_end;
use crate::error::{Error, Refusal};
use crate::model::{ObjectMove, Queue, Script};
use crate::state::{key2, of};
use crate::transaction::Transaction;
use std::collections::BTreeSet;

impl Control {
    /// Deletes a Worker with its versions, deployments, secrets and objects. Its Workflows stay, without code.
    ///
    /// # Errors
    /// Refused if there is no such Worker; or, without `force`, if others have bindings to it.
    pub async fn delete_script(&self, account: &str, name: &str, force: bool) -> Result<(), Error> {
        let (control, account, name) = (self.clone(), account.to_owned(), name.to_owned());
        to_the_end(async move {
            let changing = control.changing(&account, &name).await;
            let script = control.existing(&account, &name)?;
            let callers = control.callers(&account, &name);
            if !callers.is_empty() && !force {
                let callers: Vec<_> = callers.into_iter().collect();
                return Err(Refusal::script_in_use(callers.join(", ")).into());
            }
            let mut transaction = Transaction::default();
            control.delete_records(&mut transaction, &script);
            let writing = control.writing().await;
            control.commit(transaction, writing).await?;
            control.remove_files(&account, &name).await?;
            drop(changing);
            if script.namespaces.is_empty() {
                return Ok(());
            }
            // What is bound to its objects says so at once, and waits for nobody.
            control.refresh_dependents(&account, &name).await
        })
        .await
    }

    /// The Workers with bindings to this one.
    pub fn callers(&self, account: &str, name: &str) -> BTreeSet<String> {
        let scripts = self.scripts(account);
        let called = self.script(account, name);
        // Objects that were given to it are bound by what they are, not by whose they were.
        let has = |id: Option<&str>| {
            let mut namespaces = called.iter().flat_map(|called| &called.namespaces);
            namespaces.any(|namespace| Some(namespace.id.as_str()) == id)
        };
        let calls = |script: &Script| {
            let live = self.live_versions(script);
            let mut bindings = live.iter().flat_map(|version| &version.bindings);
            bindings.any(|binding| {
                binding.text("service") == Some(name)
                    || binding.text("script_name") == Some(name)
                    || has(binding.text("namespace_id"))
            })
        };
        let callers = scripts
            .iter()
            .filter(|script| script.name != name && calls(script));
        callers.map(|script| script.name.clone()).collect()
    }

    fn delete_records(&self, transaction: &mut Transaction, script: &Script) {
        let state = self.state();
        let owner = key2(&script.account, &script.name);
        transaction.delete(script);
        of(&state.versions, &owner).for_each(|version| transaction.delete(&**version));
        of(&state.deployments, &owner).for_each(|deployment| transaction.delete(&**deployment));
        of(&state.assets, &owner).for_each(|asset| transaction.delete(&**asset));
        for session in of(&state.asset_sessions, &script.account) {
            if session.script == script.name {
                transaction.delete(&**session);
            }
        }
        for queue in of(&state.queues, &script.account) {
            let consumes = |consumer: &crate::model::Consumer| consumer.script.as_ref() == Some(&script.name);
            if queue.consumers.iter().any(consumes) {
                let mut queue: Queue = (**queue).clone();
                queue.consumers.retain(|consumer| !consumes(consumer));
                transaction.put(queue);
            }
        }
        for namespace in &script.namespaces {
            transaction.put(ObjectMove {
                id: self.uuid(),
                account: script.account.clone(),
                from: script.name.clone(),
                namespace: namespace.id.clone(),
                to: None,
            });
        }
    }

    /// Finishes deletions that a crash interrupted.
    pub(crate) async fn finish_deletions(&self) -> Result<(), Error> {
        let orphans: BTreeSet<(String, String)> = {
            let state = self.state();
            let owners = state.object_moves.values().map(|it| {
                let owner = it.to.as_ref().unwrap_or(&it.from);
                (it.account.clone(), owner.clone())
            });
            owners
                .filter(|(account, name)| !state.scripts.contains_key(&key2(account, name)))
                .collect()
        };
        for (account, name) in orphans {
            self.remove_files(&account, &name).await?;
        }
        Ok(())
    }
}
