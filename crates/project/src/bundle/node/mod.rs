//! Node's built-in modules: which ones a Worker has, and what to say of those that it has not.

mod arrangement;
mod globals;
mod mode;
mod natives;
mod stand_ins;

use std::collections::BTreeMap;

pub(super) use arrangement::Arrangement;
pub(super) use mode::{Mode, conflicts, unbundled_warning};

use super::metafile::Metafile;
use super::places;
use crate::config::Config;
use crate::diagnostic::{Diagnostic, Severity};

/// Node's modules that may be imported without `node:`; paths below them (`fs/promises`) count too.
const BARE: [&str; 56] = [
    "_http_agent",
    "_http_client",
    "_http_common",
    "_http_incoming",
    "_http_outgoing",
    "_http_server",
    "_stream_duplex",
    "_stream_passthrough",
    "_stream_readable",
    "_stream_transform",
    "_stream_wrap",
    "_stream_writable",
    "_tls_common",
    "_tls_wrap",
    "assert",
    "async_hooks",
    "buffer",
    "child_process",
    "cluster",
    "console",
    "constants",
    "crypto",
    "dgram",
    "diagnostics_channel",
    "dns",
    "domain",
    "events",
    "fs",
    "http",
    "http2",
    "https",
    "inspector",
    "module",
    "net",
    "os",
    "path",
    "perf_hooks",
    "process",
    "punycode",
    "querystring",
    "readline",
    "repl",
    "stream",
    "string_decoder",
    "sys",
    "timers",
    "tls",
    "trace_events",
    "tty",
    "url",
    "util",
    "v8",
    "vm",
    "wasi",
    "worker_threads",
    "zlib",
];

/// The one module that Stepwell makes available to every Worker, because its own code needs it.
const ALWAYS: &str = "node:async_hooks";

fn is_builtin(path: &str) -> bool {
    let root = path.split('/').next().unwrap_or(path);
    path.starts_with("node:") || BARE.contains(&root)
}

fn built_into_node(path: &str) -> String {
    format!("The package \"{path}\" wasn't found on the file system but is built into node.")
}

fn remedy(mode: Mode) -> &'static str {
    if mode.has_modules() {
        "Make sure to prefix the module name with \"node:\" or update your compatibility_date to 2024-09-23 or later."
    } else {
        "Add the \"nodejs_compat\" compatibility flag to your project."
    }
}

/// Replaces esbuild's advice, which is about options that nobody can set here.
pub(super) fn explain(config: &Config, found: &mut [Diagnostic]) {
    for diagnostic in found {
        let path = diagnostic
            .text
            .strip_prefix("Could not resolve \"")
            .and_then(|rest| rest.strip_suffix('"'));
        let Some(path) = path else { continue };
        if is_builtin(path) {
            diagnostic.notes = vec![built_into_node(path), remedy(Mode::of(config)).to_owned()];
        } else if !path.starts_with(['.', '/']) {
            diagnostic.notes = vec![
                "if it is an npm package, install it in the project (npm install)".to_owned(),
                "To fix this, you can add an entry to \"alias\" in your Wrangler configuration. For more guidance see: https://developers.cloudflare.com/workers/wrangler/configuration/#bundling-issues".to_owned(),
            ];
        }
    }
}

/// Errors for `node:` imports that would end the process at its start, because the Worker has no Node modules.
pub(super) fn check(config: &Config, metafile: &Metafile) -> Vec<Diagnostic> {
    let mode = Mode::of(config);
    if mode.has_modules() {
        return Vec::new();
    }
    missing(metafile, |kind| kind == "import-statement")
        .into_iter()
        .map(|(path, importers)| {
            let importer = importers.first().copied().unwrap_or_default();
            places::error_at_import(config, importer, path, built_into_node(path)).with_note(remedy(mode))
        })
        .collect()
}

/// wrangler's warning for Node's modules that are imported only if the code gets there.
pub(super) fn warnings(config: &Config, metafile: &Metafile) -> Vec<Diagnostic> {
    if Mode::of(config).has_modules() {
        return Vec::new();
    }
    missing(metafile, |kind| kind != "import-statement")
        .into_iter()
        .map(|(path, importers)| {
            let importers: Vec<_> = importers.iter().map(|file| format!(" - {file}")).collect();
            let text = format!("{}\nYour Worker may throw errors at runtime unless you enable the \"nodejs_compat\" compatibility flag. Refer to https://developers.cloudflare.com/workers/runtime-apis/nodejs/ for more details. Imported from:\n{}", built_into_node(path), importers.join("\n"));
            Diagnostic::without_place(Severity::Warning, text)
        })
        .collect()
}

/// The `node:` modules that are imported in one of the ways, with the files that do.
fn missing(metafile: &Metafile, is_way: impl Fn(&str) -> bool) -> BTreeMap<&str, Vec<&str>> {
    metafile
        .externals()
        .filter(|import| is_way(&import.kind) && import.path.starts_with("node:") && import.path != ALWAYS)
        .map(|import| (import.path.as_str(), metafile.importers(&import.path).collect()))
        .collect()
}
