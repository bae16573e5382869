//! Bindings: what is carried over, what they point at, and what cannot be had.

use crate::Control;
use crate::error::{Error, Refusal};
use crate::inspected::{ExportKind, Inspected};
use crate::model::{Binding, Namespace, ScriptVersion};
use crate::state::{State, key2, key3};
use crate::vault;
use crate::worker_state::{config_key, live_shares};
use serde_json::Value as Json;
use std::sync::Arc;

/// What works, and queues: what they send is not delivered yet, but Workers that have them can be deployed.
const SUPPORTED: [&str; 11] = [
    "plain_text",
    "secret_text",
    "json",
    "version_metadata",
    "workflow",
    "durable_object_namespace",
    "service",
    "assets",
    "queue",
    "inherit",
    "tail_consumer",
];

/// Secrets survive every upload that does not say which kinds of secrets shall.
const SECRETS: [&str; 2] = ["secret_text", "secret_key"];

impl Control {
    /// The bindings as they are stored: `inherit` resolved, what is kept added, secrets sealed.
    pub(crate) fn resolve_bindings(
        &self,
        account: &str,
        script: &str,
        given: Vec<Binding>,
        keep: &[String],
        previous: Option<&ScriptVersion>,
        strict: bool,
    ) -> Result<Vec<Binding>, Refusal> {
        let mut bindings = Vec::with_capacity(given.len());
        for binding in given {
            match binding.kind() {
                "inherit" => match inherited(&binding, previous) {
                    Some(inherited) => bindings.push(inherited),
                    None if strict => return Err(Refusal::inherit_invalid(binding.name())),
                    None => {}
                },
                "secret_text" => bindings.push(self.sealed(account, script, binding)?),
                _ => bindings.push(binding),
            }
        }
        let kept = previous.into_iter().flat_map(|previous| &previous.bindings);
        let all_secrets = !keep.iter().any(|kind| SECRETS.contains(&kind.as_str()));
        let kept = kept.filter(|old| {
            all_secrets && SECRETS.contains(&old.kind()) || keep.iter().any(|kind| kind == old.kind())
        });
        for old in kept {
            if bindings.iter().all(|binding| binding.name() != old.name()) {
                bindings.push(old.clone());
            }
        }
        self.refuse_unsupported(&bindings)?;
        Ok(bindings)
    }

    /// A secret with its text sealed.
    pub(crate) fn sealed(
        &self,
        account: &str,
        script: &str,
        mut binding: Binding,
    ) -> Result<Binding, Refusal> {
        let Some(Json::String(text)) = binding.0.shift_remove("text") else {
            return Err(Refusal::bad_upload(format!(
                "the secret \"{}\" needs its value under \"text\", a string",
                binding.name()
            )));
        };
        let owner = vault::owner(account, script, binding.name());
        let sealed = self.inner.vault.seal(&*self.inner.random, &owner, &text);
        binding.0.insert("sealed".to_owned(), Json::String(sealed));
        Ok(binding)
    }

    fn refuse_unsupported(&self, bindings: &[Binding]) -> Result<(), Refusal> {
        if self.inner.options.allow_unsupported {
            return Ok(());
        }
        let unsupported = bindings
            .iter()
            .filter(|binding| !SUPPORTED.contains(&binding.kind()));
        let named =
            unsupported.map(|binding| format!("\"{}\" ({})", binding.name(), config_key(binding.kind())));
        let named: Vec<_> = named.collect();
        if named.is_empty() {
            return Ok(());
        }
        Err(Refusal::unsupported_bindings(named.join(", ")))
    }

    /// Refuses bindings whose target is not there.
    pub(crate) fn check_targets(
        &self,
        account: &str,
        script: &str,
        bindings: &[Binding],
        namespaces: &[Namespace],
        inspected: &Inspected,
    ) -> Result<(), Error> {
        let state = self.state();
        let checked = bindings.iter().try_for_each(|binding| match binding.kind() {
            "service" => check_service(&state, account, script, binding, inspected),
            "workflow" => check_workflow(&state, account, script, binding, inspected),
            "durable_object_namespace" => check_objects(&state, account, script, binding, namespaces),
            _ => Ok(()),
        });
        Ok(checked?)
    }
}

/// The binding of the previous version that an `inherit` stands for, under the new name.
fn inherited(binding: &Binding, previous: Option<&ScriptVersion>) -> Option<Binding> {
    let old_name = binding.text("old_name").unwrap_or(binding.name());
    let old = previous?.binding(old_name)?;
    // A secret is sealed for its name.
    if old.is_secret() && old_name != binding.name() {
        return None;
    }
    let mut inherited = old.clone();
    inherited
        .0
        .insert("name".to_owned(), Json::String(binding.name().to_owned()));
    Some(inherited)
}

/// The newest live version of another Worker; `Err` if there is no such Worker.
fn live_version(state: &State, account: &str, script: &str) -> Result<Option<Arc<ScriptVersion>>, ()> {
    let script = state.scripts.get(&key2(account, script)).ok_or(())?;
    let live = live_shares(state, script).into_iter();
    let live = live.filter_map(|share| {
        state
            .versions
            .get(&key3(account, &script.name, &share.version_id))
    });
    Ok(live.max_by_key(|version| version.number).cloned())
}

fn check_service(
    state: &State,
    account: &str,
    script: &str,
    binding: &Binding,
    inspected: &Inspected,
) -> Result<(), Refusal> {
    let target = binding.text("service").unwrap_or_default();
    let live = live_version(state, account, target);
    let exports = if target == script {
        inspected
    } else {
        match &live {
            Ok(Some(version)) => &version.inspected,
            Ok(None) | Err(()) => return Err(Refusal::service_not_found(binding.name(), target)),
        }
    };
    match binding.text("entrypoint") {
        Some(entrypoint) if entrypoint != "default" && !exports.named.contains_key(entrypoint) => {
            Err(Refusal::entrypoint_not_found(binding.name(), target, entrypoint))
        }
        _ => Ok(()),
    }
}

fn check_workflow(
    state: &State,
    account: &str,
    script: &str,
    binding: &Binding,
    inspected: &Inspected,
) -> Result<(), Refusal> {
    let workflow = binding.text("workflow_name").unwrap_or_default();
    stepwell_core::names::check_workflow_name(workflow)
        .map_err(|error| Refusal::bad_upload(format!("the binding \"{}\": {error}", binding.name())))?;
    let class = binding.text("class_name").unwrap_or_default();
    let target = binding.text("script_name").unwrap_or(script);
    if target == script {
        return match inspected.lacks(class, ExportKind::Workflow) {
            None => Ok(()),
            Some(why) => Err(Refusal::invalid_script(format!(
                "the Workflow binding \"{}\" needs the class \"{class}\": {why}",
                binding.name()
            ))),
        };
    }
    // The Workflow itself may come later: only wrangler's `PUT /workflows` makes it.
    if state.scripts.contains_key(&key2(account, target)) {
        return Ok(());
    }
    Err(Refusal::workflow_target_not_found(binding.name(), target))
}

fn check_objects(
    state: &State,
    account: &str,
    script: &str,
    binding: &Binding,
    namespaces: &[Namespace],
) -> Result<(), Refusal> {
    let class = binding.text("class_name").unwrap_or_default();
    let target = binding.text("script_name").unwrap_or(script);
    let has = |namespaces: &[Namespace]| namespaces.iter().any(|namespace| namespace.class_name == class);
    if target == script {
        return if has(namespaces) {
            Ok(())
        } else {
            Err(Refusal::class_without_migration(binding.name(), class))
        };
    }
    match state.scripts.get(&key2(account, target)) {
        Some(other) if has(&other.namespaces) => Ok(()),
        Some(_) => Err(Refusal::class_not_in_script(binding.name(), class, target)),
        None => Err(Refusal::object_target_not_found(binding.name(), target)),
    }
}
