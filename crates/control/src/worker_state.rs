//! What a Worker should be, complete: what the platform is given.

use crate::Control;
use crate::model::{
    Binding, Cron, Namespace, ObjectMove, Route, Script, ScriptVersion, Subdomain, Workflow, WorkflowVersion,
};
use crate::state::{State, key2, key3, of};
use crate::vault;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use stepwell_core::value::iso_string;

/// The desired state of one Worker.
#[derive(Debug, Clone)]
pub struct WorkerState {
    /// The account.
    pub account: String,
    /// The Worker's name.
    pub name: String,
    /// All versions that are kept, oldest first.
    pub versions: Vec<Arc<WorkerVersion>>,
    /// Those that are live; none if nothing was ever deployed.
    pub shares: Vec<Share>,
    /// Its Durable Object classes.
    pub namespaces: Vec<Namespace>,
    /// Files of namespaces that came from elsewhere or shall go, to be dealt with when no process has them.
    pub object_moves: Vec<Arc<ObjectMove>>,
    /// The Workflows that it has.
    pub workflows: Vec<WorkflowState>,
    /// Whether it is served under its own name.
    pub subdomain: Subdomain,
    /// Where it is served besides.
    pub routes: Vec<Route>,
    /// When its `scheduled()` should be called.
    pub crons: Vec<Cron>,
}

impl WorkerState {
    /// What the engine and the runtime know it by.
    pub fn engine_key(&self) -> String {
        key2(&self.account, &self.name)
    }

    /// The version of this id.
    pub fn version(&self, id: &str) -> Option<&Arc<WorkerVersion>> {
        self.versions.iter().find(|version| version.facts.id == id)
    }
}

/// A live version and its part of the traffic.
#[derive(Debug, Clone, PartialEq)]
pub struct Share {
    /// The script version's id.
    pub version_id: String,
    /// Its part, in percent.
    pub percentage: f64,
}

/// A version with its bindings resolved to what a process is given.
#[derive(Debug, Clone)]
pub struct WorkerVersion {
    /// What was uploaded.
    pub facts: Arc<ScriptVersion>,
    /// The bindings.
    pub bindings: Vec<Bound>,
}

/// A binding of a running version.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    /// Its name on `env`.
    pub name: String,
    /// What is there.
    pub value: BoundValue,
}

/// What is on `env`.
#[derive(Debug, Clone, PartialEq)]
pub enum BoundValue {
    /// A string: a variable or a secret.
    Text(String),
    /// A JSON value.
    Json(Json),
    /// A Workflow.
    Workflow {
        /// Its name.
        workflow: String,
        /// The class, if it is this Worker's.
        class_name: Option<String>,
    },
    /// A Durable Object namespace.
    Objects {
        /// The Worker that has the class, if it is another one.
        script: Option<String>,
        /// The namespace, with the class's name in that Worker.
        namespace: Namespace,
    },
    /// An entrypoint of a Worker.
    Service {
        /// The Worker.
        script: String,
        /// The class; `None` is the default export.
        entrypoint: Option<String>,
        /// What it finds in `ctx.props`.
        props: Option<Json>,
    },
    /// The version's static assets.
    Assets,
    /// Nothing that works: its use throws and names the key of the configuration.
    Placeholder {
        /// Such as `kv_namespaces`.
        config_key: String,
        /// Why it leads nowhere, if it is not of a kind that cannot be had.
        why: Option<String>,
    },
}

impl BoundValue {
    /// Makes it one for which the code need not export anything.
    pub(crate) fn demand_nothing(&mut self) {
        match self {
            Self::Workflow { class_name, .. } => *class_name = None,
            Self::Objects { .. } => *self = placeholder("durable_object_namespace"),
            _ => {}
        }
    }
}

/// A Workflow of a Worker.
#[derive(Debug, Clone)]
pub struct WorkflowState {
    /// The Workflow.
    pub workflow: Arc<Workflow>,
    /// All its versions, oldest first. Those before it was given to this Worker name another one in their settings.
    pub versions: Vec<Arc<WorkflowVersion>>,
    /// The versions (by number) that new instances get, with their parts in percent.
    pub shares: Vec<(u32, f64)>,
}

impl Control {
    /// All Workers as they should be.
    pub fn worker_states(&self) -> Vec<WorkerState> {
        let state = self.state();
        state
            .scripts
            .values()
            .map(|script| self.build(&state, script))
            .collect()
    }

    /// One Worker as it should be.
    pub fn worker_state(&self, account: &str, script: &str) -> Option<WorkerState> {
        let state = self.state();
        let script = state.scripts.get(&key2(account, script))?;
        Some(self.build(&state, script))
    }

    /// The state of a Worker, by what `state` says.
    pub(crate) fn build(&self, state: &State, script: &Script) -> WorkerState {
        let owner = key2(&script.account, &script.name);
        let mut versions: Vec<_> = of(&state.versions, &owner).collect();
        versions.sort_by_key(|version| version.number);
        let versions = versions
            .into_iter()
            .map(|version| Arc::new(self.resolve(state, version)));
        let workflows = of(&state.workflows, &script.account);
        let workflows = workflows.filter(|workflow| workflow.settings.script == script.name);
        let moves = of(&state.object_moves, &script.account);
        WorkerState {
            account: script.account.clone(),
            name: script.name.clone(),
            versions: versions.collect(),
            shares: live_shares(state, script),
            namespaces: script.namespaces.clone(),
            object_moves: moves
                .filter(|it| it.to.as_ref().unwrap_or(&it.from) == &script.name)
                .cloned()
                .collect(),
            workflows: workflows
                .map(|workflow| workflow_state(state, script, workflow))
                .collect(),
            subdomain: script.subdomain,
            routes: script.routes.clone(),
            crons: script.crons.clone(),
        }
    }

    /// A version with its bindings resolved.
    pub(crate) fn resolve(&self, state: &State, version: &Arc<ScriptVersion>) -> WorkerVersion {
        let bindings = version.bindings.iter().map(|binding| Bound {
            name: binding.name().to_owned(),
            value: self.bound(state, version, binding),
        });
        WorkerVersion {
            facts: Arc::clone(version),
            bindings: bindings.collect(),
        }
    }

    fn bound(&self, state: &State, version: &ScriptVersion, binding: &Binding) -> BoundValue {
        let text = |field: &str| binding.text(field).unwrap_or_default().to_owned();
        let other_script = |field: &str| {
            let script = binding.text(field).filter(|script| *script != version.script);
            script.map(str::to_owned)
        };
        match binding.kind() {
            "plain_text" => BoundValue::Text(text("text")),
            "secret_text" => {
                let owner = vault::owner(&version.account, &version.script, binding.name());
                if let Some(secret) = self.inner.vault.open(&owner, &text("sealed")) {
                    BoundValue::Text(secret)
                } else {
                    tracing::error!(owner, "a secret cannot be opened with this key; put it again");
                    gone(
                        "secrets",
                        "this server's key does not open it; put the secret again",
                    )
                }
            }
            "json" => BoundValue::Json(binding.0.get("json").cloned().unwrap_or_default()),
            "version_metadata" => BoundValue::Json(json!({
                "id": version.id,
                "tag": version.annotations.get("workers/tag").map_or("", String::as_str),
                "timestamp": iso_string(version.created_ms as f64),
            })),
            "workflow" => BoundValue::Workflow {
                workflow: text("workflow_name"),
                class_name: other_script("script_name").is_none().then(|| text("class_name")),
            },
            "durable_object_namespace" => {
                let id = text("namespace_id");
                let mut scripts = of(&state.scripts, &version.account);
                let has = |script: &Arc<Script>| {
                    let namespace = script.namespaces.iter().find(|namespace| namespace.id == id);
                    namespace.map(|namespace| (script.name.clone(), namespace.clone()))
                };
                if let Some((script, namespace)) = scripts.find_map(has) {
                    BoundValue::Objects {
                        script: Some(script).filter(|script| *script != version.script),
                        namespace,
                    }
                } else {
                    let class = binding.text("class_name").unwrap_or_default();
                    let why = format!(
                        "the Durable Object class \"{class}\" was deleted; deploy without the binding"
                    );
                    gone("durable_object_namespace", &why)
                }
            }
            "service" => BoundValue::Service {
                script: text("service"),
                entrypoint: binding.text("entrypoint").map(str::to_owned),
                props: binding.0.get("props").cloned(),
            },
            "assets" => BoundValue::Assets,
            kind => placeholder(kind),
        }
    }
}

/// The key of wrangler's configuration that asks for bindings of this type.
pub(crate) fn config_key(kind: &str) -> &str {
    match kind {
        "durable_object_namespace" => "durable_objects",
        "kv_namespace" => "kv_namespaces",
        "d1" => "d1_databases",
        "r2_bucket" => "r2_buckets",
        "queue" => "queues.producers",
        "analytics_engine" => "analytics_engine_datasets",
        "dispatch_namespace" => "dispatch_namespaces",
        "mtls_certificate" => "mtls_certificates",
        "vectorize" => "vectorize",
        "pipelines" => "pipelines",
        "ratelimit" => "ratelimits",
        "wasm_module" => "wasm_modules",
        "text_blob" => "text_blobs",
        "data_blob" => "data_blobs",
        "secrets_store_secret" => "secrets_store_secrets",
        kind => kind,
    }
}

fn placeholder(kind: &str) -> BoundValue {
    BoundValue::Placeholder {
        config_key: config_key(kind).to_owned(),
        why: None,
    }
}

fn gone(kind: &str, why: &str) -> BoundValue {
    BoundValue::Placeholder {
        config_key: config_key(kind).to_owned(),
        why: Some(why.to_owned()),
    }
}

/// The live versions of a Worker.
pub(crate) fn live_shares(state: &State, script: &Script) -> Vec<Share> {
    let live = script.live.as_ref();
    let live = live.and_then(|id| state.deployments.get(&key3(&script.account, &script.name, id)));
    let portions = live
        .map(|deployment| deployment.versions.as_slice())
        .unwrap_or_default();
    let shares = portions.iter().map(|portion| Share {
        version_id: portion.version_id.clone(),
        percentage: portion.percentage,
    });
    shares.collect()
}

/// The versions of a Workflow, oldest first.
pub(crate) fn workflow_versions(state: &State, account: &str, workflow: &str) -> Vec<Arc<WorkflowVersion>> {
    // Their keys have the number in ten digits.
    of(&state.workflow_versions, &key2(account, workflow))
        .cloned()
        .collect()
}

pub(crate) fn workflow_state(state: &State, script: &Script, workflow: &Arc<Workflow>) -> WorkflowState {
    let versions = workflow_versions(state, &script.account, &workflow.name);
    let current = |share: &Share| {
        let runs_on = |version: &&Arc<WorkflowVersion>| {
            version.settings == workflow.settings && version.script_version == share.version_id
        };
        versions
            .iter()
            .find(runs_on)
            .map(|version| (version.number, share.percentage))
    };
    let mut shares: Vec<_> = live_shares(state, script).iter().filter_map(current).collect();
    if shares.is_empty() {
        // The live code does not have the class (any more): what there was goes on.
        shares.extend(versions.last().map(|version| (version.number, 100.0)));
    }
    WorkflowState {
        workflow: Arc::clone(workflow),
        versions,
        shares,
    }
}
