//! Bundles projects with the pinned esbuild, and runs one of the results in the pinned workerd.
#![allow(clippy::unwrap_used)] // The helpers of a test are tests too.

mod support;

use std::path::Path;

use stepwell_project::Diagnostic;
use stepwell_project::bundle::{self, Bundle, ModuleKind};
use stepwell_project::config::Config;
use stepwell_project::sourcemap::Mapper;
use support::{Project, esbuild};

fn project(files: &[(&str, &str)]) -> Project {
    with_config("\"compatibility_date\": \"2026-07-01\"", files)
}

fn with_config(keys: &str, files: &[(&str, &str)]) -> Project {
    let project = Project::new(files);
    project.write(
        "wrangler.jsonc",
        format!("{{ \"name\": \"app\", \"main\": \"src/index.ts\", {keys} }}"),
    );
    project
}

fn build(project: &Project) -> Bundle {
    build_config(&project.config())
}

fn build_config(config: &Config) -> Bundle {
    bundle::build(config, &esbuild(), &support::packages(config)).unwrap_or_else(|error| panic!("{error}"))
}

fn errors(project: &Project) -> Vec<Diagnostic> {
    config_errors(&project.config())
}

fn config_errors(config: &Config) -> Vec<Diagnostic> {
    let built = bundle::build(config, &esbuild(), &support::packages(config));
    let error = built.expect_err("it should be refused");
    assert!(!error.diagnostics().is_empty(), "{error}");
    error.diagnostics().to_vec()
}

#[test]
fn bundles_typescript_with_packages_and_a_source_map() {
    let project = project(&[
        (
            "src/index.ts",
            "import { fail } from './lib/fail';\nimport cjs from 'cjs';\nimport page from './page.html';\nimport { WorkflowEntrypoint } from 'cloudflare:workers';\nexport class Flow extends WorkflowEntrypoint { async run() { fail(page) } }\nexport default { fetch: () => new Response(cjs.answer + process.env.NODE_ENV) };\n",
        ),
        (
            "src/lib/fail.ts",
            "type Text = string;\n\nexport function fail(text: Text): never {\n  throw new Error(text);\n}\n",
        ),
        ("src/page.html", "<p>page</p>"),
        (
            "node_modules/cjs/package.json",
            "{ \"name\": \"cjs\", \"main\": \"main.js\", \"exports\": { \"workerd\": \"./workerd.js\", \"default\": \"./main.js\" } }",
        ),
        (
            "node_modules/cjs/workerd.js",
            "module.exports = { answer: 'from workerd' };",
        ),
        (
            "node_modules/cjs/main.js",
            "module.exports = { answer: 'wrong' };",
        ),
        ("tsconfig.json", "{ \"compilerOptions\": { \"strict\": true } }"),
    ]);
    let bundle = build(&project);
    assert!(
        bundle.code.contains("from \"cloudflare:workers\"") && bundle.code.contains("from workerd"),
        "{}",
        bundle.code
    );
    assert!(bundle.code.contains("<p>page</p>"), "{}", bundle.code);
    assert_eq!(bundle.exports, ["Flow", "default"]);
    assert_eq!(bundle.warnings, []);
    assert_eq!(bundle.hash.len(), 64);
    let inputs: Vec<_> = bundle
        .inputs
        .iter()
        .map(|path| path.strip_prefix(project.path()).unwrap())
        .collect();
    let expected = [
        "node_modules/cjs/workerd.js",
        "src/index.ts",
        "src/lib/fail.ts",
        "src/page.html",
    ];
    assert_eq!(inputs, expected.map(Path::new));

    let at = bundle.code.find("new Error(text)").unwrap();
    let line = bundle.code[..at].matches('\n').count() + 1;
    let column = at - bundle.code[..at].rfind('\n').unwrap();
    let mapper = Mapper::of(&bundle, &project.path());
    let stack = mapper.map_stack(&format!("Error: x\n    at fail (index.js:{line}:{column})"));
    assert_eq!(stack, "Error: x\n    at fail (src/lib/fail.ts:4:9)");
    // The same code is the same version.
    assert_eq!(build(&project).hash, bundle.hash);
    project.write("src/page.html", "<p>other</p>");
    assert_ne!(build(&project).hash, bundle.hash);
}

#[test]
fn a_syntax_error_is_shown_with_its_place() {
    let project = project(&[
        ("src/index.ts", "import './broken';\nexport default {}"),
        ("src/broken.ts", "const a = 1;\n  const é = 2 +;\n"),
    ]);
    let found = errors(&project);
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].to_string(),
        "error: Unexpected \";\"\n --> src/broken.ts:2:16\n  |\n2 |   const é = 2 +;\n  |                ^"
    );
}

#[test]
fn imports_that_cannot_be_found_are_named() {
    let project = project(&[
        (
            "src/index.ts",
            "import './nope';\nimport 'no-such-package';\nimport pic from './pic.svg';\nexport default { pic }",
        ),
        ("src/pic.svg", "<svg/>"),
    ]);
    let found = errors(&project);
    let lines: Vec<String> = found.iter().map(Diagnostic::one_line).collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(
        lines
            .iter()
            .any(|line| line == "src/index.ts:1:8: Could not resolve \"./nope\""),
        "{lines:?}"
    );
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("src/index.ts:3:17: No loader is configured for \".svg\"")),
        "{lines:?}"
    );
    let package = found
        .iter()
        .find(|found| found.text.contains("no-such-package"))
        .unwrap();
    assert!(package.notes[0].contains("npm install"), "{package}");
}

#[test]
fn a_service_worker_script_is_refused() {
    let project = project(&[(
        "src/index.ts",
        "// old\naddEventListener('fetch', (event) => event.respondWith(new Response('x')));\n",
    )]);
    let found = errors(&project);
    assert_eq!(found.len(), 1);
    let text = found[0].to_string();
    assert!(
        text.contains("service-worker script")
            && text.contains("src/index.ts:2:1")
            && text.contains("export default {"),
        "{text}"
    );
    project.write("src/index.ts", "console.log('hi')");
    assert!(errors(&project)[0].text.contains("exports nothing"));
}

#[test]
fn a_worker_without_a_default_export_is_fine() {
    let project = project(&[(
        "src/index.ts",
        "import { WorkflowEntrypoint } from 'cloudflare:workers';\nexport class A extends WorkflowEntrypoint {}",
    )]);
    assert_eq!(build(&project).exports, ["A"]);
}

#[test]
fn classes_that_are_not_exported_are_named() {
    let project = with_config(
        "\n\"workflows\": [{ \"binding\": \"A\", \"name\": \"a\", \"class_name\": \"Gone\" }, { \"binding\": \"B\", \"name\": \"b\", \"class_name\": \"B\" }, { \"binding\": \"C\", \"name\": \"c\", \"class_name\": \"C\", \"script_name\": \"other\" }]",
        &[(
            "src/index.ts",
            "import { WorkflowEntrypoint } from 'cloudflare:workers';\nexport class B extends WorkflowEntrypoint {}\nexport default {}",
        )],
    );
    let missing = bundle::missing_classes(&project.config(), &build(&project));
    assert_eq!(missing.len(), 1);
    let text = missing[0].to_string();
    assert!(text.contains("the class of the Workflow \"a\" is \"Gone\", which src/index.ts does not export (it exports B, default)"), "{text}");
    assert!(
        text.contains("wrangler.jsonc:2:60") && text.contains("export class Gone extends WorkflowEntrypoint"),
        "{text}"
    );
}

#[test]
fn node_modules_need_the_flag() {
    const CODE: &str = "import path from 'path';\nimport { readFile } from 'fs/promises';\nexport default { path, readFile }";
    let without = project(&[("src/index.ts", CODE)]);
    let found = errors(&without);
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(
        found[0].one_line(),
        "src/index.ts:1:18: Could not resolve \"path\""
    );
    assert!(found[0].notes[1].contains("nodejs_compat"), "{}", found[0]);

    let prefixed = project(&[(
        "src/index.ts",
        "import fs from \"node:fs\";\nimport { AsyncLocalStorage } from 'node:async_hooks';\nexport default { fs, AsyncLocalStorage }",
    )]);
    let found = errors(&prefixed);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0]
            .one_line()
            .starts_with("src/index.ts:1:16: The package \"node:fs\" wasn't found on the file system"),
        "{}",
        found[0]
    );

    let flags = "\"compatibility_date\": \"2026-07-01\", \"compatibility_flags\": [\"nodejs_compat\"]";
    let code = build(&with_config(flags, &[("src/index.ts", CODE)])).code;
    assert!(
        code.contains("from \"node:path\"") && code.contains("from \"node:fs/promises\""),
        "{code}"
    );
    // From 2026-08-04 on, the flag is the default.
    let code = build(&with_config(
        "\"compatibility_date\": \"2026-09-01\"",
        &[("src/index.ts", CODE)],
    ))
    .code;
    assert!(code.contains("from \"node:path\""), "{code}");
    let old = "\"compatibility_date\": \"2024-01-01\", \"compatibility_flags\": [\"nodejs_compat\"]";
    let found = errors(&with_config(old, &[("src/index.ts", CODE)]));
    assert!(found[0].notes[1].contains("2024-09-23"), "{}", found[0]);
}

#[test]
fn other_modules_come_along() {
    let project = project(&[
        (
            "src/index.ts",
            "import wasm from './a.wasm';\nimport again from './a.wasm?module';\nimport data from './d.bin';\nimport sql from './q.sql';\nexport default { wasm, again, data, sql }",
        ),
        ("src/q.sql", "select 1"),
        ("src/d.bin", "bytes"),
    ]);
    project.write("src/a.wasm", b"\0asm\x01\0\0\0");
    let bundle = build(&project);
    assert!(bundle.code.contains("select 1"));
    assert_eq!(bundle.modules.len(), 3, "{:?}", bundle.modules);
    for module in &bundle.modules {
        assert!(
            bundle.code.contains(&format!("\"./{}\"", module.name)),
            "{}: {}",
            module.name,
            bundle.code
        );
        let (kind, contents): (_, &[u8]) = if module.name.contains(".wasm") {
            (ModuleKind::Wasm, b"\0asm\x01\0\0\0")
        } else {
            (ModuleKind::Data, b"bytes")
        };
        assert_eq!((module.kind, module.contents.as_slice()), (kind, contents));
    }
}

#[test]
fn warnings_do_not_stop_it() {
    let project = project(&[("src/index.ts", "const a = { b: 1, b: 2 };\nexport default { a }")]);
    let bundle = build(&project);
    assert_eq!(bundle.warnings.len(), 1);
    assert_eq!(
        bundle.warnings[0].one_line(),
        "src/index.ts:1:19: Duplicate key \"b\" in object literal"
    );
}

#[test]
fn a_broken_tsconfig_or_esbuild_is_named() {
    let project = project(&[
        ("src/index.ts", "export default {}"),
        ("tsconfig.json", "{ \"compilerOptions\": "),
    ]);
    let found = errors(&project);
    assert_eq!(found[0].place.as_ref().unwrap().file, Path::new("tsconfig.json"));
    let error = bundle::build(
        &project.config(),
        Path::new("/nowhere/esbuild"),
        &support::packages(&project.config()),
    )
    .unwrap_err()
    .to_string();
    assert!(error.contains("/nowhere/esbuild"), "{error}");
}

/// CommonJS packages that require Node's modules, in the real runtime.
#[cfg(unix)]
#[test]
fn what_packages_require_works_in_workerd() {
    let project = with_config(
        "\"compatibility_date\": \"2026-07-01\", \"compatibility_flags\": [\"nodejs_compat\"]",
        &[
            (
                "src/index.ts",
                "import cjs from 'cjs';\nexport default {\n  async fetch(): Promise<Response> {\n    try {\n      cjs.fail();\n      return new Response('?');\n    } catch (error) {\n      return new Response(cjs.text + '|' + (error as Error).stack);\n    }\n  },\n};\n",
            ),
            ("node_modules/cjs/package.json", "{ \"name\": \"cjs\" }"),
            (
                "node_modules/cjs/index.js",
                "const Events = require('events');\nconst path = require('node:path');\nlet missing = 'none';\ntry { require('node:no_such') } catch (e) { missing = e.message }\ntry { require('not-installed/x') } catch (e) { missing += ',' + e.message }\nclass Mine extends Events {}\nexports.text = [new Mine() instanceof Events, path.join('a', 'b'), typeof require('buffer/').Buffer, missing].join();\nexports.fail = () => {\n  throw new Error('deliberate');\n};\n",
            ),
        ],
    );
    let bundle = build(&project);
    let answer = support::fetch(&project, &bundle);
    let mapper = Mapper::of(&bundle, &project.path());
    let answer = mapper.map_stack(&answer);
    assert!(
        answer.contains("true,a/b,function,No such module \"node:no_such\",No such module \"not-installed/x\"|Error: deliberate"),
        "{answer}"
    );
    assert!(answer.contains("(node_modules/cjs/index.js:9:9)"), "{answer}");
    assert!(answer.contains("(src/index.ts:5:11)"), "{answer}");
}
