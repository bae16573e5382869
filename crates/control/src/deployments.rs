//! Which versions are live.

use crate::Control;
use crate::control::to_the_end;
use crate::error::{Error, Refusal};
use crate::migrations::Migrated;
use crate::model::{Deployment, Portion, Script, ScriptVersion};
use crate::transaction::Transaction;
use crate::upload::By;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What `POST deployments` says.
#[derive(Debug, Clone)]
pub struct NewDeployment {
    /// The versions and their parts; these add up to 100.
    pub versions: Vec<Portion>,
    /// `workers/message` and others.
    pub annotations: BTreeMap<String, String>,
    /// Whether to go on although secrets changed since an older version.
    pub force: bool,
}

impl Control {
    /// Makes versions live.
    ///
    /// # Errors
    /// Refused if there is no such Worker or version, the parts do not add up to 100, the code does not start, or an
    /// older version would bring other secrets back.
    pub async fn deploy(
        &self,
        account: &str,
        script: &str,
        new: NewDeployment,
        by: By,
    ) -> Result<Arc<Deployment>, Error> {
        let (control, account, name) = (self.clone(), account.to_owned(), script.to_owned());
        to_the_end(async move {
            let _changing = control.changing(&account, &name).await;
            let mut script = control.existing(&account, &name)?;
            let versions = control.check_portions(&script, &new.versions)?;
            let annotations = control.annotate(&script, &versions, &new)?;
            script.deployments += 1;
            script.modified_ms = control.now_ms();
            let mut transaction = Transaction::default();
            let deployment = transaction.put(Deployment {
                id: control.uuid(),
                account: account.clone(),
                script: name.clone(),
                number: script.deployments,
                created_ms: control.now_ms(),
                source: by.source,
                author: by.author,
                annotations,
                versions: new.versions,
            });
            script.live = Some(deployment.id.clone());
            transaction.put(script);
            control.carry_through(transaction, &account, &name).await?;
            Ok(deployment)
        })
        .await
    }

    /// Forgets a deployment that is not live. Its versions stay.
    ///
    /// # Errors
    /// Refused if there is no such deployment, or it is the one that is live.
    pub async fn delete_deployment(&self, account: &str, script: &str, id: &str) -> Result<(), Error> {
        let (control, account, name) = (self.clone(), account.to_owned(), script.to_owned());
        let id = id.to_owned();
        to_the_end(async move {
            let _changing = control.changing(&account, &name).await;
            let script = control.existing(&account, &name)?;
            let deployments = control.deployments(&account, &name);
            let found = deployments.iter().find(|deployment| deployment.id == id);
            let found = found.ok_or_else(|| Refusal::deployment_not_found(&id))?;
            if script.live.as_ref() == Some(&id) {
                let what = "the deployment that is live cannot be deleted; deploy another version first";
                return Err(Refusal::bad_deployment(what).into());
            }
            let mut transaction = Transaction::default();
            transaction.delete(&**found);
            let writing = control.writing().await;
            control.commit(transaction, writing).await
        })
        .await
    }

    /// A Worker that must be there.
    pub(crate) fn existing(&self, account: &str, name: &str) -> Result<Script, Refusal> {
        let script = self.script(account, name).ok_or_else(Refusal::script_not_found)?;
        Ok((*script).clone())
    }

    fn check_portions(
        &self,
        script: &Script,
        portions: &[Portion],
    ) -> Result<Vec<Arc<ScriptVersion>>, Refusal> {
        if portions.is_empty() {
            return Err(Refusal::bad_deployment(
                "\"versions\" is empty; it must name at least one version, with percentages that add up to 100",
            ));
        }
        let sum: f64 = portions.iter().map(|portion| portion.percentage).sum();
        if (sum - 100.0).abs() > 0.001 {
            return Err(Refusal::bad_deployment(format!(
                "the percentages of \"versions\" must add up to 100, not {sum}"
            )));
        }
        let mut versions: Vec<Arc<ScriptVersion>> = Vec::new();
        for portion in portions {
            let id = &portion.version_id;
            if !(0.0..=100.0).contains(&portion.percentage) {
                return Err(Refusal::bad_deployment(format!(
                    "the percentage of the version {id} must be between 0 and 100"
                )));
            }
            let version = self.version(&script.account, &script.name, id);
            let version = version.ok_or_else(|| Refusal::version_not_found(id))?;
            if versions.iter().any(|other| other.id == version.id) {
                return Err(Refusal::bad_deployment(format!(
                    "the version {id} is named twice"
                )));
            }
            Migrated::unchanged(Some(script)).check_exports(Some(script), &version.inspected)?;
            versions.push(version);
        }
        Ok(versions)
    }

    /// The annotations; an older version than what is live is a rollback.
    fn annotate(
        &self,
        script: &Script,
        versions: &[Arc<ScriptVersion>],
        new: &NewDeployment,
    ) -> Result<BTreeMap<String, String>, Refusal> {
        let mut annotations = new.annotations.clone();
        let live = self
            .live_versions(script)
            .into_iter()
            .max_by_key(|version| version.number);
        if let ([version], Some(live)) = (versions, live)
            && version.number < live.number
        {
            let changed = changed_secrets(&live, version);
            if !changed.is_empty() && !new.force {
                return Err(Refusal::secrets_changed(changed.join(", ")));
            }
            annotations.insert("workers/triggered_by".to_owned(), "rollback".to_owned());
        }
        Ok(annotations)
    }

    /// The versions that are live.
    pub(crate) fn live_versions(&self, script: &Script) -> Vec<Arc<ScriptVersion>> {
        let shares = self.shares(script).into_iter();
        let versions =
            shares.filter_map(|share| self.version(&script.account, &script.name, &share.version_id));
        versions.collect()
    }
}

/// The names of secrets that are not the same in both.
fn changed_secrets(live: &ScriptVersion, other: &ScriptVersion) -> Vec<String> {
    let secrets = |version: &ScriptVersion| -> BTreeMap<String, Option<String>> {
        let secrets = version.bindings.iter().filter(|binding| binding.is_secret());
        secrets
            .map(|secret| (secret.name().to_owned(), secret.text("sealed").map(str::to_owned)))
            .collect()
    };
    let (live, other) = (secrets(live), secrets(other));
    let names = live
        .keys()
        .chain(other.keys().filter(|name| !live.contains_key(*name)));
    names
        .filter(|name| live.get(*name) != other.get(*name))
        .cloned()
        .collect()
}
