//! A project as the engine and the runtime need it.

use super::context::Context;
use crate::printer::Printer;
use anyhow::Context as _;
use std::path::Path;
use std::sync::Arc;
use stepwell_core::limits;
use stepwell_engine::Definition;
use stepwell_project::bundle::{self, Bundle};
use stepwell_project::config::{self, Config};
use stepwell_project::sourcemap::Mapper;
use stepwell_project::toolchain::{Locate, cache_dir};
use stepwell_runtime::{
    Limits, Module, ModuleKind, ObjectBinding, Outbound, Placeholder, Script, WorkflowBinding,
};

/// One build of a project.
pub(super) struct Build {
    pub(super) script: Script,
    pub(super) definitions: Vec<Definition>,
    pub(super) bundle: Bundle,
    /// Changes when anything that matters does: code, variables, configuration.
    pub(super) fingerprint: String,
}

/// Runs the project's own build command, if it has one, and bundles the project.
pub(super) async fn build(context: &Context, config: &Config, version: u32) -> anyhow::Result<Build> {
    let printer = &context.printer;
    if let Some(command) = &config.bundling.build {
        bundle::run_custom_build(command, &|line| printer.status("[custom build]", line)).await?;
    }
    let packages = Locate {
        offline: context.arguments.project.offline,
        ..Locate::new(&config.project_dir, cache_dir())
    };
    let bundle = bundle::build(config, &context.esbuild, &packages)?;
    let missing = bundle::missing_classes(config, &bundle);
    if !missing.is_empty() {
        anyhow::bail!("{}", stepwell_project::print_all(&missing));
    }
    for warning in &bundle.warnings {
        printer.warning(&warning.to_string());
    }
    let secrets = variables(config, printer)?.secrets;
    let workflows = own_workflows(config).map(|workflow| workflow.name.clone());
    let mapper = Mapper::of(&bundle, &config.project_dir);
    printer.map_stacks_with(&config.name, workflows.collect(), mapper);
    let script = script(context, config, &bundle, secrets, version);
    let definitions = definitions(config, version);
    let fingerprint = format!("{}{:?}{:?}", bundle.hash, script_key(&script), config.workflows);
    Ok(Build {
        script,
        definitions,
        bundle,
        fingerprint,
    })
}

/// Reads `.dev.vars` or `.env`, and prints what is wrong with them.
pub(super) fn variables(config: &Config, printer: &Printer) -> anyhow::Result<config::Variables> {
    let process = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let variables = config::variables(config, &[], &process.collect())?;
    for warning in &variables.warnings {
        printer.warning(&warning.to_string());
    }
    if let Some(missing) = &variables.missing {
        printer.warning(missing);
    }
    Ok(variables)
}

fn script(
    context: &Context,
    config: &Config,
    bundle: &Bundle,
    secrets: std::collections::BTreeMap<String, String>,
    version: u32,
) -> Script {
    let mut text_vars = std::collections::BTreeMap::new();
    let mut json_vars = std::collections::BTreeMap::new();
    for (name, value) in &config.vars {
        match value.as_str() {
            Some(text) => drop(text_vars.insert(name.clone(), text.to_owned())),
            None => drop(json_vars.insert(name.clone(), value.clone())),
        }
    }
    for (name, value) in secrets {
        json_vars.remove(&name);
        text_vars.insert(name, value);
    }
    let limits = Limits {
        heap_mb: context.arguments.heap_mb,
        cpu_ms: config.limits.cpu_ms.unwrap_or(Limits::default().cpu_ms),
    };
    Script {
        name: config.name.clone(),
        version,
        main: bundle.name.clone(),
        code: bundle.code.as_str().into(),
        source_map: bundle.source_map.as_deref().map(Arc::from),
        modules: bundle.modules.iter().map(module).collect(),
        compatibility_date: config.compatibility_date.clone(),
        compatibility_flags: config.compatibility_flags.clone(),
        text_vars,
        json_vars,
        workflows: own_workflows(config)
            .map(|workflow| WorkflowBinding {
                binding: workflow.binding.clone(),
                workflow_name: workflow.name.clone(),
                class_name: Some(workflow.class_name.clone()),
            })
            .collect(),
        services: Vec::new(),
        objects: objects(config),
        object_classes: Vec::new(),
        assets_binding: None,
        placeholders: config
            .unsupported_bindings
            .iter()
            .map(|binding| placeholder(&binding.name, &binding.kind))
            .chain(of_others(config))
            .collect(),
        limits,
        outbound: Outbound::PublicAndPrivate { denied: Vec::new() },
        object_directory: context.places.objects_of(&config.name),
    }
}

fn placeholder(binding: &str, key: &str) -> Placeholder {
    Placeholder {
        binding: binding.to_owned(),
        config_key: key.to_owned(),
    }
}

/// Bindings to other Workers and to what is not served yet.
fn of_others(config: &Config) -> impl Iterator<Item = Placeholder> {
    let foreign = |script: &Option<String>| !is_own(config, script.as_ref());
    let workflows = config
        .workflows
        .iter()
        .filter(move |found| foreign(&found.script_name));
    let objects = config
        .durable_objects
        .iter()
        .filter(move |found| foreign(&found.script_name));
    let assets = config.assets.iter().filter_map(|assets| assets.binding.as_ref());
    workflows
        .map(|found| placeholder(&found.binding, "workflows"))
        .chain(objects.map(|found| placeholder(&found.name, "durable_objects")))
        .chain(
            config
                .services
                .iter()
                .map(|found| placeholder(&found.binding, "services")),
        )
        .chain(assets.map(|name| placeholder(name, "assets")))
        .chain(
            config
                .version_metadata
                .iter()
                .map(|name| placeholder(name, "version_metadata")),
        )
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

/// The Workflows that this Worker defines; those of other Workers are placeholders.
fn own_workflows(config: &Config) -> impl Iterator<Item = &config::Workflow> {
    config
        .workflows
        .iter()
        .filter(|workflow| is_own(config, workflow.script_name.as_ref()))
}

fn is_own(config: &Config, script_name: Option<&String>) -> bool {
    script_name.is_none_or(|script| *script == config.name)
}

fn objects(config: &Config) -> Vec<ObjectBinding> {
    config
        .durable_objects
        .iter()
        .filter(|binding| is_own(config, binding.script_name.as_ref()))
        .map(|binding| ObjectBinding {
            binding: binding.name.clone(),
            worker: None,
            class_name: binding.class_name.clone(),
            unique_key: format!("{}-{}", config.name, first_name(config, &binding.class_name)),
            sqlite: true,
        })
        .collect()
}

/// The name that a Durable Object class had at first: its data stays where it is when a migration renames it.
fn first_name<'a>(config: &'a Config, class_name: &'a str) -> &'a str {
    let renames = config
        .migrations
        .iter()
        .rev()
        .flat_map(|migration| migration.renamed_classes.iter().rev());
    renames.fold(
        class_name,
        |name, (from, to)| if to == name { from } else { name },
    )
}

fn definitions(config: &Config, version: u32) -> Vec<Definition> {
    let mut definitions: Vec<Definition> = Vec::new();
    for workflow in own_workflows(config) {
        if definitions.iter().any(|known| *known.name == workflow.name) {
            continue; // the same Workflow under a second binding
        }
        definitions.push(Definition {
            name: workflow.name.as_str().into(),
            class_name: workflow.class_name.as_str().into(),
            step_limit: workflow.limits_steps.unwrap_or(limits::STEPS_DEFAULT as u32),
            concurrency_limit: workflow.concurrency_limit.map(|limit| limit as usize),
            version,
        });
    }
    definitions
}

/// What of a script besides its code decides how it runs.
fn script_key(script: &Script) -> Script {
    Script {
        code: Arc::from(""),
        source_map: None,
        version: 0,
        modules: Vec::new(),
        ..script.clone()
    }
}

/// Finds workerd or esbuild.
pub(crate) fn locate(
    tool: stepwell_project::toolchain::Tool,
    project: &crate::arguments::ProjectArguments,
    project_dir: &Path,
) -> anyhow::Result<stepwell_project::toolchain::Found> {
    use stepwell_project::toolchain::{Locate, Tool, cache_dir, locate};
    let explicit = match tool {
        Tool::Workerd => project.workerd.clone(),
        Tool::Esbuild => project.esbuild.clone(),
    };
    let request = Locate {
        explicit,
        offline: project.offline,
        ..Locate::new(project_dir, cache_dir())
    };
    locate(tool, &request).context("a program that Stepwell needs is missing")
}
