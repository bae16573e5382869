//! Workflows as resources.

use crate::Control;
use crate::control::to_the_end;
use crate::error::{Error, Refusal};
use crate::inspected::ExportKind;
use crate::model::{Retention, Workflow, WorkflowSettings, WorkflowVersion};
use crate::state::{key2, key3, of};
use crate::transaction::Transaction;
use crate::worker_state::{live_shares, workflow_state, workflow_versions};
use std::sync::Arc;
use stepwell_core::names;

/// A cron expression of a Workflow, and when it is due next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// The expression.
    pub cron: String,
    /// When it is due next, Unix milliseconds; `None` if never.
    pub next_ms: Option<i64>,
}

/// What `PUT /workflows/{name}` says. It replaces everything that was set before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutWorkflow {
    /// The settings.
    pub settings: WorkflowSettings,
    /// `eu`, `fedramp` or `us`.
    pub jurisdiction: Option<String>,
}

impl Control {
    /// The Workflows of an account, oldest first; those whose names contain `search`.
    pub fn workflows(&self, account: &str, search: Option<&str>) -> Vec<Arc<Workflow>> {
        let state = self.state();
        let matching = |workflow: &&Arc<Workflow>| search.is_none_or(|search| workflow.name.contains(search));
        let mut workflows: Vec<_> = of(&state.workflows, account).filter(matching).cloned().collect();
        workflows.sort_by(|a, b| (a.created_ms, &a.name).cmp(&(b.created_ms, &b.name)));
        workflows
    }

    /// A Workflow.
    pub fn workflow(&self, account: &str, name: &str) -> Option<Arc<Workflow>> {
        self.state().workflows.get(&key2(account, name)).cloned()
    }

    /// Whether the Worker of a Workflow is gone (`script_deleted`).
    pub fn is_orphan(&self, workflow: &Workflow) -> bool {
        let owner = key2(&workflow.account, &workflow.settings.script);
        !self.state().scripts.contains_key(&owner)
    }

    /// The versions of a Workflow, newest first; none if there is no such Workflow.
    pub fn workflow_versions(&self, account: &str, name: &str) -> Vec<Arc<WorkflowVersion>> {
        let mut versions = workflow_versions(&self.state(), account, name);
        versions.reverse();
        versions
    }

    /// The versions that new instances of a Workflow get, the one with the greatest share first, of several the newest, with
    /// their parts in percent; none if its Worker is gone.
    pub fn live_workflow_versions(&self, account: &str, name: &str) -> Vec<(Arc<WorkflowVersion>, f64)> {
        let state = self.state();
        let workflow = state.workflows.get(&key2(account, name));
        let script =
            workflow.and_then(|workflow| state.scripts.get(&key2(account, &workflow.settings.script)));
        let (Some(workflow), Some(script)) = (workflow, script) else {
            return Vec::new();
        };
        let built = workflow_state(&state, script, workflow);
        let of_number = |number| built.versions.iter().find(|version| version.number == number);
        let live = built.shares.iter();
        let mut live: Vec<_> = live
            .filter_map(|&(number, percentage)| Some((Arc::clone(of_number(number)?), percentage)))
            .collect();
        live.sort_by(|(a, a_share), (b, b_share)| b_share.total_cmp(a_share).then(b.number.cmp(&a.number)));
        live
    }

    /// A version of a Workflow by its id.
    pub fn workflow_version(&self, account: &str, name: &str, id: &str) -> Option<Arc<WorkflowVersion>> {
        let versions = workflow_versions(&self.state(), account, name);
        versions.into_iter().find(|version| version.id == id)
    }

    /// A version of a Workflow by the number that instances have.
    pub fn workflow_version_by_number(
        &self,
        account: &str,
        name: &str,
        number: u32,
    ) -> Option<Arc<WorkflowVersion>> {
        let key = key3(account, name, &format!("{number:010}"));
        self.state().workflow_versions.get(&key).cloned()
    }

    /// The cron expressions of a Workflow, with when they are due next.
    pub fn schedules(&self, workflow: &Workflow) -> Vec<Schedule> {
        let crons = workflow.settings.crons.iter();
        let crons = crons.map(|cron| Schedule {
            cron: cron.clone(),
            next_ms: crate::cron::next_ms(cron, self.now_ms()),
        });
        crons.collect()
    }

    /// How long instances of a version are kept: what it says, else what the account says.
    pub fn retention(&self, account: &str, version: &WorkflowVersion) -> Retention {
        let default = self.account_settings(account).default_retention;
        Retention {
            success_ms: version.settings.retention.success_ms.or(default.success_ms),
            error_ms: version.settings.retention.error_ms.or(default.error_ms),
        }
    }

    /// Creates a Workflow, or changes it. Returns it with its newest version.
    ///
    /// # Errors
    /// Refused if a value breaks its rule, the Worker has no live version with that class, or the jurisdiction would
    /// change.
    pub async fn put_workflow(
        &self,
        account: &str,
        name: &str,
        put: PutWorkflow,
    ) -> Result<(Arc<Workflow>, Arc<WorkflowVersion>), Error> {
        check(name, &put)?;
        let (control, account, name) = (self.clone(), account.to_owned(), name.to_owned());
        to_the_end(async move { control.put_checked(&account, &name, put).await }).await
    }

    async fn put_checked(
        &self,
        account: &str,
        name: &str,
        put: PutWorkflow,
    ) -> Result<(Arc<Workflow>, Arc<WorkflowVersion>), Error> {
        let _naming = self.changing(account, &format!("workflow {name}")).await;
        let old = self.workflow(account, name);
        let old_script = old.as_ref().map(|old| old.settings.script.clone());
        let mut owners: Vec<_> = old_script.iter().chain([&put.settings.script]).cloned().collect();
        owners.sort();
        owners.dedup();
        let mut changing = Vec::new();
        for owner in &owners {
            changing.push(self.changing(account, owner).await);
        }
        self.check_class(account, &put.settings)?;
        let now_ms = self.now_ms();
        let workflow = match old {
            Some(old) if old.jurisdiction != put.jurisdiction => {
                return Err(Refusal::jurisdiction_changed().into());
            }
            Some(old) if old.settings == put.settings => old,
            old => Arc::new(Workflow {
                id: old.as_ref().map_or_else(|| self.uuid(), |old| old.id.clone()),
                account: account.to_owned(),
                name: name.to_owned(),
                created_ms: old.as_ref().map_or(now_ms, |old| old.created_ms),
                modified_ms: now_ms,
                settings: put.settings,
                jurisdiction: put.jurisdiction,
                follow_latest: old.as_ref().is_some_and(|old| old.follow_latest),
                versions: old.as_ref().map_or(0, |old| old.versions),
            }),
        };
        let script = workflow.settings.script.clone();
        let mut transaction = Transaction::default();
        transaction.put((*workflow).clone());
        self.carry_through(transaction, account, &script).await?;
        for before in owners.iter().filter(|owner| **owner != script) {
            if let Some(worker) = self.worker_state(account, before) {
                self.make_so(worker).await?;
            }
        }
        let workflow = self
            .workflow(account, name)
            .ok_or_else(Refusal::workflow_not_found)?;
        let newest = self.workflow_version_by_number(account, name, workflow.versions);
        let newest = newest.ok_or_else(Refusal::workflow_not_found)?;
        Ok((workflow, newest))
    }

    /// Refuses a Workflow whose class the live code does not have.
    fn check_class(&self, account: &str, settings: &WorkflowSettings) -> Result<(), Error> {
        let state = self.state();
        let script = state.scripts.get(&key2(account, &settings.script));
        let missing = || Refusal::workflow_script_missing(&settings.script);
        let script = script.ok_or_else(missing)?;
        let live = live_shares(&state, script).into_iter();
        let live = live.filter_map(|share| {
            state
                .versions
                .get(&key3(account, &script.name, &share.version_id))
        });
        let newest = live.max_by_key(|version| version.number).ok_or_else(missing)?;
        match newest.inspected.lacks(&settings.class_name, ExportKind::Workflow) {
            None => Ok(()),
            Some(why) => {
                Err(Refusal::workflow_class_missing(&settings.class_name, &settings.script, why).into())
            }
        }
    }

    /// Deletes a Workflow, and has the platform delete its instances.
    ///
    /// # Errors
    /// Refused if there is none.
    pub async fn delete_workflow(&self, account: &str, name: &str) -> Result<(), Error> {
        let (control, account, name) = (self.clone(), account.to_owned(), name.to_owned());
        to_the_end(async move {
            let _naming = control.changing(&account, &format!("workflow {name}")).await;
            let workflow = control
                .workflow(&account, &name)
                .ok_or_else(Refusal::workflow_not_found)?;
            let script = workflow.settings.script.clone();
            let _changing = control.changing(&account, &script).await;
            let mut transaction = Transaction::default();
            transaction.delete(&*workflow);
            for version in control.workflow_versions(&account, &name) {
                transaction.delete(&*version);
            }
            let writing = control.writing().await;
            control.commit(transaction, writing).await?;
            control.inner.platform.remove_workflow(&account, &name).await;
            match control.worker_state(&account, &script) {
                Some(worker) => control.make_so(worker).await,
                None => Ok(()),
            }
        })
        .await
    }

    /// Sets whether instances of a Workflow move to its live version by themselves.
    ///
    /// # Errors
    /// Refused if there is no such Workflow.
    pub async fn set_follow_latest(
        &self,
        account: &str,
        name: &str,
        follow_latest: bool,
    ) -> Result<Arc<Workflow>, Error> {
        let (control, account, name) = (self.clone(), account.to_owned(), name.to_owned());
        to_the_end(async move {
            let _naming = control.changing(&account, &format!("workflow {name}")).await;
            let workflow = control
                .workflow(&account, &name)
                .ok_or_else(Refusal::workflow_not_found)?;
            let script = workflow.settings.script.clone();
            let _changing = control.changing(&account, &script).await;
            let mut transaction = Transaction::default();
            let workflow = transaction.put(Workflow {
                follow_latest,
                modified_ms: control.now_ms(),
                ..(*workflow).clone()
            });
            let writing = control.writing().await;
            control.commit(transaction, writing).await?;
            if let Some(worker) = control.worker_state(&account, &script) {
                control.make_so(worker).await?;
            }
            Ok(workflow)
        })
        .await
    }
}

/// Refuses values that break a rule of spec 4.3.
fn check(name: &str, put: &PutWorkflow) -> Result<(), Refusal> {
    let refuse = |what: String| Err(Refusal::workflow_body(what));
    names::check_workflow_name(name).map_err(Refusal::workflow_body)?;
    let settings = &put.settings;
    for (key, value) in [
        ("class_name", &settings.class_name),
        ("script_name", &settings.script),
    ] {
        if !(1..=255).contains(&value.chars().count()) {
            return refuse(format!("\"{key}\" must have 1 to 255 characters"));
        }
    }
    for (key, value) in [
        ("limits.steps", settings.step_limit),
        ("concurrency.limit", settings.concurrency_limit),
    ] {
        if value == Some(0) {
            return refuse(format!("\"{key}\" must be 1 or more"));
        }
    }
    if settings.crons.len() > 200 {
        return refuse(format!(
            "\"schedules\" has {} entries; 200 are allowed",
            settings.crons.len()
        ));
    }
    for (at, cron) in settings.crons.iter().enumerate() {
        if let Err(why) = crate::cron::check(cron) {
            return refuse(format!("\"schedules[{at}].cron\": {why}"));
        }
    }
    match put.jurisdiction.as_deref() {
        None | Some("eu" | "fedramp" | "us") => Ok(()),
        Some(other) => refuse(format!(
            "\"jurisdiction\" must be \"eu\", \"fedramp\" or \"us\", not \"{other}\""
        )),
    }
}
