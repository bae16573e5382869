//! A version of the control plane as the runtime needs it.

use super::assets::has_code;
use super::objects::class;
use super::stacks;
use anyhow::{Context, bail};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use stepwell_control::model::{self, Namespace, ScriptVersion};
use stepwell_control::{Bound, BoundValue, WorkerVersion};
use stepwell_runtime::{
    AssetsBinding, Limits, Module, ModuleKind, ObjectBinding, Outbound, Placeholder, Script, ServiceBinding,
    WorkflowBinding,
};

/// What all Workers of a server have in common.
#[derive(Debug, Clone)]
pub(in crate::commands::serve) struct Ground {
    /// What their `fetch` and `connect` may reach.
    pub(in crate::commands::serve) outbound: Outbound,
    /// The JavaScript heap of each process, in MiB.
    pub(in crate::commands::serve) heap_mb: u32,
    /// Durable Objects, a directory for each account and in it one for each Worker.
    pub(in crate::commands::serve) objects: PathBuf,
    /// What can be made again.
    pub(in crate::commands::serve) cache: PathBuf,
}

/// A version with everything that its processes need.
pub(super) struct Source<'a> {
    pub(super) version: &'a WorkerVersion,
    /// The Worker's Durable Object classes.
    pub(super) namespaces: &'a [Namespace],
    /// The bytes of its modules, in their order.
    pub(super) modules: Vec<Bytes>,
    /// The socket of its static assets.
    pub(super) assets: Option<PathBuf>,
}

/// What engine and runtime know a Worker or a Workflow by.
pub(super) fn key(account: &str, name: &str) -> String {
    format!("{account}/{name}")
}

impl Ground {
    /// Where the Durable Objects of a Worker are.
    pub(super) fn objects_of(&self, account: &str, script: &str) -> PathBuf {
        self.objects.join(account).join(script)
    }

    /// The script of a version.
    ///
    /// # Errors
    /// If a module that must be text is none, or the main module is missing.
    pub(super) fn script(&self, source: &Source<'_>) -> anyhow::Result<Script> {
        let facts = &source.version.facts;
        let mut script = Script {
            name: key(&facts.account, &facts.script),
            version: facts.number,
            main: facts.main_module.clone(),
            code: Arc::from(""),
            source_map: None,
            stacks: stacks::of(facts, &source.modules),
            modules: Vec::new(),
            compatibility_date: facts.compatibility_date.clone(),
            compatibility_flags: facts.compatibility_flags.clone(),
            text_vars: BTreeMap::new(),
            json_vars: BTreeMap::new(),
            workflows: Vec::new(),
            services: Vec::new(),
            objects: Vec::new(),
            object_classes: source.namespaces.iter().map(class).collect(),
            assets_binding: None,
            placeholders: Vec::new(),
            limits: self.limits(facts),
            outbound: self.outbound.clone(),
            object_directory: self.objects_of(&facts.account, &facts.script),
        };
        add_modules(&mut script, facts, &source.modules)?;
        for bound in &source.version.bindings {
            bind(&mut script, &facts.account, bound, source.assets.as_ref());
        }
        Ok(script)
    }

    fn limits(&self, facts: &ScriptVersion) -> Limits {
        let given = facts.others.get("limits").and_then(|limits| limits.get("cpu_ms"));
        Limits {
            heap_mb: self.heap_mb,
            cpu_ms: given
                .and_then(serde_json::Value::as_u64)
                .unwrap_or(Limits::default().cpu_ms),
        }
    }
}

fn add_modules(script: &mut Script, facts: &ScriptVersion, bytes: &[Bytes]) -> anyhow::Result<()> {
    let text = |name: &str, bytes: &Bytes| -> anyhow::Result<Arc<str>> {
        let text =
            std::str::from_utf8(bytes).with_context(|| format!("the module \"{name}\" is no UTF-8"))?;
        Ok(text.into())
    };
    if !has_code(facts) {
        // Assets alone. A process has to have something to run.
        "assets-only.js".clone_into(&mut script.main);
        script.code = Arc::from("export default {};");
        return Ok(());
    }
    let mut found = false;
    for (module, bytes) in facts.modules.iter().zip(bytes) {
        let Some(kind) = kind(module.kind) else {
            continue;
        };
        if module.name == facts.main_module {
            script.code = text(&module.name, bytes)?;
            found = true;
        } else {
            script.modules.push(Module {
                name: module.name.clone(),
                kind,
                contents: bytes.as_ref().into(),
            });
        }
    }
    if !found {
        bail!("the main module \"{}\" is missing", facts.main_module);
    }
    Ok(())
}

/// `None` for what is no module.
fn kind(kind: model::ModuleKind) -> Option<ModuleKind> {
    Some(match kind {
        model::ModuleKind::EsModule => ModuleKind::EsModule,
        model::ModuleKind::CommonJs => ModuleKind::CommonJs,
        model::ModuleKind::Wasm => ModuleKind::Wasm,
        model::ModuleKind::Data => ModuleKind::Data,
        model::ModuleKind::Text => ModuleKind::Text,
        model::ModuleKind::Json => ModuleKind::Json,
        model::ModuleKind::SourceMap => return None,
    })
}

fn bind(script: &mut Script, account: &str, bound: &Bound, assets: Option<&PathBuf>) {
    let binding = bound.name.clone();
    match &bound.value {
        BoundValue::Text(text) => drop(script.text_vars.insert(binding, text.clone())),
        BoundValue::Json(value) => drop(script.json_vars.insert(binding, value.clone())),
        BoundValue::Workflow { workflow, class_name } => script.workflows.push(WorkflowBinding {
            binding,
            workflow_name: key(account, workflow),
            class_name: class_name.clone(),
        }),
        BoundValue::Objects {
            script: worker,
            namespace,
        } => script.objects.push(ObjectBinding {
            binding,
            worker: worker.as_ref().map(|worker| key(account, worker)),
            class_name: namespace.class_name.clone(),
            unique_key: namespace.id.clone(),
            sqlite: namespace.sqlite,
        }),
        BoundValue::Service {
            script: worker,
            entrypoint,
            props,
        } => script.services.push(ServiceBinding {
            binding,
            worker: key(account, worker),
            entrypoint: entrypoint.clone(),
            props: props.clone(),
        }),
        BoundValue::Assets => {
            script.assets_binding = assets.map(|socket| AssetsBinding {
                binding,
                socket: socket.clone(),
            });
        }
        BoundValue::Placeholder { config_key, why } => script.placeholders.push(Placeholder {
            binding,
            config_key: config_key.clone(),
            why: why.clone(),
        }),
    }
}
