//! What esbuild is told, which is what wrangler 4.164 tells it (its `bundleWorker`).

use std::ffi::OsString;
use std::path::Path;

use super::node_modules;
use crate::config::Config;

/// The name of esbuild's report in the output directory.
pub(super) const METAFILE: &str = "metafile.json";

/// The same for every project.
const FIXED: [&str; 26] = [
    "--bundle",
    "--format=esm",
    "--platform=browser",
    "--conditions=workerd,worker,browser",
    "--main-fields=browser,module,main",
    "--target=es2024",
    // Newer syntax that workerd runs as it stands.
    "--supported:using=true",
    "--supported:import-source=true",
    "--external:cloudflare:*",
    "--external:node:*",
    "--external:workerd:*",
    "--loader:.js=jsx",
    "--loader:.mjs=jsx",
    "--loader:.cjs=jsx",
    "--loader:.txt=text",
    "--loader:.html=text",
    "--loader:.sql=text",
    "--loader:.wasm=copy",
    "--loader:.bin=copy",
    "--asset-names=[name]-[hash]",
    "--entry-names=index",
    "--sourcemap=external",
    "--color=false",
    "--log-level=warning",
    "--log-limit=0",
    "--sources-content=true",
];

pub(super) fn arguments(config: &Config, out: &Path) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = Vec::new();
    let entry = config.entry();
    // A relative entry that begins with a dash must not look like an option.
    arguments.push(if entry.is_absolute() {
        entry.into()
    } else {
        Path::new(".").join(entry).into()
    });
    arguments.extend(FIXED.iter().map(OsString::from));
    arguments.push(joined("--outdir=", out.as_os_str()));
    arguments.push(joined("--metafile=", out.join(METAFILE).as_os_str()));
    if config.bundling.keep_names {
        arguments.push("--keep-names".into());
    }
    let environment = std::env::var("NODE_ENV").ok().filter(|value| !value.is_empty());
    let environment = serde_json::Value::String(environment.unwrap_or_else(|| "development".to_owned()));
    for object in ["", "global.", "globalThis."] {
        arguments.push(format!("--define:{object}process.env.NODE_ENV={environment}").into());
    }
    if config.has_navigator() {
        arguments.push("--define:navigator.userAgent=\"Cloudflare-Workers\"".into());
    }
    if config.has_bare_node_modules() {
        // An alias holds for the paths below it too (`fs/promises`).
        arguments.extend(
            node_modules::BARE
                .iter()
                .map(|name| format!("--alias:{name}=node:{name}").into()),
        );
    }
    arguments
}

fn joined(option: &str, value: &std::ffi::OsStr) -> OsString {
    let mut all = OsString::from(option);
    all.push(value);
    all
}
