//! Where outgoing connections may go.

use super::document::Document;
use super::text::{list, literal};
use crate::outbound::OutboundPolicy;
use crate::script::{Outbound, Script};

/// The service that user code's `fetch` and `connect` go through.
pub(crate) const SERVICE: &str = "internet";

/// Refused whatever the policy: unix sockets, Stepwell's own among them.
const ALWAYS_DENIED: &[&str] = &["unix", "unix-abstract"];
/// Where cloud metadata lives.
const LINK_LOCAL: &[&str] = &["169.254.0.0/16", "fe80::/10"];

/// The extension module that gives the runtime's `connect`.
const CONNECT_MODULE: &str = "stepwell-internal:connect";
/// Its name on `env`; shim/outbound.js takes it off.
const CONNECT_BINDING: &str = "stepwell-connect";
/// The shim's modules, by the names under which they import each other.
const MODULES: &[(&str, &str)] = &[
    ("stepwell/outbound.js", include_str!("../../shim/outbound.js")),
    ("stepwell/addresses.js", include_str!("../../shim/addresses.js")),
    // In place of the runtime's module of that name.
    (
        "cloudflare:sockets",
        "export { connect } from \"/stepwell/outbound.js\";\n",
    ),
];

/// How names begin that are the runtime's own.
const RESERVED: &str = "cloudflare:";
/// The compatibility date from which on `new_module_registry` is the default.
const NEW_MODULE_REGISTRY_SINCE: &str = "2026-11-17";

/// Adds the network service for `policy`.
pub(crate) fn add(document: &mut Document, policy: &Outbound) {
    let mut denied: Vec<String> = ALWAYS_DENIED.iter().map(ToString::to_string).collect();
    let allowed = match policy {
        Outbound::Nothing => Vec::new(),
        Outbound::Guarded(policy) => {
            let rules = policy.rules();
            denied.extend(rules.denied.iter().map(|denied| denied.block.to_string()));
            let allowed = rules.allowed.iter().map(ToString::to_string);
            std::iter::once("public".to_owned()).chain(allowed).collect()
        }
        Outbound::PublicAndPrivate { denied: further } => {
            denied.extend(LINK_LOCAL.iter().map(ToString::to_string));
            denied.extend(further.iter().cloned());
            vec!["public".to_owned(), "private".to_owned()]
        }
    };
    document.service(
        SERVICE,
        &format!(
            "network = (allow = {}, deny = {}, tlsOptions = (trustBrowserCas = true))",
            list(allowed),
            list(denied)
        ),
    );
}

/// What the user's Worker has so that refusals read clearly.
#[derive(Debug, Default)]
pub(crate) struct Guard {
    /// Entries of its list of modules.
    pub(crate) modules: Vec<String>,
    /// Entries of its list of bindings.
    pub(crate) bindings: Vec<String>,
    /// What its main module imports before everything else.
    pub(crate) import: &'static str,
}

/// Adds what makes refusals read clearly, if `policy` is one for deployed Workers.
pub(crate) fn guard(document: &mut Document, script: &Script) -> Guard {
    let Outbound::Guarded(policy) = &script.outbound else {
        return Guard::default();
    };
    document.extension(CONNECT_MODULE, include_str!("../../shim/connect.js"));
    let may_stand_in = !has_new_module_registry(script);
    let mut modules: Vec<String> = MODULES
        .iter()
        .filter(|(name, _)| may_stand_in || !name.starts_with(RESERVED))
        .map(|(name, source)| document.module(name, *source))
        .collect();
    modules.push(document.module("stepwell/outbound-rules.js", rules_module(policy)));
    let binding = format!(
        "(name = {}, wrapped = (moduleName = {}, innerBindings = []))",
        literal(CONNECT_BINDING),
        literal(CONNECT_MODULE)
    );
    Guard {
        modules,
        bindings: vec![binding],
        import: "import \"./stepwell/outbound.js\";\n",
    }
}

/// Whether the Worker's modules are loaded by workerd's new registry, which takes no module under a name of the runtime's.
/// What is imported from there is refused in the runtime's own words then.
fn has_new_module_registry(script: &Script) -> bool {
    let has = |flag: &str| script.compatibility_flags.iter().any(|known| known == flag);
    has("new_module_registry")
        || (script.compatibility_date.as_str() >= NEW_MODULE_REGISTRY_SINCE && !has("legacy_module_registry"))
}

fn rules_module(policy: &OutboundPolicy) -> String {
    format!("export default {};\n", policy.rules().shown())
}
