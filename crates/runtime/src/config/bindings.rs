//! What is on `env`, the same in every process of a script, save how Workers and objects are reached.

use super::document::{Document, address};
use super::objects::{OWN_PROXY, proxy_of};
use super::services::{self, Home};
use super::text::literal;
use crate::network::Links;
use crate::script::Script;
use crate::shim;
use std::path::Path;

/// The Worker behind Workflow bindings; its default entrypoint answers pings.
pub(crate) const BINDING_SERVICE: &str = "stepwell-binding";
/// The engine's binding endpoint.
const ENGINE_SERVICE: &str = "stepwell-engine";
/// The Worker's static assets.
const ASSETS_SERVICE: &str = "stepwell-assets";
/// The extension module of placeholder bindings.
const PLACEHOLDER_MODULE: &str = "stepwell-internal:placeholder";
/// What workerd's own `cloudflare:email` imports.
const EMAIL_MODULE: &str = "cloudflare-internal:email";
/// Before the class of a namespace for `ctx.exports`; shim/bindings.js takes these off `env`.
const EXPORTED_PREFIX: &str = "stepwell-exported:";
/// The compatibility date of Stepwell's own Workers: fixed, so that they behave the same beside any user's.
pub(crate) const OWN_DATE: &str = "2026-09-01";

/// Adds the services that the bindings need: the Worker behind Workflow bindings, the ways to the engine and to the assets.
pub(crate) fn add_services(document: &mut Document, script: &Script, engine: &Path) {
    if let Some(assets) = &script.assets_binding {
        document.service(
            ASSETS_SERVICE,
            &format!("external = (address = {}, http = ())", address(&assets.socket)),
        );
    }
    document.service(
        ENGINE_SERVICE,
        &format!("external = (address = {}, http = ())", address(engine)),
    );
    let mut modules = vec![document.module("stepwell-binding.js", include_str!("../../shim/binding.js"))];
    // For the encoding of values; those that are not imported are not evaluated.
    for (name, source) in shim::MODULES {
        modules.push(document.module(name, *source));
    }
    document.service(
        BINDING_SERVICE,
        &format!(
            "worker = (modules = [{}], compatibilityDate = {}, bindings = [(name = \"ENGINE\", service = {})])",
            modules.join(", "),
            literal(OWN_DATE),
            literal(ENGINE_SERVICE)
        ),
    );
    document.extension(PLACEHOLDER_MODULE, include_str!("../../shim/placeholder.js"));
    document.extension(EMAIL_MODULE, include_str!("../../shim/email.js"));
}

/// The entries of the `bindings` list of the user's Worker.
pub(crate) fn entries(script: &Script, links: &Links, home: Home) -> Vec<String> {
    let mut entries: Vec<String> = Vec::new();
    let mut add = |name: &str, body: String| entries.push(format!("(name = {}, {body})", literal(name)));
    for (name, value) in &script.text_vars {
        add(name, format!("text = {}", literal(value)));
    }
    for (name, value) in &script.json_vars {
        add(name, format!("json = {}", literal(&value.to_string())));
    }
    for workflow in &script.workflows {
        let props = serde_json::json!({ "workflow": workflow.workflow_name }).to_string();
        add(
            &workflow.binding,
            format!(
                "wrapped = (moduleName = \"cloudflare-internal:workflows-api\", innerBindings = [(name = \"fetcher\", \
                 service = (name = {}, entrypoint = \"WorkflowBinding\", props = (json = {})))])",
                literal(BINDING_SERVICE),
                literal(&props)
            ),
        );
    }
    for (index, service) in script.services.iter().enumerate() {
        let designator = services::designator(script, index, links, home);
        add(&service.binding, format!("service = {designator}"));
    }
    for object in &script.objects {
        let class = literal(&object.class_name);
        let service = match &object.worker {
            Some(worker) if *worker != script.name => Some(proxy_of(worker)),
            _ if home == Home::Run => Some(OWN_PROXY.to_owned()),
            _ => None,
        };
        let designator = match service {
            None => class,
            Some(service) => format!("(className = {class}, serviceName = {})", literal(&service)),
        };
        add(&object.binding, format!("durableObjectNamespace = {designator}"));
    }
    if home == Home::Run {
        for object in script.own_objects() {
            let class = literal(&object.class_name);
            let service = literal(OWN_PROXY);
            add(
                &format!("{EXPORTED_PREFIX}{}", object.class_name),
                format!("durableObjectNamespace = (className = {class}, serviceName = {service})"),
            );
        }
    }
    if let Some(assets) = &script.assets_binding {
        add(&assets.binding, format!("service = {}", literal(ASSETS_SERVICE)));
    }
    for placeholder in &script.placeholders {
        let inner = [
            ("binding", Some(&placeholder.binding)),
            ("configKey", Some(&placeholder.config_key)),
            ("why", placeholder.why.as_ref()),
        ];
        let inner = inner.into_iter().filter_map(|(name, text)| {
            Some(format!("(name = {}, text = {})", literal(name), literal(text?)))
        });
        let inner: Vec<_> = inner.collect();
        let module = literal(PLACEHOLDER_MODULE);
        let inner = inner.join(", ");
        add(
            &placeholder.binding,
            format!("wrapped = (moduleName = {module}, innerBindings = [{inner}])"),
        );
    }
    entries
}
