//! What makes a deployed Worker run: its address, its Workflows, its schedules.

use super::upload::Predecessor;
use crate::commands::place::{About, explain};
use serde_json::{Value, json};
use stepwell_client::{Api, Method};
use stepwell_project::config::{Config, Workflow};

/// Registers everything that the configuration names.
pub(super) fn register(api: &Api, config: &Config, before: &Predecessor) -> anyhow::Result<()> {
    let explained = |error: stepwell_client::Error| explain(&error, api, About::Account);
    let script = config.name.as_str();
    if !before.exists {
        let path = ["workers", "scripts", script, "subdomain"];
        api.send(&Method::POST, &path, Some(&json!({ "enabled": true })))
            .map_err(explained)?;
    }
    for workflow in own_workflows(config) {
        let path = ["workflows", workflow.name.as_str()];
        api.send(&Method::PUT, &path, Some(&settings(workflow, script)))
            .map_err(explained)?;
    }
    if before.exists || !config.crons.is_empty() {
        let crons: Vec<Value> = config.crons.iter().map(|cron| json!({ "cron": cron })).collect();
        let path = ["workers", "scripts", script, "schedules"];
        api.send(&Method::PUT, &path, Some(&crons.into()))
            .map_err(explained)?;
    }
    Ok(())
}

/// The Workflows that this Worker defines, each once.
pub(super) fn own_workflows(config: &Config) -> Vec<&Workflow> {
    let mut own: Vec<&Workflow> = Vec::new();
    for workflow in &config.workflows {
        let is_own = workflow
            .script_name
            .as_ref()
            .is_none_or(|script| *script == config.name);
        if is_own && own.iter().all(|known| known.name != workflow.name) {
            own.push(workflow);
        }
    }
    own
}

/// The Workflow as a resource (wire 7.1). What is absent is not configured.
fn settings(workflow: &Workflow, script: &str) -> Value {
    let mut settings = json!({ "script_name": script, "class_name": workflow.class_name });
    if let Some(steps) = workflow.limits_steps {
        settings["limits"] = json!({ "steps": steps });
    }
    if let Some(limit) = workflow.concurrency_limit {
        settings["concurrency"] = json!({ "limit": limit });
    }
    if !workflow.schedules.is_empty() {
        settings["schedules"] = workflow
            .schedules
            .iter()
            .map(|cron| json!({ "cron": cron }))
            .collect();
    }
    let retention = &workflow.default_retention;
    let given = [
        ("success_retention", retention.success_ms),
        ("error_retention", retention.error_ms),
    ];
    for (key, ms) in given {
        if let Some(ms) = ms {
            settings["default_retention"][key] = json!(ms);
        }
    }
    if let Some(jurisdiction) = &workflow.jurisdiction {
        settings["jurisdiction"] = json!(jurisdiction);
    }
    settings
}

/// Where the Worker is reached, if the server says so.
pub(super) fn address(api: &Api, script: &str) -> Option<String> {
    let answer = api.get(&["workers", "workers", script], &[]).ok()?;
    answer.result["subdomain"]["url"].as_str().map(str::to_owned)
}
