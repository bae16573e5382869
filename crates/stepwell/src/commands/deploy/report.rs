//! What a deployment says.

use super::assets::Site;
use super::project::Project;
use super::routes;
use super::triggers::own_workflows;
use crate::arguments::DeployArguments;
use crate::printer::{self, Printer};
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
pub(super) fn deployed(arguments: &DeployArguments, config: &Config, deployed: &Deployed, printer: &Printer) {
    if arguments.json {
        printer::data(&as_json(config, deployed).to_string());
    } else {
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
        for target in targets(config, deployed) {
            printer::data(&format!("  {target}"));
        }
        printer::data(&format!("Current Version ID: {}", deployed.version));
    }
    if !config.crons.as_deref().unwrap_or_default().is_empty() {
        printer.warning("crons are stored; they do not fire yet");
    }
}

fn as_json(config: &Config, deployed: &Deployed) -> serde_json::Value {
    let deployment = &config.deployment;
    let workflows: Vec<&str> = own_workflows(config)
        .iter()
        .map(|workflow| workflow.name.as_str())
        .collect();
    let routes = deployment.routes.iter().map(|route| route.pattern.as_str());
    let producers = deployment.producers.iter();
    let consumers = deployment
        .consumers
        .iter()
        .map(|consumer| consumer.queue.as_str());
    json!({
        "worker": config.name,
        "version_id": deployed.version,
        "url": deployed.address,
        "workflows": workflows,
        "schedules": config.crons.as_deref().unwrap_or_default(),
        "routes": routes.collect::<Vec<_>>(),
        "queue_producers": producers.map(|producer| producer.queue_of(&config.name)).collect::<Vec<_>>(),
        "queue_consumers": consumers.collect::<Vec<_>>(),
    })
}

/// What makes the Worker run, a line each.
fn targets(config: &Config, deployed: &Deployed) -> Vec<String> {
    let deployment = &config.deployment;
    let (domains, routes): (Vec<_>, Vec<_>) = deployment.routes.iter().partition(|route| route.custom_domain);
    let mut targets: Vec<String> = deployed.address.iter().cloned().collect();
    targets.extend(routes.into_iter().chain(domains).map(routes::shown));
    let crons = config.crons.iter().flatten();
    targets.extend(crons.map(|cron| format!("schedule: {cron}")));
    let producers = deployment.producers.iter();
    targets.extend(producers.map(|producer| format!("Producer for {}", producer.queue_of(&config.name))));
    let consumers = deployment.consumers.iter();
    targets.extend(consumers.map(|consumer| format!("Consumer for {}", consumer.queue)));
    let workflows = own_workflows(config);
    targets.extend(
        workflows
            .iter()
            .map(|workflow| format!("workflow: {}", workflow.name)),
    );
    targets
}
