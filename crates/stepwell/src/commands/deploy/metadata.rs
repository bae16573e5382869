//! What an upload says besides the code (wire 6.2, 6.3).

use super::assets::Uploaded;
use super::upload::Predecessor;
use crate::arguments::DeployArguments;
use serde_json::{Map, Value, json};
use stepwell_project::config::{Config, Migration};

pub(super) fn of(
    arguments: &DeployArguments,
    config: &Config,
    before: &Predecessor,
    assets: Option<&Uploaded>,
) -> Value {
    let mut metadata = json!({
        "bindings": bindings(config),
        "compatibility_date": config.compatibility_date,
        "compatibility_flags": config.compatibility_flags,
        "keep_bindings": ["secret_text", "secret_key"],
    });
    if let Some(migrations) = pending(config, before) {
        metadata["migrations"] = migrations;
    }
    let annotations = annotations(arguments);
    if !annotations.is_empty() {
        metadata["annotations"] = Value::Object(annotations);
    }
    if let Some(assets) = assets {
        metadata["assets"] = json!({ "jwt": assets.token, "config": assets.config });
    }
    if let Some(cpu_ms) = config.limits.cpu_ms {
        metadata["limits"] = json!({ "cpu_ms": cpu_ms });
    }
    metadata
}

/// What is shown with the version and the deployment.
pub(super) fn annotations(arguments: &DeployArguments) -> Map<String, Value> {
    let given = [
        ("workers/message", &arguments.message),
        ("workers/tag", &arguments.tag),
    ];
    let given = given
        .into_iter()
        .filter_map(|(name, text)| Some((name, text.as_ref()?)));
    given.map(|(name, text)| (name.to_owned(), json!(text))).collect()
}

fn bindings(config: &Config) -> Vec<Value> {
    let mut bindings = Vec::new();
    for (name, value) in &config.vars {
        bindings.push(match value.as_str() {
            Some(text) => json!({ "type": "plain_text", "name": name, "text": text }),
            None => json!({ "type": "json", "name": name, "json": value }),
        });
    }
    for workflow in &config.workflows {
        let mut binding = json!({
            "type": "workflow",
            "name": workflow.binding,
            "workflow_name": workflow.name,
            "class_name": workflow.class_name,
        });
        with(&mut binding, "script_name", workflow.script_name.as_ref());
        bindings.push(binding);
    }
    for object in &config.durable_objects {
        let mut binding = json!({
            "type": "durable_object_namespace",
            "name": object.name,
            "class_name": object.class_name,
        });
        with(&mut binding, "script_name", object.script_name.as_ref());
        bindings.push(binding);
    }
    for service in &config.services {
        let mut binding = json!({ "type": "service", "name": service.binding, "service": service.service });
        with(&mut binding, "entrypoint", service.entrypoint.as_ref());
        if let Some(props) = &service.props {
            binding["props"] = props.clone();
        }
        bindings.push(binding);
    }
    for producer in &config.deployment.producers {
        let queue = producer.queue_of(&config.name);
        let mut binding = json!({ "type": "queue", "name": producer.binding, "queue_name": queue });
        if let Some(delay) = &producer.delivery_delay {
            binding["delivery_delay"] = delay.clone();
        }
        bindings.push(binding);
    }
    let assets = config.assets.as_ref().and_then(|assets| assets.binding.as_ref());
    bindings.extend(assets.map(|name| json!({ "type": "assets", "name": name })));
    let metadata = config.version_metadata.iter();
    bindings.extend(metadata.map(|name| json!({ "type": "version_metadata", "name": name })));
    bindings
}

fn with(binding: &mut Value, field: &str, value: Option<&String>) {
    if let Some(value) = value {
        binding[field] = json!(value);
    }
}

/// The migrations that the server has not seen yet.
pub(super) fn pending(config: &Config, before: &Predecessor) -> Option<Value> {
    let last = config.migrations.last()?;
    let seen = before.migration_tag.as_deref();
    let known = seen.and_then(|tag| {
        config
            .migrations
            .iter()
            .position(|migration| migration.tag == tag)
    });
    let new = &config.migrations[known.map_or(0, |at| at + 1)..];
    if new.is_empty() {
        return None;
    }
    let steps: Vec<Value> = new.iter().map(step).collect();
    let mut migrations = json!({ "new_tag": last.tag, "steps": steps });
    with(&mut migrations, "old_tag", before.migration_tag.as_ref());
    Some(migrations)
}

fn step(migration: &Migration) -> Value {
    let mut step = json!({});
    let lists = [
        ("new_classes", &migration.new_classes),
        ("new_sqlite_classes", &migration.new_sqlite_classes),
        ("deleted_classes", &migration.deleted_classes),
    ];
    for (name, classes) in lists {
        if !classes.is_empty() {
            step[name] = json!(classes);
        }
    }
    if !migration.renamed_classes.is_empty() {
        let renamed = migration.renamed_classes.iter();
        step["renamed_classes"] = renamed
            .map(|(from, to)| json!({ "from": from, "to": to }))
            .collect();
    }
    step
}
