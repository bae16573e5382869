//! `stepwell deploy`: bundles a project as `stepwell dev` does, and uploads it as `wrangler deploy` does (wire 5).

mod assets;
mod check;
mod conflicts;
mod metadata;
mod project;
mod queues;
mod report;
mod routes;
mod triggers;
mod upload;

use super::place::connect_to_server;
use crate::arguments::DeployArguments;
use crate::printer::Printer;
use anyhow::Context as _;
use std::process::ExitCode;
use std::time::Instant;
use upload::Predecessor;

/// Bundles, checks, uploads, and says where it is.
pub(crate) fn run(arguments: &DeployArguments, printer: &Printer) -> anyhow::Result<ExitCode> {
    let project = project::Project::load(arguments, printer)?;
    let site = assets::load(&project.config, printer)?;
    if arguments.dry_run {
        report::dry_run(arguments, &project, site.as_ref());
        return Ok(ExitCode::SUCCESS);
    }
    let api = connect_to_server(&arguments.server)?;
    let script = project.config.name.as_str();
    let before = Predecessor::of(&api, script)?;
    if !conflicts::may_take_workflows(&api, &project.config, arguments, printer)? {
        printer.note("Aborting deploy...");
        return Ok(ExitCode::SUCCESS);
    }
    queues::ensure(&api, &project.config)?;
    let since = Instant::now();
    let files = site
        .as_ref()
        .map(|site| assets::upload(&api, script, site))
        .transpose()?;
    let metadata = metadata::of(arguments, &project.config, &before, files.as_ref());
    let version = upload::upload(&api, &project, &before, &metadata, arguments)?;
    let uploaded = since.elapsed();
    let since = Instant::now();
    let address = triggers::register(&api, &project.config).with_context(|| {
        format!("version {version} is live, but what triggers \"{script}\" was only partially updated")
    })?;
    let deployed = report::Deployed {
        version,
        address,
        uploaded,
        triggers: since.elapsed(),
    };
    report::deployed(arguments, &project.config, &deployed, printer);
    Ok(ExitCode::SUCCESS)
}
