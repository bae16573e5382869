//! What a deployment says.

use super::assets::Site;
use super::project::Project;
use super::triggers::own_workflows;
use crate::arguments::DeployArguments;
use crate::printer;
use serde_json::json;
use std::time::Duration;
use stepwell_project::config::Config;

/// What was deployed.
pub(super) struct Deployed {
    pub(super) version: String,
    pub(super) address: Option<String>,
    pub(super) uploaded: Duration,
    pub(super) triggers: Duration,
}

/// What would be deployed.
pub(super) fn dry_run(arguments: &DeployArguments, project: &Project, site: Option<&Site>) {
    let (config, bundle) = (&project.config, &project.bundle);
    let modules: usize = bundle.modules.iter().map(|module| module.contents.len()).sum();
    let bytes = bundle.code.len() + modules;
    let workflows: Vec<&str> = own_workflows(config)
        .iter()
        .map(|workflow| workflow.name.as_str())
        .collect();
    if arguments.json {
        let files = site.map(|site| site.size().0);
        printer::data(
            &json!({ "dry_run": true, "worker": config.name, "bytes": bytes, "modules": bundle.modules.len() + 1,
                "workflows": workflows, "assets": files })
            .to_string(),
        );
        return;
    }
    let kib = bytes as f64 / 1024.0;
    let modules = bundle.modules.len() + 1;
    printer::data(&format!("{}: {modules} modules, {kib:.1} KiB", config.name));
    if let Some(site) = site {
        let (files, bytes) = site.size();
        printer::data(&format!(
            "  {files} static assets, {:.1} KiB",
            bytes as f64 / 1024.0
        ));
    }
    for workflow in workflows {
        printer::data(&format!("  workflow: {workflow}"));
    }
    printer::data("--dry-run: exiting now.");
}

/// As wrangler says it.
pub(super) fn deployed(arguments: &DeployArguments, config: &Config, deployed: &Deployed) {
    let workflows: Vec<&str> = own_workflows(config)
        .iter()
        .map(|workflow| workflow.name.as_str())
        .collect();
    if arguments.json {
        printer::data(
            &json!({ "worker": config.name, "version_id": deployed.version, "url": deployed.address,
                "workflows": workflows, "schedules": config.crons })
            .to_string(),
        );
        return;
    }
    let seconds = |time: Duration| format!("({:.2} sec)", time.as_secs_f64());
    printer::data(&format!(
        "Uploaded {} {}",
        config.name,
        seconds(deployed.uploaded)
    ));
    printer::data(&format!(
        "Deployed {} triggers {}",
        config.name,
        seconds(deployed.triggers)
    ));
    if let Some(address) = &deployed.address {
        printer::data(&format!("  {address}"));
    }
    for cron in &config.crons {
        printer::data(&format!("  schedule: {cron}"));
    }
    for workflow in workflows {
        printer::data(&format!("  workflow: {workflow}"));
    }
    printer::data(&format!("Current Version ID: {}", deployed.version));
}
