//! A project as the engine and the runtime need it.

use super::context::Context;
use super::script::{is_own, script};
use crate::printer::Printer;
use anyhow::Context as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use stepwell_core::limits;
use stepwell_engine::Definition;
use stepwell_project::bundle::{self, Bundle};
use stepwell_project::config::{self, Config};
use stepwell_project::sourcemap::Mapper;
use stepwell_project::toolchain::{Locate, cache_dir};
use stepwell_runtime::Script;

/// One build of a project.
pub(super) struct Build {
    pub(super) script: Script,
    pub(super) definitions: Vec<Definition>,
    pub(super) bundle: Bundle,
    /// Changes when anything that matters does: code, variables, configuration.
    pub(super) fingerprint: String,
}

/// Runs the project's own build command, if it has one and `command_too`, and bundles the project. `assets` is the socket of its static assets.
pub(super) async fn build(
    context: &Context,
    config: &Config,
    assets: &Path,
    version: u32,
    command_too: bool,
) -> anyhow::Result<Build> {
    let printer = &context.printer;
    if let Some(command) = config.bundling.build.as_ref().filter(|_| command_too) {
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
    let secrets = variables(&context.arguments.env_file, config, printer)?.secrets;
    let mapper = Mapper::of(&bundle, &config.project_dir);
    printer.map_stacks_with(&config.name, mapper);
    let script = script(context, config, &bundle, secrets, assets, version);
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
pub(super) fn variables(
    env_files: &[PathBuf],
    config: &Config,
    printer: &Printer,
) -> anyhow::Result<config::Variables> {
    let process = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let variables = config::variables(config, env_files, &process.collect())?;
    for warning in &variables.warnings {
        printer.warning(&warning.to_string());
    }
    if let Some(missing) = &variables.missing {
        printer.warning(missing);
    }
    Ok(variables)
}

/// The Workflows that this Worker defines.
fn own_workflows(config: &Config) -> impl Iterator<Item = &config::Workflow> {
    config
        .workflows
        .iter()
        .filter(|workflow| is_own(config, workflow.script_name.as_ref()))
}

fn definitions(config: &Config, version: u32) -> Vec<Definition> {
    let mut definitions: Vec<Definition> = Vec::new();
    for workflow in own_workflows(config) {
        if definitions.iter().any(|known| *known.name == workflow.name) {
            continue; // the same Workflow under a second binding
        }
        definitions.push(Definition {
            key: workflow.name.as_str().into(),
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
