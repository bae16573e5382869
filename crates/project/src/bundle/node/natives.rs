//! Which of Node's modules and globals the runtime has itself at a compatibility date, and what stands in for the
//! others: the facts that the packages `@cloudflare/unenv-preset` and `unenv` know, which a test compares them with.

use std::collections::BTreeMap;

use crate::config::Config;

/// Modules that came to the runtime one group after the other: the flag without `enable_` or `disable_`, the date from
/// which it is on, and the modules.
const GROUPS: [(&str, &str, &[&str]); 21] = [
    (
        HTTP.0,
        HTTP.1,
        &[
            "_http_agent",
            "_http_client",
            "_http_common",
            "_http_incoming",
            "_http_outgoing",
            "http",
            "https",
        ],
    ),
    (HTTP_SERVER, "2025-09-01", &["_http_server"]),
    ("nodejs_http2_module", "2025-09-01", &["http2"]),
    ("nodejs_os_module", "2025-09-15", &["os"]),
    ("nodejs_fs_module", "2025-09-15", &["fs", "fs/promises"]),
    ("nodejs_console_module", "2025-09-21", &["console"]),
    ("nodejs_vm_module", "2025-10-01", &["vm"]),
    ("nodejs_punycode_module", "2025-12-04", &["punycode"]),
    ("nodejs_cluster_module", "2025-12-04", &["cluster"]),
    ("nodejs_trace_events_module", "2025-12-04", &["trace_events"]),
    ("nodejs_domain_module", "2025-12-04", &["domain"]),
    ("nodejs_wasi_module", "2025-12-04", &["wasi"]),
    (
        "nodejs_inspector_module",
        "2026-01-29",
        &["inspector", "inspector/promises"],
    ),
    ("nodejs_dgram_module", "2026-01-29", &["dgram"]),
    ("nodejs_stream_wrap_module", "2026-01-29", &["_stream_wrap"]),
    ("nodejs_repl_module", "2026-03-17", &["repl"]),
    ("nodejs_v8_module", "2026-03-17", &["v8"]),
    ("nodejs_tty_module", "2026-03-17", &["tty"]),
    ("nodejs_child_process_module", "2026-03-17", &["child_process"]),
    ("nodejs_worker_threads_module", "2026-03-17", &["worker_threads"]),
    (
        "nodejs_readline_module",
        "2026-03-17",
        &["readline", "readline/promises"],
    ),
];
const HTTP: (&str, &str) = ("nodejs_http_modules", "2025-08-15");
const HTTP_SERVER: &str = "nodejs_http_server_modules";
const SQLITE: (&str, &str) = ("nodejs_sqlite_module", "2026-01-29");
const PERF_HOOKS: (&str, &str) = ("nodejs_perf_hooks_module", "2026-03-17");
const PROCESS: (&str, &str) = ("nodejs_process_v2", "2025-09-15");

/// npm packages that `unenv` replaces, and by what.
const SHIMS: [(&str, &str); 10] = [
    ("cross-fetch", "unenv/npm/cross-fetch"),
    ("cross-fetch/polyfill", "unenv/mock/empty"),
    ("fsevents", "unenv/npm/fsevents"),
    ("inherits", "unenv/npm/inherits"),
    ("isomorphic-fetch", "unenv/mock/empty"),
    ("node-fetch", "unenv/npm/node-fetch"),
    ("node-fetch-native", "unenv/npm/node-fetch"),
    ("node-fetch-native/polyfill", "unenv/mock/empty"),
    ("whatwg-url", "unenv/npm/whatwg-url/index"),
    (
        "whatwg-url/webidl2js-wrapper",
        "unenv/npm/whatwg-url/webidl2js-wrapper",
    ),
];

/// What has to stand in for something at a date.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Substitutes {
    /// Modules of Node, without `node:`, with the module of a package that stands in for each.
    pub(super) modules: BTreeMap<&'static str, String>,
    /// npm packages, likewise.
    pub(super) packages: BTreeMap<&'static str, &'static str>,
    /// Globals that become the default export of a module.
    pub(super) globals: BTreeMap<&'static str, &'static str>,
    /// A module that sets the globals around `performance`.
    pub(super) performance: Option<&'static str>,
}

impl Substitutes {
    pub(super) fn of(config: &Config) -> Self {
        Self::at(&config.compatibility_date, &config.compatibility_flags)
    }

    fn at(date: &str, flags: &[String]) -> Self {
        let is_on = |(flag, since): (&str, &str)| {
            let has = |prefix: &str| flags.iter().any(|found| found.strip_prefix(prefix) == Some(flag));
            (has("enable_") || date >= since) && !has("disable_")
        };
        let mut found = Self {
            packages: SHIMS.into(),
            ..Self::default()
        };
        for (flag, date, modules) in GROUPS {
            // There is no server without the rest.
            let is_native = is_on((flag, date)) && (flag != HTTP_SERVER || is_on(HTTP));
            for module in modules.iter().filter(|_| !is_native) {
                found.modules.insert(module, substitute(module));
            }
        }
        if found.modules.contains_key("console") {
            found
                .globals
                .insert("console", "@cloudflare/unenv-preset/node/console");
        }
        if !is_on(SQLITE) {
            found.modules.insert("sqlite", substitute("sqlite"));
        }
        if !is_on(PERF_HOOKS) {
            found.modules.insert("perf_hooks", substitute("perf_hooks"));
            found.performance = Some("@cloudflare/unenv-preset/polyfill/performance");
        }
        if !(is_on(PROCESS) && can_iterate_bodies(date, flags)) {
            found.modules.insert("process", substitute("process"));
            found
                .globals
                .insert("process", "@cloudflare/unenv-preset/node/process");
        }
        found
    }
}

fn substitute(module: &str) -> String {
    match module {
        // In part the runtime's, in part a polyfill.
        "console" | "process" => format!("@cloudflare/unenv-preset/node/{module}"),
        _ if module.starts_with('_') => "unenv/mock/proxy-cjs".to_owned(),
        _ => format!("unenv/node/{module}"),
    }
}

/// The second version of `process` needs `fetch` to take iterables as bodies.
fn can_iterate_bodies(date: &str, flags: &[String]) -> bool {
    const SUPPORT: &str = "fetch_iterable_type_support";
    const ADJUSTMENT: &str = "fetch_iterable_type_support_override_adjustment";
    let has = |name: &str| flags.iter().any(|found| found == name);
    let is_on = |flag: &str, since: &str| (has(flag) || date >= since) && !has(&format!("no_{flag}"));
    is_on(SUPPORT, "2026-02-19") && is_on(ADJUSTMENT, "2026-01-15")
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::Command;

    use super::*;
    use crate::toolchain::{Locate, cache_dir, polyfills};

    /// Prints what the packages themselves say, one JSON object a line for each date and flag. `unenv` imports one
    /// function that is not called here.
    const SCRIPT: &str = r#"
import { mkdirSync, cpSync, writeFileSync, readFileSync } from "node:fs";
const [from, to] = process.argv.slice(2);
cpSync(`${from}/unenv/dist/index.mjs`, `${to}/unenv.mjs`);
cpSync(`${from}/@cloudflare/unenv-preset/dist/index.mjs`, `${to}/preset.mjs`);
mkdirSync(`${to}/node_modules/pathe`, { recursive: true });
writeFileSync(`${to}/node_modules/pathe/package.json`, '{"name":"pathe","type":"module","exports":{"./utils":"./utils.js"}}');
writeFileSync(`${to}/node_modules/pathe/utils.js`, "export const resolveAlias = 0;");
const { defineEnv } = await import(`${to}/unenv.mjs`);
const { getCloudflarePreset } = await import(`${to}/preset.mjs`);
for (const [compatibilityDate, compatibilityFlags] of JSON.parse(readFileSync(0, "utf8"))) {
  const { env } = defineEnv({ presets: [getCloudflarePreset({ compatibilityDate, compatibilityFlags }), { alias: { debug: "debug" } }], npmShims: true });
  const native = Object.entries(env.alias).filter(([name, to]) => name !== to && name !== "debug");
  console.log(JSON.stringify({ alias: Object.fromEntries(native), inject: env.inject, polyfill: env.polyfill }));
}
"#;

    fn cases() -> Vec<(String, Vec<String>)> {
        let mut dates = vec![
            "2024-09-23",
            "2025-01-01",
            "2026-01-15",
            "2026-02-18",
            "2026-02-19",
            "2026-09-01",
        ];
        dates.extend(GROUPS.iter().map(|group| group.1));
        let mut flags: Vec<String> = Vec::new();
        let others = [SQLITE.0, PERF_HOOKS.0, PROCESS.0];
        for flag in GROUPS.iter().map(|group| group.0).chain(others) {
            flags.extend([format!("enable_{flag}"), format!("disable_{flag}")]);
        }
        for flag in [
            "fetch_iterable_type_support",
            "fetch_iterable_type_support_override_adjustment",
        ] {
            flags.extend([flag.to_owned(), format!("no_{flag}")]);
        }
        let mut cases = Vec::new();
        for date in dates {
            cases.push((date.to_owned(), Vec::new()));
            cases.extend(flags.iter().map(|flag| (date.to_owned(), vec![flag.clone()])));
            let both = ["enable_nodejs_process_v2", "fetch_iterable_type_support"].map(str::to_owned);
            cases.push((date.to_owned(), both.to_vec()));
        }
        cases
    }

    /// The same in the form that the script prints.
    fn ours(date: &str, flags: &[String]) -> serde_json::Value {
        let found = Substitutes::at(date, flags);
        let mut alias = serde_json::Map::new();
        for (module, to) in &found.modules {
            alias.insert(format!("node:{module}"), to.as_str().into());
            if *module != "sqlite" {
                alias.insert((*module).to_owned(), to.as_str().into());
            }
        }
        alias.extend(
            found
                .packages
                .iter()
                .map(|(name, to)| ((*name).to_owned(), (*to).into())),
        );
        let polyfill: Vec<&str> = found.performance.into_iter().collect();
        serde_json::json!({ "alias": alias, "inject": found.globals, "polyfill": polyfill })
    }

    #[test]
    fn the_packages_say_the_same() {
        let request = Locate::new(Path::new(env!("CARGO_MANIFEST_DIR")), cache_dir());
        let packages = polyfills(&request).unwrap();
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("script.mjs"), SCRIPT).unwrap();
        let cases = cases();
        std::fs::write(
            directory.path().join("cases"),
            serde_json::to_vec(&cases).unwrap(),
        )
        .unwrap();
        let output = Command::new("node")
            .arg(directory.path().join("script.mjs"))
            .args([&packages, directory.path()])
            .stdin(std::fs::File::open(directory.path().join("cases")).unwrap())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let theirs = String::from_utf8(output.stdout).unwrap();
        assert_eq!(theirs.lines().count(), cases.len());
        for ((date, flags), theirs) in cases.iter().zip(theirs.lines()) {
            let theirs: serde_json::Value = serde_json::from_str(theirs).unwrap();
            assert_eq!(ours(date, flags), theirs, "{date} {flags:?}");
        }
    }
}
