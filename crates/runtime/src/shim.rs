//! The JavaScript that Stepwell puts into the user's isolate, and the main module that ties it to the user's.

use std::fmt::Write as _;

/// The name under which the user's main module is expected.
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
];

/// The main module of a run process: the shim first, so that it captures the intrinsics before any of the user's
/// code runs, then the user's module unmodified, then the entrypoint of the run channel, which looks for
/// `workflow_class_names` among the user's exports.
///
/// `export default user.default ?? {}` because `export { default } from` is a syntax error, which ends the process,
/// where the module has no default export.
pub fn main_module<S: AsRef<str>>(workflow_class_names: &[S]) -> String {
    let names: Vec<&str> = workflow_class_names.iter().map(AsRef::as_ref).collect();
    let mut text = String::new();
    let _ = write!(
        text,
        "import {{ runEntrypoint }} from \"./stepwell/entry.js\";\n\
         import * as user from \"./{USER_MODULE}\";\n\
         export * from \"./{USER_MODULE}\";\n\
         export default user.default ?? {{}};\n\
         export const {RUN_ENTRYPOINT} = runEntrypoint(user, {});\n",
        serde_json::json!(names)
    );
    text
}
