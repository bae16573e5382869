//! What a Worker has on `env`, for the start screen.

use crate::printer::{Binding, Mode};
use std::collections::BTreeSet;
use stepwell_project::config::Config;

/// The bindings of a Worker, in the order in which wrangler lists them. `secret` are the names of variables whose values
/// are not shown, `session` the Workers that run.
pub(super) fn list(config: &Config, secret: &BTreeSet<String>, session: &[String]) -> Vec<Binding> {
    let mode = |worker: Option<&str>| match worker {
        None => Mode::Local,
        Some(name) if name == config.name => Mode::Local,
        Some(name) if session.iter().any(|other| other == name) => Mode::Connected,
        Some(_) => Mode::NotConnected,
    };
    let mut all = Vec::new();
    let mut add = |name: &str, resource, detail: String, mode| {
        all.push(Binding {
            name: name.to_owned(),
            resource,
            detail,
            mode,
        });
    };
    for object in &config.durable_objects {
        let script = object.script_name.as_deref();
        let detail = defined_in(&object.class_name, script);
        add(&object.name, "Durable Object", detail, mode(script));
    }
    for workflow in &config.workflows {
        let script = workflow.script_name.as_deref();
        let detail = defined_in(&workflow.class_name, script);
        add(&workflow.binding, "Workflow", detail, mode(script));
    }
    for service in &config.services {
        let detail = match &service.entrypoint {
            Some(entrypoint) => format!("{}#{entrypoint}", service.service),
            None => service.service.clone(),
        };
        add(&service.binding, "Worker", detail, mode(Some(&service.service)));
    }
    if let Some(binding) = config.assets.as_ref().and_then(|assets| assets.binding.as_ref()) {
        add(binding, "Assets", String::new(), Mode::Local);
    }
    if let Some(binding) = &config.version_metadata {
        add(binding, "Worker Version Metadata", String::new(), Mode::Local);
    }
    for unsupported in &config.unsupported_bindings {
        let resource = resource(&unsupported.kind);
        add(
            &unsupported.name,
            resource,
            unsupported.kind.clone(),
            Mode::NotSupported,
        );
    }
    for (name, value) in &config.vars {
        if !secret.contains(name) {
            add(name, "Environment Variable", value.to_string(), Mode::Local);
        }
    }
    for name in secret {
        add(
            name,
            "Environment Variable",
            "\"(hidden)\"".to_owned(),
            Mode::Local,
        );
    }
    all
}

fn defined_in(class: &str, script: Option<&str>) -> String {
    match script {
        Some(script) => format!("{class}, defined in {script}"),
        None => class.to_owned(),
    }
}

/// wrangler's name for the bindings of a key.
fn resource(key: &str) -> &'static str {
    match key {
        "kv_namespaces" => "KV Namespace",
        "r2_buckets" => "R2 Bucket",
        "d1_databases" => "D1 Database",
        "ai" => "AI",
        "vectorize" => "Vectorize Index",
        "hyperdrive" => "Hyperdrive Config",
        "queues" => "Queue",
        "send_email" => "Send Email",
        "browser" => "Browser",
        "images" => "Images",
        "ratelimits" => "Rate Limit",
        _ => "Binding",
    }
}
