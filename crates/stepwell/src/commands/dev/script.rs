//! A configuration and its bundle as the runtime needs them.

use super::context::Context;
use super::neighbours::own_classes;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use stepwell_project::bundle::{self, Bundle};
use stepwell_project::config::{self, Config};
use stepwell_runtime::logs::Stacks;
use stepwell_runtime::{
    AssetsBinding, Limits, Module, ModuleKind, ObjectBinding, Outbound, Placeholder, Script, ServiceBinding,
    WorkflowBinding,
};

/// The script of one version of a Worker. `secrets` go before `vars` of the same name; `assets` is the socket of the
/// Worker's static assets.
pub(super) fn script(
    context: &Context,
    config: &Config,
    bundle: &Bundle,
    secrets: BTreeMap<String, String>,
    assets: &Path,
    version: u32,
) -> Script {
    let (text_vars, mut json_vars) = variables(config, secrets);
    if let Some(binding) = &config.version_metadata {
        json_vars.insert(binding.clone(), version_metadata(bundle));
    }
    let assets_binding = config.assets.as_ref().and_then(|found| found.binding.clone());
    Script {
        name: config.name.clone(),
        version,
        main: bundle.name.clone(),
        code: bundle.code.as_str().into(),
        source_map: bundle.source_map.as_deref().map(Arc::from),
        // The printer maps what it prints.
        stacks: Stacks::default(),
        modules: bundle.modules.iter().map(module).collect(),
        compatibility_date: config.compatibility_date.clone(),
        compatibility_flags: config.compatibility_flags.clone(),
        text_vars,
        json_vars,
        workflows: workflows(config),
        services: config.services.iter().map(service).collect(),
        objects: objects(context, config),
        object_classes: own_classes(config),
        assets_binding: assets_binding.map(|binding| AssetsBinding {
            binding,
            socket: assets.to_owned(),
        }),
        placeholders: placeholders(config),
        limits: Limits {
            heap_mb: context.arguments.heap_mb,
            cpu_ms: config.limits.cpu_ms.unwrap_or(Limits::default().cpu_ms),
        },
        outbound: Outbound::PublicAndPrivate { denied: Vec::new() },
        object_directory: context.places.objects_of(&config.name),
    }
}

/// Whether what a binding names is of this Worker.
pub(super) fn is_own(config: &Config, script_name: Option<&String>) -> bool {
    script_name.is_none_or(|script| *script == config.name)
}

type Texts = BTreeMap<String, String>;
type Values = BTreeMap<String, serde_json::Value>;

fn variables(config: &Config, secrets: Texts) -> (Texts, Values) {
    let mut texts = BTreeMap::new();
    let mut values = BTreeMap::new();
    for (name, value) in &config.vars {
        match value.as_str() {
            Some(text) => drop(texts.insert(name.clone(), text.to_owned())),
            None => drop(values.insert(name.clone(), value.clone())),
        }
    }
    for (name, value) in secrets {
        values.remove(&name);
        texts.insert(name, value);
    }
    (texts, values)
}

/// What `version_metadata` shows: an id that changes with the code and nothing else, so that a restart is no new version.
fn version_metadata(bundle: &Bundle) -> serde_json::Value {
    let hash = format!("{:0<32}", bundle.hash);
    let parts = [
        &hash[..8],
        &hash[8..12],
        &hash[12..16],
        &hash[16..20],
        &hash[20..32],
    ];
    serde_json::json!({ "id": parts.join("-"), "tag": "", "timestamp": "0" })
}

fn workflows(config: &Config) -> Vec<WorkflowBinding> {
    config
        .workflows
        .iter()
        .map(|workflow| WorkflowBinding {
            binding: workflow.binding.clone(),
            workflow_name: workflow.name.clone(),
            class_name: is_own(config, workflow.script_name.as_ref()).then(|| workflow.class_name.clone()),
        })
        .collect()
}

fn service(service: &config::ServiceBinding) -> ServiceBinding {
    ServiceBinding {
        binding: service.binding.clone(),
        worker: service.service.clone(),
        entrypoint: service.entrypoint.clone(),
        props: service.props.clone(),
    }
}

fn objects(context: &Context, config: &Config) -> Vec<ObjectBinding> {
    config
        .durable_objects
        .iter()
        .map(|binding| {
            let other = binding.script_name.clone().filter(|name| *name != config.name);
            let owner = other.as_deref().unwrap_or(&config.name);
            let class = context.neighbours.class(owner, &binding.class_name);
            ObjectBinding {
                binding: binding.name.clone(),
                worker: other,
                class_name: class.class_name,
                unique_key: class.unique_key,
                sqlite: class.sqlite,
            }
        })
        .collect()
}

fn placeholders(config: &Config) -> Vec<Placeholder> {
    config
        .unsupported_bindings
        .iter()
        .map(|binding| Placeholder {
            binding: binding.name.clone(),
            config_key: binding.kind.clone(),
            why: None,
        })
        .collect()
}

fn module(module: &bundle::Module) -> Module {
    Module {
        name: module.name.clone(),
        kind: match module.kind {
            bundle::ModuleKind::EsModule => ModuleKind::EsModule,
            bundle::ModuleKind::CommonJs => ModuleKind::CommonJs,
            bundle::ModuleKind::Text => ModuleKind::Text,
            bundle::ModuleKind::Data => ModuleKind::Data,
            bundle::ModuleKind::Wasm => ModuleKind::Wasm,
        },
        contents: module.contents.as_slice().into(),
    }
}
