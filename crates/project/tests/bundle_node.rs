//! Node's modules and globals at several compatibility dates, in the pinned runtime.
#![allow(clippy::unwrap_used)] // The helpers of a test are tests too.
#![cfg(unix)]

mod support;

use std::ffi::OsString;

use stepwell_project::Diagnostic;
use stepwell_project::bundle::{self, Bundle};
use stepwell_project::toolchain::Locate;
use support::{Project, esbuild};

fn project(date: &str, flags: &[&str], files: &[(&str, &str)]) -> Project {
    let project = Project::new(files);
    project.write(
        "wrangler.jsonc",
        format!("{{ \"name\": \"app\", \"main\": \"src/index.ts\", \"compatibility_date\": {date:?}, \"compatibility_flags\": {flags:?} }}"),
    );
    project
}

fn build(project: &Project) -> Bundle {
    let config = project.config();
    bundle::build(&config, &esbuild(), &support::packages(&config)).unwrap_or_else(|error| panic!("{error}"))
}

fn errors(project: &Project) -> Vec<String> {
    let config = project.config();
    let built = bundle::build(&config, &esbuild(), &support::packages(&config));
    let error = built.expect_err("it should be refused");
    error.diagnostics().iter().map(Diagnostic::to_string).collect()
}

/// A machine without polyfills, npm and network.
fn lonely(project: &Project) -> Locate {
    let mut request = Locate::new(project.path(), project.path().join("cache"));
    request.progress = false;
    request.search_path = Some(OsString::from("/nowhere"));
    request
}

fn has_polyfills(bundle: &Bundle) -> bool {
    bundle
        .inputs
        .iter()
        .any(|input| input.to_string_lossy().contains("/unenv"))
}

const EVERYTHING: &str = "
import os from 'os';
import { EOL } from 'node:os';
import tty from 'node:tty';
import process2 from 'process';
import { performance as hooks } from 'node:perf_hooks';
import { join } from 'path';
import { EventEmitter } from 'events';
import cjs from 'cjs';
import inherits from 'inherits';
export default {
  fetch() {
    class A extends EventEmitter {}
    function B() {}
    inherits(B, A);
    const facts = {
      os: typeof os.platform, eol: EOL, tty: tty.isatty(1), argv: Array.isArray(process.argv), same: process2 === process,
      cwd: process.cwd(), hooks: hooks === performance, mark: typeof performance.mark, observer: typeof PerformanceObserver,
      join: join('a', 'b'), cjs, inherits: new B() instanceof EventEmitter, console: typeof console.Console, version: typeof process.versions.node,
    };
    return Response.json(facts);
  },
};
";

const PACKAGE: &[(&str, &str)] = &[
    ("src/index.ts", EVERYTHING),
    ("node_modules/cjs/package.json", "{ \"name\": \"cjs\" }"),
    (
        "node_modules/cjs/index.js",
        "const os = require('os'); const { Readable } = require('stream'); const Events = require('events'); const p = require('process');\nmodule.exports = [typeof os.EOL, typeof os.default, Readable.prototype instanceof Events, p === process].join();",
    ),
];

#[test]
fn node_works_at_every_date() {
    // The runtime's own `console` has no `Console`, and wrangler adds none once that is what counts.
    let dates: [(&str, &[&str], &str); 4] = [
        ("2024-09-23", &["nodejs_compat"], "function"),
        ("2025-01-01", &["nodejs_compat"], "function"),
        ("2025-09-15", &["nodejs_compat"], "function"),
        ("2026-09-01", &[], "undefined"),
    ];
    for (date, flags, console) in dates {
        let project = project(date, flags, PACKAGE);
        let bundle = build(&project);
        let answer = support::fetch(&project, &bundle);
        let body = answer.split("\r\n\r\n").nth(1).unwrap_or(&answer).trim();
        let expected = "{\"os\":\"function\",\"eol\":\"\\n\",\"tty\":false,\"argv\":true,\"same\":true,";
        assert!(body.contains(expected), "{date}: {body}");
        let expected = format!(
            "\"hooks\":true,\"mark\":\"function\",\"observer\":\"function\",\"join\":\"a/b\",\"cjs\":\"string,undefined,true,true\",\"inherits\":true,\"console\":{console:?},\"version\":\"string\"}}"
        );
        assert!(body.contains(&expected), "{date}: {body}");
        // The same code is the same version, polyfills or not.
        assert_eq!(build(&project).hash, bundle.hash, "{date}");
        assert_eq!(bundle.warnings, [], "{date}");
    }
}

#[test]
fn only_code_that_needs_polyfills_gets_them() {
    let code = "import { Buffer } from 'buffer';\nexport default { fetch: () => new Response(Buffer.from(process.env.KEY ?? 'x') + performance.now()) }";
    let modest = project("2024-09-23", &["nodejs_compat"], &[("src/index.ts", code)]);
    let config = modest.config();
    let bundle = bundle::build(&config, &esbuild(), &lonely(&modest)).unwrap();
    assert!(!has_polyfills(&bundle));
    modest.write("src/index.ts", "import os from 'os';\nexport default { os }");
    assert!(has_polyfills(&build(&modest)));
    // Everything is native from some day on.
    let new = project(
        "2026-09-01",
        &[],
        &[(
            "src/index.ts",
            "import os from 'os';\nexport default { os, p: process.argv }",
        )],
    );
    let bundle = bundle::build(&new.config(), &esbuild(), &lonely(&new)).unwrap();
    assert!(!has_polyfills(&bundle) && bundle.code.contains("from \"node:os\""));
}

#[test]
fn polyfills_that_cannot_be_had_are_an_error_only_for_imports() {
    let project = project(
        "2025-01-01",
        &["nodejs_compat"],
        &[("src/index.ts", "import tty from 'tty';\nexport default { tty }")],
    );
    let build = || bundle::build(&project.config(), &esbuild(), &lonely(&project));
    let error = build().unwrap_err().to_string();
    for part in [
        "src/index.ts imports \"node:tty\"",
        "unenv 2.0.0-rc.24",
        "npm install --save-dev unenv@2.0.0-rc.24 @cloudflare/unenv-preset@2.16.2",
        "2026-03-17",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
    project.write(
        "src/index.ts",
        "import inherits from 'inherits';\nexport default { inherits, a: process.argv }",
    );
    project.write(
        "node_modules/inherits/index.js",
        "module.exports = () => 'its own'",
    );
    let bundle = build().unwrap();
    assert!(bundle.code.contains("its own"));
    assert_eq!(bundle.warnings.len(), 1);
    assert!(
        bundle.warnings[0].text.contains("take a polyfill"),
        "{}",
        bundle.warnings[0]
    );
}

#[test]
fn a_slash_at_the_end_means_the_npm_package() {
    let code = "import punycode from 'punycode/';\nimport os from 'os';\nexport default { fetch: () => new Response(punycode + os.EOL) }";
    let own = project(
        "2025-01-01",
        &["nodejs_compat"],
        &[
            ("src/index.ts", code),
            ("node_modules/punycode/index.js", "module.exports = 'from npm'"),
        ],
    );
    let answer = support::fetch(&own, &build(&own));
    assert!(answer.contains("from npm"), "{answer}");
}

/// Every module that there is a polyfill or a replacement for, imported and required.
#[test]
fn all_polyfills_can_be_bundled() {
    let mut modules: Vec<&str> = "_http_agent _http_server _stream_wrap child_process cluster console dgram domain fs fs/promises http http2 https inspector inspector/promises node:sqlite os perf_hooks process punycode readline readline/promises repl trace_events tty v8 vm wasi worker_threads".split(' ').collect();
    modules.extend("cross-fetch cross-fetch/polyfill fsevents inherits isomorphic-fetch node-fetch node-fetch-native node-fetch-native/polyfill whatwg-url whatwg-url/webidl2js-wrapper".split(' '));
    let imports: Vec<String> = modules
        .iter()
        .enumerate()
        .map(|(n, name)| format!("import * as m{n} from {name:?}; globalThis.kept{n} = m{n};\n"))
        .collect();
    let imports = imports.concat();
    let required: Vec<String> = modules
        .iter()
        .map(|name| format!("if (!require({name:?})) throw new Error({name:?});\n"))
        .collect();
    let required = required.concat();
    let code =
        format!("{imports}\nimport './required.cjs';\nexport default {{ fetch: () => new Response('all') }}");
    let project = project(
        "2024-09-23",
        &["nodejs_compat"],
        &[("src/index.ts", &code), ("src/required.cjs", &required)],
    );
    let bundle = build(&project);
    assert_eq!(bundle.warnings, []);
    let answer = support::fetch(&project, &bundle);
    assert!(answer.ends_with("all"), "{answer}");
}

#[test]
fn flags_decide_as_with_wrangler() {
    const PREFIXED: &str =
        "import { AsyncLocalStorage } from 'node:async_hooks';\nexport default { AsyncLocalStorage }";
    const BARE: &str = "import path from 'path';\nexport default { path }";
    let fails = |date: &str, flags: &[&str], code: &str| {
        errors(&project(date, flags, &[("src/index.ts", code)])).join("\n")
    };
    let works = |date: &str, flags: &[&str], code: &str| {
        build(&project(date, flags, &[("src/index.ts", code)]));
    };
    let add = "Add the \"nodejs_compat\" compatibility flag to your project.";
    assert!(fails("2024-09-23", &["nodejs_als"], BARE).contains(add));
    assert!(fails("2026-09-01", &["no_nodejs_compat", "no_nodejs_compat_v2"], BARE).contains(add));
    works("2024-09-23", &["nodejs_als"], PREFIXED);
    let prefix = "Make sure to prefix the module name with \"node:\" or update your compatibility_date to 2024-09-23 or later.";
    assert!(fails("2024-09-22", &["nodejs_compat"], BARE).contains(prefix));
    assert!(fails("2025-01-01", &["nodejs_compat", "no_nodejs_compat_v2"], BARE).contains(prefix));
    works("2024-09-22", &["nodejs_compat_v2"], BARE);
    works("2024-09-23", &["nodejs_compat"], BARE);
    let both = fails("2024-09-23", &["nodejs_compat", "nodejs_compat_v2"], BARE);
    assert!(both.contains("The `nodejs_compat` and `nodejs_compat_v2` compatibility flags cannot be used in together. Please select just one."), "{both}");
    let old = fails("2024-09-23", &["experimental:nodejs_compat_v2"], PREFIXED);
    assert!(
        old.contains("The `experimental:` prefix on `nodejs_compat_v2` is no longer valid."),
        "{old}"
    );
}

#[test]
fn imports_that_may_never_happen_are_warned_about() {
    let files = [(
        "src/index.ts",
        "export default { fetch: async () => new Response(typeof (await import('node:fs'))) }",
    )];
    let bundle = build(&project("2024-09-23", &[], &files));
    assert_eq!(bundle.warnings.len(), 1);
    let text = bundle.warnings[0].to_string();
    assert!(text.contains("The package \"node:fs\" wasn't found on the file system but is built into node.\nYour Worker may throw errors at runtime unless you enable the \"nodejs_compat\" compatibility flag.") && text.contains("Imported from:\n - src/index.ts"), "{text}");
}
