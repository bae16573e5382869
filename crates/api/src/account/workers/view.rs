//! How Workers, versions and deployments look (wire 8.3).

use crate::shape::time;
use serde_json::{Value as Json, json};
use stepwell_control::model::{Deployment, Script, ScriptVersion};
use stepwell_control::{ExportKind, Inspected};

/// What the default export handles, and how the other exports look.
fn handlers(inspected: &Inspected) -> (Json, Json) {
    let named = inspected.named.iter().map(|(name, kind)| {
        let kind = match kind {
            ExportKind::Workflow => "workflow",
            ExportKind::DurableObject => "durable-object",
            ExportKind::Entrypoint => "worker",
            ExportKind::Class => "class",
            ExportKind::Other => "other",
        };
        json!({ "name": name, "type": kind, "handlers": [] })
    });
    (
        json!(inspected.default_handlers.as_deref().unwrap_or_default()),
        named.collect(),
    )
}

/// A version.
pub(super) fn version(version: &ScriptVersion) -> Json {
    let (handlers, named_handlers) = handlers(&version.inspected);
    let bindings: Json = version
        .bindings
        .iter()
        .map(stepwell_control::model::Binding::shown)
        .collect();
    json!({
        "id": version.id,
        "number": version.number,
        "metadata": {
            "created_on": time(version.created_ms),
            "modified_on": time(version.created_ms),
            "source": version.source,
            "author_id": version.author,
            "author_email": version.author,
            "has_preview": false,
        },
        "annotations": version.annotations,
        "resources": {
            "script": {
                "etag": version.etag,
                "handlers": handlers,
                "named_handlers": named_handlers,
                "last_deployed_from": version.source,
            },
            "script_runtime": {
                "compatibility_date": version.compatibility_date,
                "compatibility_flags": version.compatibility_flags,
                "usage_model": "standard",
                "limits": version.others.get("limits").cloned().unwrap_or_else(|| json!({})),
            },
            "bindings": bindings,
        },
        "startup_time_ms": version.inspected.startup_ms,
    })
}

/// A version as `workers/workers` shows it.
pub(super) fn flat_version(of: &ScriptVersion) -> Json {
    let mut nested = version(of);
    json!({
        "id": of.id,
        "number": of.number,
        "created_on": time(of.created_ms),
        "source": of.source,
        "author_id": of.author,
        "author_email": of.author,
        "annotations": of.annotations,
        "main_module": of.main_module,
        "compatibility_date": of.compatibility_date,
        "compatibility_flags": of.compatibility_flags,
        "usage_model": "standard",
        "limits": nested["resources"]["script_runtime"]["limits"].take(),
        "bindings": nested["resources"]["bindings"].take(),
        "startup_time_ms": of.inspected.startup_ms,
        // Addresses of this version alone, which there are none of.
        "urls": [],
    })
}

/// A deployment.
pub(super) fn deployment(deployment: &Deployment) -> Json {
    json!({
        "id": deployment.id,
        "source": deployment.source,
        "strategy": "percentage",
        "author_email": deployment.author,
        "annotations": deployment.annotations,
        "versions": deployment.versions,
        "created_on": time(deployment.created_ms),
    })
}

/// A Worker with its newest version, as an upload answers and a list shows it.
pub(super) fn script(script: &Script, version: Option<&ScriptVersion>) -> Json {
    let mut view = json!({
        "id": script.name,
        "tag": script.tag,
        "tags": script.settings.tags,
        "created_on": time(script.created_ms),
        "modified_on": time(script.modified_ms),
        "migration_tag": script.migration_tag,
        "logpush": script.settings.logpush,
        "observability": script.settings.observability,
        "tail_consumers": script.settings.tail_consumers,
        "usage_model": "standard",
        "last_deployed_from": "wrangler",
    });
    let (Json::Object(fields), Some(version)) = (&mut view, version) else {
        return view;
    };
    let (handlers, named_handlers) = handlers(&version.inspected);
    let more = json!({
        "etag": version.etag,
        "handlers": handlers,
        "named_handlers": named_handlers,
        "compatibility_date": version.compatibility_date,
        "compatibility_flags": version.compatibility_flags,
        "entry_point": version.main_module,
        "has_assets": version.assets.is_some(),
        "has_modules": true,
        // wrangler prints this as the version's id.
        "deployment_id": version.id,
        "startup_time_ms": version.inspected.startup_ms,
    });
    if let Json::Object(more) = more {
        fields.extend(more);
    }
    view
}

/// What `settings` shows: of the Worker, and of the version that the next upload inherits from.
pub(super) fn settings(script: &Script, version: &ScriptVersion) -> Json {
    let bindings: Json = version
        .bindings
        .iter()
        .map(stepwell_control::model::Binding::shown)
        .collect();
    let mut view = json!({
        "bindings": bindings,
        "compatibility_date": version.compatibility_date,
        "compatibility_flags": version.compatibility_flags,
        "usage_model": "standard",
        "migration_tag": script.migration_tag,
        "etag": version.etag,
        "annotations": version.annotations,
    });
    if let Json::Object(view) = &mut view {
        for key in ["limits", "placement", "cache_options"] {
            view.extend(
                version
                    .others
                    .get(key)
                    .map(|value| (key.to_owned(), value.clone())),
            );
        }
        if let Json::Object(common) = script_settings(script) {
            view.extend(common);
        }
    }
    view
}

/// What `script-settings` shows.
pub(super) fn script_settings(script: &Script) -> Json {
    let settings = &script.settings;
    let mut view = settings.others.clone();
    view.insert("tags".to_owned(), json!(settings.tags));
    view.insert("logpush".to_owned(), json!(settings.logpush));
    view.insert("observability".to_owned(), json!(settings.observability));
    view.insert("tail_consumers".to_owned(), json!(settings.tail_consumers));
    Json::Object(view)
}
