//! The project, bundled and checked.

use crate::arguments::DeployArguments;
use crate::commands::dev::pairs;
use crate::printer::Printer;
use anyhow::Context as _;
use stepwell_project::bundle::{self, Bundle};
use stepwell_project::config::{self, Config};
use stepwell_project::toolchain::{Locate, Tool, cache_dir, locate};

pub(super) struct Project {
    pub(super) config: Config,
    pub(super) bundle: Bundle,
}

impl Project {
    /// Reads the configuration, runs the project's own build command, bundles, and checks what can be checked here.
    pub(super) fn load(arguments: &DeployArguments, printer: &Printer) -> anyhow::Result<Self> {
        let loaded = config::load(config::Request {
            directory: &arguments.directory,
            file: arguments.config.as_deref(),
            environment: arguments.environment.as_deref(),
        })?;
        for note in &loaded.notes {
            printer.note(note);
        }
        for warning in &loaded.warnings {
            printer.warning(&warning.to_string());
        }
        let mut config = loaded.config;
        if let Some(name) = &arguments.name {
            config.name.clone_from(name);
        }
        for (name, value) in pairs("--var", &arguments.var)? {
            config.vars.insert(name, value.into());
        }
        config.bundling.minify |= arguments.minify;
        refuse_unsupported(&config, arguments.allow_unsupported)?;
        let bundle = bundled(&config, arguments, printer)?;
        Ok(Self { config, bundle })
    }
}

fn bundled(config: &Config, arguments: &DeployArguments, printer: &Printer) -> anyhow::Result<Bundle> {
    if let Some(command) = &config.bundling.build {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(bundle::run_custom_build(command, &|line| {
            printer.status("[custom build]", line);
        }))?;
    }
    let packages = Locate {
        explicit: arguments.esbuild.clone(),
        offline: arguments.offline,
        ..Locate::new(&config.project_dir, cache_dir())
    };
    let esbuild = locate(Tool::Esbuild, &packages).context("a program that Stepwell needs is missing")?;
    let packages = Locate {
        explicit: None,
        ..packages
    };
    let bundle = bundle::build(config, &esbuild.path, &packages)?;
    let missing = bundle::missing_classes(config, &bundle);
    if !missing.is_empty() {
        anyhow::bail!("{}", stepwell_project::print_all(&missing));
    }
    for warning in &bundle.warnings {
        printer.warning(&warning.to_string());
    }
    Ok(bundle)
}

/// The server would refuse them too, without a line number; but it takes queues, whose messages it does not deliver yet.
fn refuse_unsupported(config: &Config, allowed: bool) -> anyhow::Result<()> {
    let refused: Vec<_> = config
        .unsupported_bindings
        .iter()
        .filter(|binding| binding.kind != "queues")
        .collect();
    if allowed || refused.is_empty() {
        return Ok(());
    }
    let lines = refused.iter().map(|binding| {
        let place = &binding.place;
        format!(
            "  {}:{}:{} {} ({})",
            place.file.display(),
            place.line,
            place.column,
            binding.name,
            binding.kind
        )
    });
    anyhow::bail!(
        "bindings of these kinds are not supported by Stepwell:\n{}\nhint: --allow-unsupported deploys without them: they will \
         be missing on `env`",
        lines.collect::<Vec<_>>().join("\n")
    )
}
