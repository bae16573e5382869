//! The configuration of a run process: the user's Worker with the run channel's entrypoint, no `fetch`, objects
//! through the host's door.

use super::bindings::{self, BINDING_SERVICE};
use super::document::{ConfigFiles, Document};
use super::services::{self, Home};
use super::text::{list, literal};
use super::{DOOR, network, objects};
use crate::network::Links;
use crate::script::Script;
use crate::shim;
use std::path::{Path, PathBuf};

/// The sockets of a run process.
#[derive(Debug, Clone)]
pub(crate) struct RunSockets {
    /// The run channel.
    pub(crate) run: PathBuf,
    /// Says what the user's module exports.
    pub(crate) inspect: PathBuf,
    /// Answers whenever the process is not stuck.
    pub(crate) ping: PathBuf,
}

const OUTER_MAIN: &str = "stepwell-run.js";
const EXPORTS_MODULE: &str = "stepwell-exports.js";

/// The configuration of a run process of `script`. `door` is the door socket of the script's host
/// process.
pub(crate) fn config(
    script: &Script,
    sockets: &RunSockets,
    door: &Path,
    links: &Links,
    engine: &Path,
) -> ConfigFiles {
    let mut document = Document::default();
    document.heap(script.limits.heap_mb);
    let guard = network::guard(&mut document, script);
    let mut modules = vec![
        document.module(
            OUTER_MAIN,
            format!("{}{}", guard.import, outer_main(&script.main)),
        ),
        document.module(
            shim::MAIN_MODULE,
            shim::main_module(&script.main, script.javascript()),
        ),
        document.module(&script.main, script.code.clone()),
        document.module(EXPORTS_MODULE, include_str!("../../shim/exports.js")),
    ];
    for (name, source) in shim::MODULES.iter().chain(shim::STAND_INS) {
        modules.push(document.module(name, *source));
    }
    modules.extend(script.modules.iter().map(|module| document.asset(module)));
    modules.extend(guard.modules);
    let mut bound = bindings::entries(script, links, Home::Run);
    bound.extend(guard.bindings);
    document.service(
        "user",
        &format!(
            "worker = (modules = [{}], compatibilityDate = {}, compatibilityFlags = {}, globalOutbound = {}, bindings \
             = [{}])",
            modules.join(", "),
            literal(&script.compatibility_date),
            list(super::flags_with_context(&script.compatibility_flags)),
            literal(network::SERVICE),
            bound.join(", "),
        ),
    );
    network::add(&mut document, &script.outbound);
    bindings::add_services(&mut document, script, engine);
    services::add(&mut document, script, links, Home::Run);
    let own = script.own_objects();
    if !own.is_empty() {
        document.service(DOOR, &services::external(door));
        objects::add_proxy(&mut document, objects::OWN_PROXY, &own, &literal(DOOR));
    }
    let user = |entrypoint: &str| format!("(name = \"user\", entrypoint = {})", literal(entrypoint));
    document.socket("run", &sockets.run, "", &user(shim::RUN_ENTRYPOINT));
    document.socket("inspect", &sockets.inspect, "", &user(shim::EXPORTS_ENTRYPOINT));
    document.socket("ping", &sockets.ping, "", &literal(BINDING_SERVICE));
    document.finish()
}

/// The main module with one more entrypoint, which lists what the user's module exports.
///
/// Stepwell's modules are imported first, so that they are evaluated before the user's code.
fn outer_main(main: &str) -> String {
    format!(
        "import {{ exportsEntrypoint }} from \"./{EXPORTS_MODULE}\";\n\
         export * from \"./{main}\";\nexport {{ default }} from \"./{main}\";\n\
         import * as user from {user};\n\
         export const {exports} = exportsEntrypoint(user);\n",
        main = shim::MAIN_MODULE,
        user = shim::import(main),
        exports = shim::EXPORTS_ENTRYPOINT,
    )
}
