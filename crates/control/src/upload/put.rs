//! From an upload to a version, live (`PUT scripts/{name}`) or not (`POST versions`).

use super::metadata::merge_settings;
use super::{By, Metadata, Upload, Uploaded, modules};
use crate::Control;
use crate::control::to_the_end;
use crate::error::{Error, Refusal};
use crate::inspected::Inspected;
use crate::migrations::{Migrated, Migrations};
use crate::model::{Deployment, Portion, Script, ScriptSettings, ScriptVersion, Subdomain};
use crate::platform::Candidate;
use crate::state::{key2, of};
use crate::transaction::Transaction;
use bytes::Bytes;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;
use stepwell_catalogue::Digest;

/// An upload that was found good: its code was started.
struct Checked {
    version: ScriptVersion,
    migrated: Migrated,
    metadata: Metadata,
    blobs: BTreeMap<Digest, Bytes>,
}

impl Control {
    /// Makes a version of the upload and has it live, alone. Creates the Worker if there is none.
    ///
    /// # Errors
    /// Refused if the upload breaks a rule, or the code does not start.
    pub async fn put_script(
        &self,
        account: &str,
        script: &str,
        upload: Upload,
        by: By,
    ) -> Result<Uploaded, Error> {
        let (control, account, script) = (self.clone(), account.to_owned(), script.to_owned());
        to_the_end(async move { control.put(&account, &script, upload, by).await }).await
    }

    async fn put(&self, account: &str, name: &str, upload: Upload, by: By) -> Result<Uploaded, Error> {
        check_script_name(name)?;
        self.check_account(account)?;
        let metadata = Metadata::parse(&upload.metadata)?;
        let givers = metadata.migrations.iter().flat_map(Migrations::givers);
        let mut names: Vec<_> = givers.chain([name]).map(str::to_owned).collect();
        names.sort();
        names.dedup();
        let mut changing = Vec::new();
        for name in &names {
            changing.push(self.changing(account, name).await);
        }
        let before = self.state().scripts.get(&key2(account, name)).cloned();
        let checked = self
            .check_upload(account, name, before.as_deref(), metadata, upload, &by)
            .await?;
        self.store_blobs(&checked).await?;

        let mut script = before.map_or_else(|| self.new_script(account, name), |script| (*script).clone());
        script.versions = checked.version.number;
        script.deployments += 1;
        script.modified_ms = self.now_ms();
        script.migration_tag.clone_from(&checked.migrated.tag);
        let old_namespaces = std::mem::replace(&mut script.namespaces, checked.migrated.namespaces.clone());
        merge_settings(&mut script.settings, &checked.metadata.settings);
        let mut transaction = Transaction::default();
        let deployment = transaction.put(self.deployment_of(&script, &checked.version, &by));
        script.live = Some(deployment.id.clone());
        let givers = checked.migrated.write(&mut transaction);
        let objects_changed = old_namespaces != script.namespaces;
        let version = transaction.put(checked.version);
        let script = transaction.put(script);
        self.carry_through_with(transaction, account, name, &givers)
            .await?;
        drop(changing);
        if objects_changed {
            self.refresh_dependents(account, name).await?;
        }
        Ok(Uploaded { script, version })
    }

    /// Makes a version of the upload that is not live.
    ///
    /// # Errors
    /// As [`Control::put_script`]; and if there is no such Worker, or the upload has migrations.
    pub async fn upload_version(
        &self,
        account: &str,
        script: &str,
        upload: Upload,
        by: By,
    ) -> Result<Uploaded, Error> {
        let (control, account, name) = (self.clone(), account.to_owned(), script.to_owned());
        to_the_end(async move {
            let metadata = Metadata::parse(&upload.metadata)?;
            if metadata.migrations.is_some() {
                return Err(Refusal::migration_in_version().into());
            }
            let _changing = control.changing(&account, &name).await;
            let before = control
                .script(&account, &name)
                .ok_or_else(Refusal::script_not_found)?;
            let checked = control
                .check_upload(&account, &name, Some(&before), metadata, upload, &by)
                .await?;
            control.store_blobs(&checked).await?;
            control.add_version((*before).clone(), checked.version).await
        })
        .await
    }

    /// Keeps a version that is not live.
    pub(crate) async fn add_version(
        &self,
        mut script: Script,
        version: ScriptVersion,
    ) -> Result<Uploaded, Error> {
        script.versions = version.number;
        script.modified_ms = self.now_ms();
        let mut transaction = Transaction::default();
        let version = transaction.put(version);
        let script = transaction.put(script);
        let writing = self.writing().await;
        self.commit(transaction, writing).await?;
        Ok(Uploaded { script, version })
    }

    async fn check_upload(
        &self,
        account: &str,
        name: &str,
        before: Option<&Script>,
        metadata: Metadata,
        upload: Upload,
        by: &By,
    ) -> Result<Checked, Error> {
        let read = modules::read(upload.parts, &metadata.main_module)?;
        let previous = self.latest_version(account, name);
        let previous = previous.as_deref();
        let migrated = match &metadata.migrations {
            Some(migrations) => self.migrate(&self.state(), account, name, before, migrations)?,
            None => Migrated::unchanged(before),
        };
        let mut bindings = self.resolve_bindings(
            account,
            name,
            metadata.bindings.clone(),
            &metadata.keep_bindings,
            previous,
            upload.strict_inherit,
        )?;
        self.name_namespaces(account, name, &mut bindings, &migrated.namespaces);
        let mut etag = Vec::new();
        for module in &read.modules {
            etag.extend_from_slice(&module.digest.0);
        }
        let mut annotations = metadata.annotations.clone();
        annotations.insert("workers/triggered_by".to_owned(), "upload".to_owned());
        let mut version = ScriptVersion {
            id: self.uuid(),
            account: account.to_owned(),
            script: name.to_owned(),
            number: before.map_or(0, |before| before.versions) + 1,
            created_ms: self.now_ms(),
            source: by.source.clone(),
            author: by.author.clone(),
            annotations,
            main_module: metadata.main_module.clone(),
            modules: read.modules,
            compatibility_date: metadata.compatibility_date.clone(),
            compatibility_flags: metadata.compatibility_flags.clone(),
            bindings,
            others: metadata.others.clone(),
            assets: self.assets_of(account, name, &metadata, previous).await?,
            inspected: Inspected::default(),
            etag: Digest::of(&etag).to_string(),
        };
        version.inspected = self.inspect(&version, read.blobs.clone()).await?;
        if !version.main_module.is_empty() && !version.inspected.can_be_called() {
            return Err(Refusal::no_handlers(&version.main_module).into());
        }
        migrated.check_exports(before, &version.inspected)?;
        self.check_targets(
            account,
            name,
            &version.bindings,
            &migrated.namespaces,
            &version.inspected,
        )?;
        Ok(Checked {
            version,
            migrated,
            metadata,
            blobs: read.blobs,
        })
    }

    /// Starts the code. What it must export is checked afterwards, with the codes that clients know.
    async fn inspect(
        &self,
        version: &ScriptVersion,
        blobs: BTreeMap<Digest, Bytes>,
    ) -> Result<Inspected, Refusal> {
        let mut resolved = self.resolve(&self.state(), &Arc::new(version.clone()));
        for bound in &mut resolved.bindings {
            bound.value.demand_nothing();
        }
        let candidate = Candidate {
            account: version.account.clone(),
            script: version.script.clone(),
            version: Arc::new(resolved),
            blobs,
        };
        let inspected = self.inner.platform.inspect(&candidate).await;
        inspected.map_err(|refused| Refusal::invalid_script(refused.message))
    }

    async fn store_blobs(&self, checked: &Checked) -> Result<(), Error> {
        for bytes in checked.blobs.values() {
            self.inner.catalogue.put_blob(bytes.clone()).await?;
        }
        Ok(())
    }

    fn new_script(&self, account: &str, name: &str) -> Script {
        let now_ms = self.now_ms();
        Script {
            account: account.to_owned(),
            name: name.to_owned(),
            tag: self.hex_id(),
            created_ms: now_ms,
            modified_ms: now_ms,
            versions: 0,
            deployments: 0,
            live: None,
            migration_tag: None,
            namespaces: Vec::new(),
            settings: ScriptSettings::default(),
            subdomain: Subdomain::default(),
            crons: Vec::new(),
            routes: Vec::new(),
            triggers: Vec::new(),
        }
    }

    /// The deployment of one version alone that comes with it.
    pub(crate) fn deployment_of(&self, script: &Script, version: &ScriptVersion, by: &By) -> Deployment {
        Deployment {
            id: self.uuid(),
            account: script.account.clone(),
            script: script.name.clone(),
            number: script.deployments,
            created_ms: self.now_ms(),
            source: by.source.clone(),
            author: by.author.clone(),
            annotations: version.annotations.clone(),
            versions: vec![Portion {
                version_id: version.id.clone(),
                percentage: 100.0,
            }],
        }
    }

    /// The version that was uploaded last, live or not.
    pub fn latest_version(&self, account: &str, script: &str) -> Option<Arc<ScriptVersion>> {
        let state = self.state();
        of(&state.versions, &key2(account, script))
            .max_by_key(|version| version.number)
            .cloned()
    }

    /// Has bindings to objects say which namespace they mean: it stays the same when the class is renamed.
    fn name_namespaces(
        &self,
        account: &str,
        script: &str,
        bindings: &mut [crate::model::Binding],
        own: &[crate::model::Namespace],
    ) {
        let state = self.state();
        for binding in bindings
            .iter_mut()
            .filter(|binding| binding.kind() == "durable_object_namespace")
        {
            let class = binding.text("class_name").unwrap_or_default();
            let target = binding.text("script_name").unwrap_or(script);
            let namespace = if target == script {
                own.iter().find(|namespace| namespace.class_name == class)
            } else {
                let other = state.scripts.get(&key2(account, target));
                other.and_then(|other| other.namespace(class))
            };
            if let Some(namespace) = namespace {
                let id = Json::String(namespace.id.clone());
                binding.0.insert("namespace_id".to_owned(), id);
            }
        }
    }
}

/// Refuses what cannot be part of a host name.
fn check_script_name(name: &str) -> Result<(), Refusal> {
    let allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    if (1..=63).contains(&name.len()) && !name.starts_with('-') && name.bytes().all(allowed) {
        return Ok(());
    }
    Err(Refusal::invalid_script_name(name))
}
