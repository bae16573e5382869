//! What makes a deployed Worker run: its address, its Workflows, its schedules.

use super::{queues, routes};
use crate::commands::place::{About, explain};
use serde_json::{Value, json};
use stepwell_client::{Api, Method};
use stepwell_project::config::{Config, Workflow};

/// Registers everything that the configuration names. Returns where the Worker is reached, if it has an address of its own.
pub(super) fn register(api: &Api, config: &Config) -> anyhow::Result<Option<String>> {
    let explained = |error: stepwell_client::Error| explain(&error, api, About::Account);
    let script = config.name.as_str();
    let address = address(api, config)?;
    routes::set(api, config)?;
    if let Some(crons) = &config.crons {
        let crons: Vec<Value> = crons.iter().map(|cron| json!({ "cron": cron })).collect();
        let path = ["workers", "scripts", script, "schedules"];
        api.send(&Method::PUT, &path, Some(&crons.into()))
            .map_err(explained)?;
    }
    queues::consume(api, config)?;
    for workflow in own_workflows(config) {
        let path = ["workflows", workflow.name.as_str()];
        api.send(&Method::PUT, &path, Some(&settings(workflow, script)))
            .map_err(explained)?;
    }
    Ok(address)
}

/// Sets whether the Worker is reached at its own subdomain, and says where that is.
fn address(api: &Api, config: &Config) -> anyhow::Result<Option<String>> {
    let explained = |error: stepwell_client::Error| explain(&error, api, About::Account);
    let (script, deployment) = (config.name.as_str(), &config.deployment);
    let wanted = deployment.workers_dev.unwrap_or(deployment.routes.is_empty());
    let mut body = json!({ "enabled": wanted });
    if let Some(previews) = deployment.preview_urls {
        body["previews_enabled"] = json!(previews);
    }
    let path = ["workers", "scripts", script, "subdomain"];
    api.send(&Method::POST, &path, Some(&body)).map_err(explained)?;
    if !wanted {
        return Ok(None);
    }
    let answer = api.get(&["workers", "workers", script], &[]).map_err(explained)?;
    Ok(answer.result["subdomain"]["url"].as_str().map(str::to_owned))
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
