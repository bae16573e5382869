//! Secrets: each change makes a version, and has it live.

use crate::Control;
use crate::control::to_the_end;
use crate::error::{Error, Refusal};
use crate::model::{Binding, Script, ScriptVersion};
use crate::transaction::Transaction;
use crate::upload::{By, Uploaded, check_binding};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;

impl Control {
    /// The names and types of the secrets of a Worker's newest version.
    ///
    /// # Errors
    /// Refused if there is no such Worker.
    pub fn secrets(&self, account: &str, script: &str) -> Result<Vec<(String, String)>, Refusal> {
        self.existing(account, script)?;
        let latest = self.latest_version(account, script);
        let bindings = latest.iter().flat_map(|latest| &latest.bindings);
        let secrets = bindings.filter(|binding| binding.is_secret());
        Ok(secrets
            .map(|secret| (secret.name().to_owned(), secret.kind().to_owned()))
            .collect())
    }

    /// Sets secrets (`Some`) and deletes some (`None`): one new version, which is live.
    ///
    /// # Errors
    /// Refused if there is no such Worker, its newest version is not what is live, a secret to be deleted does not exist,
    /// or another binding has the name.
    pub async fn change_secrets(
        &self,
        account: &str,
        script: &str,
        changes: BTreeMap<String, Option<String>>,
        by: By,
    ) -> Result<Uploaded, Error> {
        let (control, account, name) = (self.clone(), account.to_owned(), script.to_owned());
        to_the_end(async move {
            let _changing = control.changing(&account, &name).await;
            let mut script = control.existing(&account, &name)?;
            let latest = control
                .latest_version(&account, &name)
                .ok_or_else(Refusal::no_versions)?;
            control.check_latest_is_live(&script, &latest)?;
            let env = changes.into_iter().map(|(name, text)| match text {
                Some(text) => (name, json!({ "type": "secret_text", "text": text })),
                None => (name, Json::Null),
            });
            let mut version = control.with_env(&latest, env.collect(), &by)?;
            version.annotations = BTreeMap::from([("workers/triggered_by".to_owned(), "secret".to_owned())]);
            script.versions = version.number;
            script.deployments += 1;
            script.modified_ms = control.now_ms();
            let mut transaction = Transaction::default();
            let deployment = transaction.put(control.deployment_of(&script, &version, &by));
            script.live = Some(deployment.id.clone());
            let version = transaction.put(version);
            let script = transaction.put(script);
            control.carry_through(transaction, &account, &name).await?;
            Ok(Uploaded { script, version })
        })
        .await
    }

    /// Makes a version that is the newest one with other bindings: what is `null` goes, the rest is set. It is not live.
    ///
    /// # Errors
    /// Refused if there is no such Worker, or a binding that shall go is not there.
    pub async fn patch_latest(
        &self,
        account: &str,
        script: &str,
        env: Map<String, Json>,
        annotations: BTreeMap<String, String>,
        by: By,
    ) -> Result<Uploaded, Error> {
        let (control, account, name) = (self.clone(), account.to_owned(), script.to_owned());
        to_the_end(async move {
            let _changing = control.changing(&account, &name).await;
            let script = control.existing(&account, &name)?;
            let latest = control
                .latest_version(&account, &name)
                .ok_or_else(Refusal::no_versions)?;
            let mut version = control.with_env(&latest, env, &by)?;
            version.annotations = annotations;
            version
                .annotations
                .insert("workers/triggered_by".to_owned(), "secret".to_owned());
            control.add_version(script, version).await
        })
        .await
    }

    /// Changing the secrets of what is live must not bring something live that only was uploaded.
    fn check_latest_is_live(&self, script: &Script, latest: &ScriptVersion) -> Result<(), Refusal> {
        match self.shares(script).as_slice() {
            [live] if live.version_id == latest.id => Ok(()),
            _ => Err(Refusal::latest_not_deployed()),
        }
    }

    fn with_env(
        &self,
        latest: &Arc<ScriptVersion>,
        env: Map<String, Json>,
        by: &By,
    ) -> Result<ScriptVersion, Refusal> {
        let mut version = (**latest).clone();
        version.id = self.uuid();
        version.number = latest.number + 1;
        version.created_ms = self.now_ms();
        version.source.clone_from(&by.source);
        version.author.clone_from(&by.author);
        for (name, value) in env {
            let at = version.bindings.iter().position(|binding| binding.name() == name);
            let mut fields = match value {
                Json::Object(fields) => fields,
                Json::Null => {
                    let at = at.ok_or_else(|| Refusal::binding_not_found(&name))?;
                    version.bindings.remove(at);
                    continue;
                }
                _ => {
                    let what = format!("the binding {name:?} must be an object, or null to take it away");
                    return Err(Refusal::bad_upload(what));
                }
            };
            fields.shift_remove("sealed");
            fields.insert("name".to_owned(), Json::String(name.clone()));
            let mut binding = Binding(fields);
            check_binding("binding", &binding)?;
            if binding.kind() == "secret_text" {
                binding = self.sealed(&version.account, &version.script, binding)?;
            }
            match at {
                Some(at) if version.bindings[at].is_secret() != binding.is_secret() => {
                    return Err(Refusal::binding_name_taken(name));
                }
                Some(at) => version.bindings[at] = binding,
                None => version.bindings.push(binding),
            }
        }
        Ok(version)
    }
}
