//! The static assets of a Worker, as its configuration and its files change.

use super::context::Context;
use crate::printer::Printer;
use anyhow::{Context as _, anyhow};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use stepwell_api::assets::{Sites, serve_binding};
use stepwell_assets::{HtmlHandling, NotFoundHandling, RunWorkerFirst, Settings, Site};
use stepwell_project::Diagnostic;
use stepwell_project::config::{self, Config};
use tokio::net::UnixListener;
use tokio::sync::watch;

/// The static assets of a Worker; it may have none.
pub(super) struct Assets {
    site: watch::Sender<Option<Arc<Site>>>,
    socket: PathBuf,
}

impl Assets {
    /// Listens for the Worker's binding. Nothing is served before [`Assets::load`].
    pub(super) fn listen(context: &Context) -> anyhow::Result<Self> {
        let directory = &context.settings.directory;
        let socket = directory.path(&format!("a{}", directory.number()));
        let (site, sites) = watch::channel(None);
        let listener =
            UnixListener::bind(&socket).context("cannot listen for the Worker's assets binding")?;
        tokio::spawn(serve_binding(listener, sites));
        Ok(Self { site, socket })
    }

    /// Where the Worker's binding asks.
    pub(super) fn socket(&self) -> &Path {
        &self.socket
    }

    /// The assets, as they change.
    pub(super) fn sites(&self) -> Sites {
        self.site.subscribe()
    }

    /// What the configuration asks for; it is not served before [`Assets::serve`].
    pub(super) async fn load(config: &Config, printer: &Printer) -> anyhow::Result<Option<Arc<Site>>> {
        let Some(assets) = &config.assets else {
            return Ok(None);
        };
        let settings = settings(config, assets)?;
        let loaded = tokio::task::spawn_blocking(move || Site::load(settings)).await?;
        Ok(Some(Arc::new(told(loaded, assets, printer)?)))
    }

    /// From now on this is served.
    pub(super) fn serve(&self, site: Option<Arc<Site>>) {
        self.site.send_replace(site);
    }

    /// Files came, went or changed.
    pub(super) async fn refresh(&self, printer: &Printer) -> anyhow::Result<()> {
        let Some(site) = self.site.borrow().clone() else {
            return Ok(());
        };
        let site = tokio::task::spawn_blocking(move || site.refresh()).await??;
        tell(&site, printer);
        self.serve(Some(Arc::new(site)));
        Ok(())
    }
}

/// The assets of a project, for who does not serve them. Blocks.
pub(crate) fn asset_site(
    config: &Config,
    assets: &config::Assets,
    printer: &Printer,
) -> anyhow::Result<Site> {
    told(Site::load(settings(config, assets)?), assets, printer)
}

fn told(
    loaded: Result<Site, stepwell_assets::Error>,
    assets: &config::Assets,
    printer: &Printer,
) -> anyhow::Result<Site> {
    let site = loaded.map_err(|error| at(assets, &error))?;
    tell(&site, printer);
    Ok(site)
}

fn tell(site: &Site, printer: &Printer) {
    for rules in site.rules_files() {
        printer.note(&rules.summary());
        for hint in &rules.hints {
            printer.note(hint);
        }
    }
    for warning in site.warnings() {
        printer.warning(&warning);
    }
}

fn settings(config: &Config, assets: &config::Assets) -> anyhow::Result<Settings> {
    let run_worker_first = match &assets.run_worker_first {
        config::RunWorkerFirst::Always(always) => RunWorkerFirst::from(*always),
        config::RunWorkerFirst::Patterns(patterns) => {
            RunWorkerFirst::from_patterns(patterns).map_err(|error| at(assets, &error))?
        }
    };
    let html_handling = assets.html_handling.as_deref().map(HtmlHandling::from_config);
    let not_found_handling = assets
        .not_found_handling
        .as_deref()
        .map(NotFoundHandling::from_config);
    Ok(Settings {
        html_handling: html_handling
            .transpose()
            .map_err(|error| at(assets, &error))?
            .unwrap_or_default(),
        not_found_handling: not_found_handling
            .transpose()
            .map_err(|error| at(assets, &error))?
            .unwrap_or_default(),
        run_worker_first,
        compatibility_date: config.compatibility_date.clone(),
        compatibility_flags: config.compatibility_flags.clone(),
        has_worker: config.main.is_some(),
        has_binding: assets.binding.is_some(),
        ..Settings::new(&assets.directory)
    })
}

/// An error at the key of the configuration.
fn at(assets: &config::Assets, error: &stepwell_assets::Error) -> anyhow::Error {
    anyhow!("{}", Diagnostic::error_at(&assets.place, error.to_string()))
}
