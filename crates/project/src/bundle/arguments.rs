//! What esbuild is told, which is what wrangler 4.164 tells it (its `bundleWorker`).

use std::ffi::OsString;
use std::path::Path;

use super::bundled::Plan;
use super::esbuild::joined;
use super::rules;
use crate::config::Config;
use crate::diagnostic::{Diagnostic, Severity};

/// The same for every project.
const FIXED: [&str; 17] = [
    "--bundle",
    "--format=esm",
    "--platform=browser",
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
    "--entry-names=index",
    "--sourcemap=external",
    "--sources-content=true",
    "--charset=utf8",
];

/// wrangler's own variable for the conditions of `exports` in packages.
const CONDITIONS: &str = "WRANGLER_BUILD_CONDITIONS";

pub(super) fn arguments(config: &Config, plan: &Plan) -> Vec<OsString> {
    let mut arguments = vec![entry(config)];
    arguments.extend(FIXED.iter().map(OsString::from));
    let conditions = std::env::var(CONDITIONS).unwrap_or_else(|_| "workerd,worker,browser".to_owned());
    arguments.push(format!("--conditions={conditions}").into());
    arguments.extend(rules::loader_arguments(&plan.loaders).map(OsString::from));
    arguments.extend(plan.asides.keys().map(|path| joined("--external:", path)));
    for (specifier, file) in &plan.unexported {
        arguments.push(joined(&format!("--alias:{specifier}="), file));
    }
    plan.node.arguments(config, &mut arguments);
    options(config, &mut arguments);
    define(config, &mut arguments);
    arguments
}

/// The entry file; a relative one that begins with a dash must not look like an option.
pub(super) fn entry(config: &Config) -> OsString {
    let entry = config.entry();
    if entry.is_absolute() {
        entry.into()
    } else {
        Path::new(".").join(entry).into()
    }
}

/// What the configuration says about bundling.
fn options(config: &Config, arguments: &mut Vec<OsString>) {
    let bundling = &config.bundling;
    if bundling.keep_names {
        arguments.push("--keep-names".into());
    }
    if bundling.minify {
        arguments.push("--minify".into());
    }
    if bundling.preserve_file_names {
        let directory = config.main.as_deref().and_then(Path::parent);
        arguments.push(joined("--outbase=", directory.unwrap_or(&config.project_dir)));
        arguments.push("--asset-names=[dir]/[name]".into());
    } else {
        arguments.push("--asset-names=[hash]-[name]".into());
    }
    if let Some(tsconfig) = &bundling.tsconfig {
        arguments.push(joined("--tsconfig=", tsconfig));
    }
    let jsx = [
        ("--jsx-factory=", &bundling.jsx_factory),
        ("--jsx-fragment=", &bundling.jsx_fragment),
    ];
    for (option, value) in jsx {
        arguments.extend(value.iter().map(|value| format!("{option}{value}").into()));
    }
    for (name, replacement) in &bundling.alias {
        arguments.push(format!("--alias:{name}={replacement}").into());
    }
}

/// What is replaced; the project's own come last, and the last counts.
fn define(config: &Config, arguments: &mut Vec<OsString>) {
    let environment = std::env::var("NODE_ENV").ok().filter(|value| !value.is_empty());
    let environment = serde_json::Value::String(environment.unwrap_or_else(|| "development".to_owned()));
    for object in ["", "global.", "globalThis."] {
        arguments.push(format!("--define:{object}process.env.NODE_ENV={environment}").into());
    }
    if config.has_navigator() {
        arguments.push("--define:navigator.userAgent=\"Cloudflare-Workers\"".into());
    }
    for (name, value) in &config.bundling.define {
        arguments.push(format!("--define:{name}={value}").into());
    }
}

/// Errors for options that esbuild would refuse without saying where they come from.
pub(super) fn check(config: &Config) -> Vec<Diagnostic> {
    let names = config.bundling.alias.keys();
    let paths = names.filter(|name| name.starts_with(['.', '/']) || name.ends_with('/'));
    paths
        .map(|name| {
            let text = format!("\"alias\": {name:?} is a path, and only names of packages can have an alias");
            Diagnostic::without_place(Severity::Error, text)
                .with_note("import it by a package-like name and give that one the alias")
        })
        .collect()
}

/// Names the definition that esbuild refuses.
pub(super) fn explain(config: &Config, found: &mut [Diagnostic]) {
    for diagnostic in found {
        let value = diagnostic
            .text
            .strip_prefix("Invalid define value (must be an entity name or JS literal): ");
        let name = value.and_then(|value| {
            let mut all = config.bundling.define.iter();
            all.find(|(_, defined)| *defined == value)
        });
        if let Some((name, _)) = name {
            diagnostic.text = format!("\"define.{name}\": {}", diagnostic.text);
            diagnostic
                .notes
                .push("a text needs quotes of its own: \"\\\"text\\\"\"".to_owned());
        }
    }
}
