//! The JavaScript that Stepwell puts into the user's isolate, and the main module that ties it to the user's.

use crate::script::{ObjectClass, Script};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The name of the user's main module where nothing else is said: that of a bundle.
pub const USER_MODULE: &str = "index.js";

/// The name for the generated main module.
pub const MAIN_MODULE: &str = "stepwell-main.js";

/// The entrypoint that the socket of the run channel is given (`service = (name = …, entrypoint = "__StepwellRun")`).
pub const RUN_ENTRYPOINT: &str = "__StepwellRun";

/// The compatibility flag that the shim needs where Node compatibility is off: without it an import of
/// `node:async_hooks` ends the process at old compatibility dates.
pub const COMPATIBILITY_FLAG: &str = "nodejs_als";

macro_rules! module {
    ($name:literal) => {
        (
            concat!("stepwell/", $name),
            include_str!(concat!("../shim/", $name)),
        )
    };
}

/// The shim's modules, by the names under which they import each other.
pub const MODULES: &[(&str, &str)] = &[
    module!("entry.js"),
    module!("attempt.js"),
    module!("bindings.js"),
    module!("configs.js"),
    module!("console.js"),
    module!("do-step.js"),
    module!("errors.js"),
    module!("frames.js"),
    module!("format.js"),
    module!("intrinsics.js"),
    module!("io.js"),
    module!("log-line.js"),
    module!("log-values.js"),
    module!("replay.js"),
    module!("results.js"),
    module!("rollback.js"),
    module!("run.js"),
    module!("scope.js"),
    module!("socket.js"),
    module!("step.js"),
    module!("step-names.js"),
    module!("timers.js"),
    module!("turn.js"),
    module!("wait-steps.js"),
    module!("values.js"),
    module!("values/decode.js"),
    module!("values/encode.js"),
    module!("values/format.js"),
    module!("values/input.js"),
    module!("values/intrinsics.js"),
    module!("values/output.js"),
    module!("values/platform.js"),
    module!("values/refusals.js"),
    module!("values/size.js"),
    module!("values/streams.js"),
    module!("values/text.js"),
    module!("node-timers.js"),
    module!("node-timers-promises.js"),
];

/// The modules of the shim that a host process has, by the names under which they import each other.
pub(crate) const HOST_MODULES: &[(&str, &str)] = &[
    module!("errors.js"),
    module!("events.js"),
    module!("exports.js"),
    module!("front.js"),
    module!("handlers.js"),
    module!("intrinsics.js"),
    module!("object-proxy.js"),
    module!("own-door.js"),
    module!("refusing.js"),
    module!("trial.js"),
    module!("uncaught.js"),
];

/// The name for the generated main module of a host process.
pub(crate) const HOST_MAIN_MODULE: &str = "stepwell-host.js";

/// The entrypoint of a host process for HTTP requests.
pub(crate) const FRONT_ENTRYPOINT: &str = "__StepwellFront";

/// The entrypoint that says what the user's module exports.
pub(crate) const EXPORTS_ENTRYPOINT: &str = "__StepwellExports";

/// The entrypoint of a host process for other events.
pub(crate) const EVENTS_ENTRYPOINT: &str = "__StepwellEvents";

/// Modules of the shim that stand in for modules of the runtime, by the names of these. Only the user's Worker gets
/// them, and only in run processes.
pub const STAND_INS: &[(&str, &str)] = &[
    (
        "node:timers",
        "export * from \"/stepwell/node-timers.js\";\nexport { default } from \"/stepwell/node-timers.js\";\n",
    ),
    (
        "node:timers/promises",
        "export * from \"/stepwell/node-timers-promises.js\";\nexport { default } from \"/stepwell/node-timers-promises.js\";\n",
    ),
];

/// Modules of the runtime that open connections past the global functions, where the shim cannot notice.
const UNNOTICED: &[&str] = &[
    "cloudflare:sockets",
    "node:net",
    "node:tls",
    "node:http",
    "node:https",
    "node:dgram",
];

/// The main module of a run process: the shim first, so that it captures the intrinsics before any of the user's
/// code runs, then the user's module unmodified, then the entrypoint of the run channel.
///
/// `export default user.default ?? {}` because `export { default } from` is a syntax error, which ends the process,
/// where the module has no default export.
///
/// `sources` are those of the user's modules. They are looked at for names of modules whose connections the shim cannot
/// notice; if there are any, no socket of the run channel carries a second run.
pub fn main_module<'a>(main: &str, sources: impl IntoIterator<Item = &'a [u8]>) -> String {
    let noticed = !sources
        .into_iter()
        .any(|source| UNNOTICED.iter().any(|module| contains(source, module)));
    let user = import(main);
    format!(
        "import {{ runEntrypoint }} from \"./stepwell/entry.js\";\n\
         import * as user from {user};\n\
         export * from {user};\n\
         export default user.default ?? {{}};\n\
         export const {RUN_ENTRYPOINT} = runEntrypoint(user, {noticed});\n"
    )
}

/// What the main module of a host process adds to the user's exports.
#[derive(Debug, Default)]
pub(crate) struct HostMain<'a> {
    /// Exports that bindings name; one that is missing refuses with a text, because workerd does not start with a socket
    /// that leads nowhere.
    pub(crate) called: BTreeSet<&'a str>,
    /// Classes whose objects are in another process: what is exported by their names stands for them.
    pub(crate) elsewhere: &'a [ObjectClass],
    /// Whether there is an entrypoint that says what the user's module exports.
    pub(crate) inspected: bool,
    /// Whether the modules are evaluated to see if they can be; what would be ignored elsewhere is an error.
    pub(crate) is_trial: bool,
}

/// The main module of a host process: the user's module as it is, and the entrypoints through which requests and events
/// come.
pub(crate) fn host_module(script: &Script, main: &HostMain<'_>) -> String {
    let mut module = String::new();
    if main.is_trial {
        module.push_str("import \"./stepwell/trial.js\";\n");
    }
    if !main.elsewhere.is_empty() {
        // Before all other modules: the user's must not see the binding that this takes.
        module.push_str(
            "import { ownDoor } from \"./stepwell/own-door.js\";\n\
             import { objectProxy } from \"./stepwell/object-proxy.js\";\n",
        );
    }
    let user = import(&script.main);
    let _ = write!(
        module,
        "import {{ frontEntrypoint }} from \"./stepwell/front.js\";\n\
         import {{ eventsEntrypoint }} from \"./stepwell/events.js\";\n\
         import {{ exportsEntrypoint }} from \"./stepwell/exports.js\";\n\
         import {{ refusing }} from \"./stepwell/refusing.js\";\n\
         import * as user from {user};\n\
         export * from {user};\n\
         export default user.default ?? {{}};\n\
         export const {FRONT_ENTRYPOINT} = frontEntrypoint(user);\n\
         export const {EVENTS_ENTRYPOINT} = eventsEntrypoint(user);\n"
    );
    if main.inspected {
        let _ = writeln!(
            module,
            "export const {EXPORTS_ENTRYPOINT} = exportsEntrypoint(user);"
        );
    }
    module.push_str(&object_proxies(main.elsewhere, Some("ownDoor")));
    let elsewhere = |name: &str| main.elsewhere.iter().any(|object| object.class_name == name);
    for (index, name) in main.called.iter().filter(|name| !elsewhere(name)).enumerate() {
        let text = format!("The Worker \"{}\" has no export \"{name}\"", script.shown_name());
        let (name, text) = (Value::from(*name), Value::from(text));
        let _ = writeln!(
            module,
            "const called{index} = user[{name}] ?? refusing({text});\nexport {{ called{index} as {name} }};"
        );
    }
    module
}

/// Exports, for each class, one that stands for it; `door` is the variable that has the way to the real ones.
pub(crate) fn object_proxies(objects: &[ObjectClass], door: Option<&str>) -> String {
    let mut lines = String::new();
    for (index, object) in objects.iter().enumerate() {
        let name = Value::from(object.class_name.as_str());
        let key = Value::from(object.unique_key.as_str());
        let door = door.unwrap_or("undefined");
        let _ = writeln!(
            lines,
            "const class{index} = objectProxy({name}, {key}, {door});\nexport {{ class{index} as {name} }};"
        );
    }
    lines
}

/// What a generated module beside it imports the module `name` by, as a literal.
pub(crate) fn import(name: &str) -> String {
    Value::from(format!("./{name}")).to_string()
}

fn contains(source: &[u8], text: &str) -> bool {
    source.windows(text.len()).any(|window| window == text.as_bytes())
}

#[cfg(test)]
mod tests {
    use stepwell_core::limits::{LOG_LINE_CHARS, LOG_RUN_CHARS};

    #[test]
    fn the_shim_has_the_limits_of_the_table() {
        let source = include_str!("../shim/log-line.js");
        let value = |name: &str| -> u64 {
            let (_, rest) = source.split_once(&format!("{name} = ")).unwrap();
            let factors = rest.split(';').next().unwrap().split(" * ");
            factors.map(|factor| factor.parse::<u64>().unwrap()).product()
        };
        assert_eq!(
            (value("MAX_LINE"), value("MAX_RUN")),
            (LOG_LINE_CHARS, LOG_RUN_CHARS)
        );
    }
}
