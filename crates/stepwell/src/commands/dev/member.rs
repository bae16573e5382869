//! One Worker of a session, from its configuration file to its processes.

use super::assets::Assets;
use super::build::{self, Build};
use super::context::Context;
use super::explain::explain;
use super::overrides;
use crate::arguments::OverrideArguments;
use crate::printer::Printer;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;
use stepwell_api::assets::Sites;
use stepwell_project::config::{self, Loaded};
use stepwell_project::watch::{Change, Kind, Watched, Watcher};
use stepwell_runtime::Worker;
use tokio::sync::mpsc;

/// Where the configuration of a Worker is looked for.
#[derive(Debug, Clone)]
pub(super) struct Source {
    directory: PathBuf,
    file: Option<PathBuf>,
    environment: Option<String>,
    overrides: Option<OverrideArguments>,
}

impl Source {
    /// One for each `-c`, or the one of the directory.
    pub(super) fn all(arguments: &crate::arguments::DevArguments) -> Vec<Self> {
        let project = &arguments.project;
        let source = |file: Option<&PathBuf>| Self {
            directory: project.directory.clone(),
            file: file.cloned(),
            environment: arguments.environment.clone(),
            overrides: None,
        };
        let mut all: Vec<Self> = project.config.iter().map(|file| source(Some(file))).collect();
        if all.is_empty() {
            all.push(source(None));
        }
        all[0].overrides = Some(arguments.overrides.clone());
        all
    }

    /// Reads the configuration and prints what it warns about.
    pub(super) fn load(&self, printer: &Printer) -> anyhow::Result<Loaded> {
        let mut loaded = config::load(config::Request {
            directory: &self.directory,
            file: self.file.as_deref(),
            environment: self.environment.as_deref(),
        })?;
        for warning in &loaded.warnings {
            printer.warning(&warning.to_string());
        }
        if let Some(options) = &self.overrides {
            overrides::apply(options, &mut loaded.config)?;
        }
        Ok(loaded)
    }
}

/// One Worker of a session.
pub(super) struct Member {
    context: Context,
    source: Source,
    name: String,
    worker: Arc<Worker>,
    assets: Assets,
    watcher: Option<Watcher>,
    fingerprint: String,
    version: u32,
    /// Whether the files, as they were last looked at, did not work.
    failed: bool,
}

/// A Worker that runs, and the changes of its files.
pub(super) struct Started {
    pub(super) member: Member,
    pub(super) changes: Option<mpsc::Receiver<Change>>,
}

impl Member {
    /// Bundles and starts a Worker; its instances go on.
    pub(super) async fn start(context: &Context, source: Source, loaded: &Loaded) -> anyhow::Result<Started> {
        let version = 1;
        let config = &loaded.config;
        let assets = Assets::listen(context)?;
        let built = build::build(context, config, assets.socket(), version, true).await?;
        // After the build, whose command may write them.
        assets.serve(Assets::load(config, &context.printer).await?);
        let (watcher, changes) = watch(context, loaded, &built)?.unzip();
        let deployment = context.engine.prepare(&config.name, built.definitions).await?;
        let worker = Worker::start(context.settings.clone(), built.script)
            .await
            .map_err(|error| explain(&error, config, &context.printer))?;
        context.engine.adopt(deployment, worker.fleet().await);
        let member = Self {
            context: context.clone(),
            source,
            name: config.name.clone(),
            worker: Arc::new(worker),
            assets,
            watcher,
            fingerprint: built.fingerprint,
            version,
            failed: false,
        };
        Ok(Started { member, changes })
    }

    /// The Worker's name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The Worker's processes.
    pub(super) fn worker(&self) -> &Arc<Worker> {
        &self.worker
    }

    /// The Worker's static assets, as they change.
    pub(super) fn sites(&self) -> Sites {
        self.assets.sites()
    }

    /// Takes the files as they are now; says so if anything changed. As long as it fails, the last version goes on.
    pub(super) async fn reload(&mut self, change: &Change) {
        let done = if change.is_assets_only() {
            self.assets.refresh(&self.context.printer).await
        } else {
            self.try_reload(change).await
        };
        let failed = std::mem::replace(&mut self.failed, done.is_err());
        if done.is_ok() && failed && !change.is_assets_only() {
            let text = format!("{} works again", self.name);
            self.context.printer.status("Mended:", &text);
        }
        if let Err(error) = done {
            let printer = &self.context.printer;
            printer.error(&error);
            printer.status(
                "Kept",
                &format!(
                    "the last version of {} that worked; save again to retry",
                    self.name
                ),
            );
        }
    }

    async fn try_reload(&mut self, change: &Change) -> anyhow::Result<()> {
        let since = Instant::now();
        let context = &self.context;
        let loaded = self.source.load(&context.printer)?;
        let config = &loaded.config;
        if config.name != self.name {
            anyhow::bail!(
                "the Worker's name changed from \"{}\" to \"{}\"\nhint: start `stepwell dev` again for a new name; its Workflows and objects are kept by name",
                self.name,
                config.name
            );
        }
        let version = self.version + 1;
        context.neighbours.note(config);
        // What the command writes is a change too, and must not start it again.
        let command_too = change
            .kinds
            .iter()
            .any(|kind| matches!(kind, Kind::Build | Kind::Configuration));
        let built = build::build(context, config, self.assets.socket(), version, command_too).await?;
        let site = Assets::load(config, &context.printer).await?;
        if let Some(watcher) = &mut self.watcher {
            watcher.follow(&Watched::of(&loaded), &built.bundle.inputs);
        }
        if built.fingerprint == self.fingerprint {
            self.assets.serve(site);
            return Ok(()); // saved without a change
        }
        let deployment = context.engine.prepare(&self.name, built.definitions).await?;
        let engine = context.engine.clone();
        self.worker
            .replace(built.script, move |fleet| engine.adopt(deployment, fleet))
            .await
            .map_err(|error| explain(&error, config, &context.printer))?;
        self.assets.serve(site);
        self.version = version;
        self.fingerprint = built.fingerprint;
        let took = format!("{} in {} ms", self.name, since.elapsed().as_millis());
        context.printer.status("Reloaded", &took);
        Ok(())
    }
}

fn watch(
    context: &Context,
    loaded: &Loaded,
    built: &Build,
) -> anyhow::Result<Option<(Watcher, mpsc::Receiver<Change>)>> {
    if context.arguments.no_watch {
        return Ok(None);
    }
    let all = Watched::of(loaded);
    let (mut watcher, changes) = Watcher::new(&all)?;
    watcher.follow(&all, &built.bundle.inputs);
    Ok(Some((watcher, changes)))
}
