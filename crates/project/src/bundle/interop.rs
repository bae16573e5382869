//! What esbuild's output lacks to run in workerd: `require` of the runtime's modules, and ES exports.

use std::fmt::Write as _;
use std::path::Path;

use super::metafile::Metafile;
use super::node::Mode;
use crate::config::Config;
use crate::diagnostic::{Diagnostic, Severity};
use crate::place::Text;

/// One line to put before the bundle when CommonJS code in it calls `require` for a module that is outside of it; else
/// nothing.
///
/// esbuild keeps such calls, and they use a `require` in scope if there is one. This gives them one. Node's
/// modules come from `getBuiltinModule`, so that one which this workerd lacks fails where it is required (many
/// packages try and go on) and not at the start; so does a package that is not installed, which esbuild allows where
/// the code tries.
pub(super) fn prelude(config: &Config, metafile: &Metafile, out: &Path) -> String {
    let mut paths: Vec<String> = metafile.required(out).collect();
    paths.sort_unstable();
    paths.dedup();
    if paths.is_empty() {
        return String::new();
    }
    let mut imports = String::new();
    let mut cases = String::new();
    for (index, path) in paths.iter().filter(|path| exists(path)).enumerate() {
        // Text, data and WebAssembly have one export and no names.
        let only = if path.starts_with('.') { ".default" } else { "" };
        let path = serde_json::Value::from(path.as_str());
        let _ = write!(imports, "import * as __stepwell_module_{index} from {path}; ");
        let _ = write!(
            cases,
            "if (name === {path}) return __stepwell_module_{index}{only}; "
        );
    }
    if Mode::of(config).has_modules() {
        imports.push_str("import __stepwell_process from \"node:process\"; ");
        cases.push_str(
            "const found = __stepwell_process.getBuiltinModule(name); if (found !== undefined) return found; ",
        );
    }
    format!(
        "{imports}const require = (name) => {{ {cases}throw new Error(`No such module \"${{name}}\"`); }};\n"
    )
}

/// Whether the bundle can import `path` without a chance that nothing is there: a module beside it, or the runtime's.
fn exists(path: &str) -> bool {
    path.starts_with(['.', '/']) || path.starts_with("cloudflare:") || path.starts_with("workerd:")
}

/// The error for an entry file that exports nothing.
pub(super) fn not_a_module(config: &Config) -> Diagnostic {
    const NOTE: &str = "export the handlers and the Workflow classes: `export default { async fetch(request, env, ctx) { … } }`; see https://developers.cloudflare.com/workers/reference/migrate-to-module-workers/";
    let file = config.entry();
    let Ok(content) = std::fs::read_to_string(config.project_dir.join(file)) else {
        let message = format!("{} exports nothing", file.display());
        return Diagnostic::without_place(Severity::Error, message).with_note(NOTE);
    };
    let found = |text: &str| content.find(text);
    let (at, message) = if let Some(at) = found("addEventListener") {
        (
            at,
            "this is a service-worker script (addEventListener, and no exports); Workflows need an ES module",
        )
    } else if let Some(at) = found("module.exports").or_else(|| found("exports.")) {
        (
            at,
            "this is a CommonJS module, and a Worker's `main` file has to be an ES module",
        )
    } else if content.trim().is_empty() {
        (0, "the `main` file is empty, so there is nothing to run")
    } else {
        (0, "the `main` file exports nothing, so there is nothing to run")
    };
    let text = Text::new(file, content);
    Diagnostic::at(Severity::Error, &text, at, message.to_owned()).with_note(NOTE)
}
