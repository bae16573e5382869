//! Modules that are no code, code that is not bundled, and the options of bundling.
#![allow(clippy::unwrap_used)] // The helpers of a test are tests too.
#![cfg(unix)]

mod support;

use stepwell_project::Diagnostic;
use stepwell_project::bundle::{self, Bundle, ModuleKind};
use stepwell_project::config::{Bundling, Config, CustomBuild, Rule, RuleKind};
use stepwell_project::sourcemap::Mapper;
use support::{Project, esbuild};

fn project(main: &str, files: &[(&str, &str)]) -> Project {
    let project = Project::new(files);
    project.write(
        "wrangler.jsonc",
        format!("{{\n  \"name\": \"app\", \"main\": \"{main}\", \"compatibility_date\": \"2026-07-01\"\n}}"),
    );
    project
}

fn config(project: &Project, bundling: Bundling) -> Config {
    Config {
        bundling,
        ..project.config()
    }
}

fn build(config: &Config) -> Bundle {
    bundle::build(config, &esbuild(), &support::packages(config)).unwrap_or_else(|error| panic!("{error}"))
}

fn errors(config: &Config) -> Vec<String> {
    let built = bundle::build(config, &esbuild(), &support::packages(config));
    let error = built.expect_err("it should be refused");
    let found = error.diagnostics();
    assert!(!found.is_empty(), "{error}");
    found.iter().map(Diagnostic::one_line).collect()
}

fn rule(project: &Project, kind: RuleKind, glob: &str, fallthrough: Option<bool>) -> Rule {
    Rule {
        kind,
        globs: vec![glob.to_owned()],
        fallthrough,
        place: stepwell_project::Place {
            file: project.path().join("wrangler.jsonc"),
            line: 2,
            column: 3,
        },
    }
}

fn answers(project: &Project, bundle: &Bundle, expected: &str) {
    let answer = support::fetch(project, bundle);
    assert!(answer.contains(expected), "{answer}\n{}", bundle.code);
}

const WASM: &[u8] = b"\0asm\x01\0\0\0";

#[test]
fn rules_make_texts_bytes_and_webassembly_of_files() {
    let project = project(
        "src/index.ts",
        &[
            (
                "src/index.ts",
                "import page from './page.md';\nimport raw from './q.sql?raw';\nimport licence from './legal/LICENSE';\nimport client from './client/app.js';\nimport font from 'fonts/a.ttf';\nimport wasm from './a.wasm?module';\nimport { inner } from './deep/inner';\nimport settings from './settings.json';\nimport cjs from 'cjs';\nconst lazy = await import('./deep/b.bin');\nexport default { fetch: () => new Response([page, raw, licence, client, font.byteLength, wasm instanceof WebAssembly.Module, inner, settings.a, lazy.default.byteLength, cjs].map(String).map((x) => x.trim()).join('|')) };\n",
            ),
            ("src/page.md", "# page"),
            ("src/q.sql", "select 1"),
            ("src/legal/LICENSE", "do what you want"),
            ("src/client/app.js", "this is no JavaScript worth bundling()"),
            ("src/settings.json", "{ \"a\": 5 }"),
            (
                "src/deep/inner.ts",
                "import page from '../page.md';\nimport licence from '../legal/LICENSE';\nexport const inner = page + licence.length;",
            ),
            ("src/deep/b.bin", "123"),
            ("node_modules/fonts/package.json", "{ \"name\": \"fonts\" }"),
            ("node_modules/fonts/a.ttf", "1234567"),
            ("node_modules/cjs/package.json", "{ \"name\": \"cjs\" }"),
            (
                "node_modules/cjs/index.js",
                "module.exports = require('../fonts/a.ttf').byteLength + require('./note.txt');",
            ),
            ("node_modules/cjs/note.txt", "note"),
        ],
    );
    project.write("src/a.wasm", WASM);
    // Legible to esbuild, so that only the rule keeps it out of the bundle.
    project.write("src/client/app.js", "alert('client')");
    let bundling = Bundling {
        rules: vec![
            rule(&project, RuleKind::Text, "**/*.md", Some(true)),
            rule(&project, RuleKind::Text, "**/legal/*", Some(true)),
            rule(&project, RuleKind::Text, "**/client/*.js", Some(true)),
            rule(&project, RuleKind::Data, "**/*.ttf", Some(true)),
        ],
        ..Bundling::default()
    };
    let bundle = build(&config(&project, bundling.clone()));
    assert_eq!(bundle.warnings, []);
    let kinds = |bundle: &Bundle| {
        let mut all: Vec<_> = bundle
            .modules
            .iter()
            .map(|module| {
                (
                    module.name.rsplit(['/', '-']).next().unwrap().to_owned(),
                    module.kind,
                )
            })
            .collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    };
    let expected = [
        ("LICENSE", ModuleKind::Text),
        ("a.ttf", ModuleKind::Data),
        ("a.wasm?module", ModuleKind::Wasm),
        ("app.js", ModuleKind::Text),
        ("b.bin", ModuleKind::Data),
    ];
    assert_eq!(
        kinds(&bundle),
        expected.map(|(name, kind)| (name.to_owned(), kind))
    );
    assert!(bundle.inputs.contains(&project.path().join("src/legal/LICENSE")));
    let answer = "# page|select 1|do what you want|alert('client')|7|true|# page16|5|3|7note";
    answers(&project, &bundle, answer);

    // The same minified (where names must not move the source map), and with the names of the files.
    let minified = build(&config(
        &project,
        Bundling {
            minify: true,
            ..bundling.clone()
        },
    ));
    answers(&project, &minified, answer);
    assert!(minified.code.len() < bundle.code.len());
    let preserved = build(&config(
        &project,
        Bundling {
            preserve_file_names: true,
            ..bundling
        },
    ));
    answers(&project, &preserved, answer);
    let names: Vec<_> = preserved
        .modules
        .iter()
        .map(|module| module.name.as_str())
        .collect();
    assert!(
        names.contains(&"legal/LICENSE") && names.contains(&"deep/b.bin"),
        "{names:?}"
    );
}

/// wrangler lets an import of such a file through; `exports` hide what is code all the same.
#[test]
fn packages_need_not_export_what_rules_make_modules_of() {
    let files = [
        (
            "node_modules/pkg/package.json",
            "{ \"name\": \"pkg\", \"exports\": { \".\": \"./index.js\" } }",
        ),
        ("node_modules/pkg/index.js", "export default 1;"),
        ("node_modules/pkg/words/hidden.txt", "found"),
        (
            "src/deep/index.ts",
            "import text from 'pkg/words/hidden.txt';\nexport default { fetch: () => new Response(text) };",
        ),
    ];
    let project = project("src/deep/index.ts", &files);
    let config = config(&project, Bundling::default());
    answers(&project, &build(&config), "found");
    for missing in ["pkg/words/other.txt", "pkg/index.js"] {
        project.write(
            "src/deep/index.ts",
            format!("import x from '{missing}';\nexport default x;"),
        );
        let found = errors(&config);
        assert!(
            found[0].contains(&format!("Could not resolve \"{missing}\"")),
            "{found:?}"
        );
    }
}

#[test]
fn a_rule_that_no_longer_holds_is_warned_about_and_refuses_imports() {
    let project = project(
        "src/index.ts",
        &[
            (
                "src/index.ts",
                "import page from './page.html';\nexport default { page }",
            ),
            ("src/page.html", "<p>"),
        ],
    );
    let rules = vec![rule(&project, RuleKind::Text, "**/*.md", None)];
    let with = |rules| {
        config(
            &project,
            Bundling {
                rules,
                ..Bundling::default()
            },
        )
    };
    assert_eq!(
        errors(&with(rules.clone())),
        [
            "src/index.ts:1:18: The file ./page.html matched a module rule in your configuration ({\"type\":\"Text\",\"globs\":[\"**/*.txt\",\"**/*.html\",\"**/*.sql\"]}), but was ignored because a previous rule with the same type was not marked as `fallthrough = true`."
        ]
    );
    project.write("src/index.ts", "export default {}");
    let bundle = build(&with(rules));
    assert_eq!(bundle.warnings.len(), 1);
    let text = bundle.warnings[0].to_string();
    assert!(
        text.contains("does not have a fallback") && text.contains("wrangler.jsonc:2:3"),
        "{text}"
    );
}

#[test]
fn options_of_bundling_reach_the_code() {
    let project = project(
        "src/index.tsx",
        &[
            (
                "src/index.tsx",
                "import { name } from 'other';\nimport { path } from '~/lib';\nconst h = (tag: string) => tag + '!';\nconst Fragment = 'f';\ndeclare const VERSION: string, LIMITS: { a: number };\nfunction longName() {}\nexport default { fetch: () => new Response([name, path, <b/>, <></>, VERSION, LIMITS.a, longName.name, process.env.NODE_ENV].join('|')) };\n",
            ),
            ("src/replacement.ts", "export const name = 'replaced';"),
            ("src/paths/lib.ts", "export const path = 'by path';"),
            (
                "build.json",
                "{ \"compilerOptions\": { \"paths\": { \"~/*\": [\"./src/paths/*\"] } } }",
            ),
        ],
    );
    let bundling = Bundling {
        alias: [("other".to_owned(), "./src/replacement.ts".to_owned())].into(),
        define: [
            ("VERSION".to_owned(), "\"1.2\"".to_owned()),
            ("LIMITS".to_owned(), "{ \"a\": 3 }".to_owned()),
            ("process.env.NODE_ENV".to_owned(), "'mine'".to_owned()),
        ]
        .into(),
        tsconfig: Some(project.path().join("build.json")),
        jsx_factory: Some("h".to_owned()),
        jsx_fragment: Some("Fragment".to_owned()),
        minify: true,
        ..Bundling::default()
    };
    let bundle = build(&config(&project, bundling.clone()));
    answers(&project, &bundle, "replaced|by path|b!|f!|1.2|3|longName|mine");
    assert!(bundle.inputs.contains(&project.path().join("build.json")));

    let bad = Bundling {
        tsconfig: Some(project.path().join("gone.json")),
        ..bundling.clone()
    };
    let found = errors(&config(&project, bad));
    assert!(
        found[0].contains("Cannot find tsconfig file") && found[0].contains("gone.json"),
        "{found:?}"
    );
    let bad = Bundling {
        define: [("A".to_owned(), "b c".to_owned())].into(),
        ..bundling.clone()
    };
    let found = errors(&config(&project, bad));
    assert!(
        found[0].contains("\"define.A\"") && found[0].contains("b c"),
        "{found:?}"
    );
    let bad = Bundling {
        alias: [("./here".to_owned(), "x".to_owned())].into(),
        ..bundling
    };
    let found = errors(&config(&project, bad));
    assert!(
        found[0].contains("\"alias\"") && found[0].contains("./here"),
        "{found:?}"
    );
}

#[test]
fn without_bundling_files_are_modules_as_they_are() {
    let map = "{\"version\":3,\"sources\":[\"../src/util.ts\"],\"names\":[],\"mappings\":\"AAEI\"}";
    let project = project(
        "dist/index.js",
        &[
            (
                "dist/index.js",
                "import { fail } from './lib/util.js';\nimport cjs from './old.cjs';\nimport text from './a.txt';\nexport * from './flow.js';\nexport default { fetch: async () => { try { fail() } catch (e) { return new Response([cjs.x, text, (await import('./lib/lazy.js')).default, e.stack].join('|')) } } };\n",
            ),
            (
                "dist/lib/util.js",
                "export function fail() { throw new Error('x') }\n//# sourceMappingURL=util.js.map\n\n",
            ),
            ("dist/lib/util.js.map", map),
            ("dist/lib/lazy.js", "export default 'lazy'"),
            ("dist/flow.js", "export class Flow {}"),
            ("dist/old.cjs", "exports.x = 'cjs'"),
            ("dist/a.txt", "text"),
            ("dist/.wrangler/tmp.js", "nothing"),
            ("outside.js", "export {}"),
        ],
    );
    let rules = vec![
        rule(&project, RuleKind::EsModule, "**/*.js", None),
        rule(&project, RuleKind::CommonJs, "**/*.cjs", None),
    ];
    let bundling = Bundling {
        rules,
        no_bundle: true,
        ..Bundling::default()
    };
    let mut bundle = build(&config(&project, bundling.clone()));
    assert_eq!(bundle.name, "index.js");
    assert_eq!(bundle.exports, ["Flow", "default"]);
    let names: Vec<_> = bundle.modules.iter().map(|module| module.name.as_str()).collect();
    assert_eq!(
        names,
        ["a.txt", "flow.js", "lib/lazy.js", "lib/util.js", "old.cjs"]
    );
    let answer = support::fetch(&project, &bundle);
    assert!(answer.contains("cjs|text|lazy|Error: x"), "{answer}");
    let mapped = Mapper::of(&bundle, &project.path()).map_stack(&answer);
    assert!(
        mapped.contains("at fail (dist/src/util.ts:3:5)") || mapped.contains("at fail (src/util.ts:3:5)"),
        "{mapped}"
    );

    // Names begin at the base directory.
    let based = Bundling {
        base_dir: Some(project.path()),
        rules: vec![
            rule(&project, RuleKind::EsModule, "dist/**/*.js", None),
            rule(&project, RuleKind::CommonJs, "**/*.cjs", None),
        ],
        ..bundling.clone()
    };
    bundle = build(&config(&project, based));
    assert_eq!(bundle.name, "dist/index.js");
    assert!(
        bundle
            .modules
            .iter()
            .any(|module| module.name == "dist/lib/util.js")
    );
    answers(&project, &bundle, "cjs|text|lazy|Error: x");
}

#[test]
fn what_unbundled_code_lacks_is_named() {
    let project = project(
        "dist/index.js",
        &[
            (
                "dist/index.js",
                "import { a } from './lib/a.js';\nexport default { a }",
            ),
            ("dist/lib/a.js", "export const a = 1"),
        ],
    );
    let bundling = Bundling {
        no_bundle: true,
        ..Bundling::default()
    };
    let found = errors(&config(&project, bundling.clone()));
    assert_eq!(
        found,
        ["dist/index.js:1:19: \"./lib/a.js\" is imported, but no module rule includes dist/lib/a.js"]
    );
    let off = Bundling {
        find_additional_modules: Some(false),
        rules: vec![rule(&project, RuleKind::EsModule, "**/*.js", None)],
        ..bundling.clone()
    };
    assert_eq!(errors(&config(&project, off)), found);
    let double = Bundling {
        rules: vec![
            rule(&project, RuleKind::EsModule, "**/*.js", None),
            rule(&project, RuleKind::Text, "**/a.*", None),
        ],
        ..bundling.clone()
    };
    let bundle = build(&config(&project, double));
    assert!(
        bundle
            .warnings
            .iter()
            .any(|warning| warning.text == "Ignoring duplicate module: lib/a.js (text)"),
        "{:?}",
        bundle.warnings
    );

    project.write("dist/index.js", "module.exports = { fetch() {} }");
    assert!(errors(&config(&project, bundling.clone()))[0].contains("CommonJS"));
    project.write("dist/index.js", "");
    assert!(errors(&config(&project, bundling.clone()))[0].contains("is empty"));
    project.write("dist/index.js", "export default {");
    assert!(errors(&config(&project, bundling.clone()))[0].starts_with("dist/index.js:1:"));
    project.write("dist/index.ts", "export default {}");
    let typed = Config {
        main: Some(project.path().join("dist/index.ts")),
        ..config(&project, bundling)
    };
    assert!(errors(&typed)[0].contains("not JavaScript"));
}

#[test]
fn additional_modules_stay_outside_of_the_bundle() {
    let project = project(
        "src/index.ts",
        &[
            (
                "src/index.ts",
                "import { inner } from './deep/inner';\nimport en from './lang/en.mjs';\nexport default { fetch: async () => { const all = []; for (const name of ['en', 'de']) all.push((await import(`./lang/${name}.mjs`)).default); return new Response([inner, en, ...all, new Error('x').stack].join('|')) } };\n",
            ),
            (
                "src/deep/inner.ts",
                "import de from '../lang/de.mjs';\nexport const inner: string = 'inner ' + de;",
            ),
            ("src/lang/en.mjs", "export default 'hello'"),
            ("src/lang/de.mjs", "export default 'hallo'"),
        ],
    );
    let bundling = Bundling {
        find_additional_modules: Some(true),
        rules: vec![rule(&project, RuleKind::EsModule, "lang/*.mjs", None)],
        ..Bundling::default()
    };
    for minify in [false, true] {
        let bundle = build(&config(
            &project,
            Bundling {
                minify,
                ..bundling.clone()
            },
        ));
        let names: Vec<_> = bundle.modules.iter().map(|module| module.name.as_str()).collect();
        assert_eq!(names, ["lang/de.mjs", "lang/en.mjs"]);
        assert!(!bundle.code.contains("hallo"));
        let answer = support::fetch(&project, &bundle);
        assert!(answer.contains("inner hallo|hello|hello|hallo"), "{answer}");
        // Linking must not move the source map.
        let mapped = Mapper::of(&bundle, &project.path()).map_stack(&answer);
        let source = std::fs::read_to_string(project.path().join("src/index.ts")).unwrap();
        let column = source.lines().nth(2).unwrap().find("new Error").unwrap() + 1;
        assert!(
            mapped.contains(&format!("(src/index.ts:3:{column})")),
            "{column}: {mapped}"
        );
    }
    let based = Bundling {
        base_dir: Some(project.path()),
        rules: vec![rule(&project, RuleKind::EsModule, "src/lang/*.mjs", None)],
        ..bundling
    };
    let bundle = build(&config(&project, based));
    assert_eq!(bundle.name, "src/index.js");
    answers(&project, &bundle, "inner hallo|hello|hello|hallo");
}

#[test]
fn a_project_of_assets_alone_has_a_worker_without_handlers() {
    let project = project("src/index.ts", &[("src/index.ts", "export default {}")]);
    let bundle = build(&Config {
        main: None,
        ..project.config()
    });
    assert_eq!(
        (bundle.code.as_str(), bundle.exports.len()),
        ("export default {};\n", 0)
    );
}

#[test]
fn a_main_file_that_is_not_there_is_explained() {
    let project = project(
        "src/index.ts",
        &[
            ("src/index.ts", "export default {}"),
            ("lib/worker.ts", ""),
            ("pages/x", ""),
        ],
    );
    let with_main = |main: &str| Config {
        main: Some(project.path().join(main)),
        ..project.config()
    };
    let message = |config: &Config| {
        let error = bundle::build(config, &esbuild(), &support::packages(config)).unwrap_err();
        error.diagnostics()[0].to_string()
    };
    let text = message(&with_main("lib"));
    assert!(
        text.contains("The provided entry-point path, \"lib\", points to a directory, rather than a file.")
            && text.contains("main = \"./lib/worker.ts\""),
        "{text}"
    );
    assert!(message(&with_main("pages")).contains("\"assets\""));
    let text = message(&with_main("gone.ts"));
    assert!(
        text.contains("The entry-point file at \"gone.ts\" was not found."),
        "{text}"
    );
    let mut built = with_main("gone.ts");
    built.bundling.build = Some(custom(&project, "true"));
    let text = message(&built);
    assert!(text.contains("The expected output file at \"gone.ts\" was not found after running custom build: true.") && text.contains("The `main` property in your wrangler.jsonc file should point to the file generated by the custom build."), "{text}");
    assert_eq!(build(&with_main("src/index")).exports, ["default"]);
}

fn custom(project: &Project, command: &str) -> CustomBuild {
    CustomBuild {
        command: command.to_owned(),
        directory: project.path(),
        watch: vec![project.path().join("src")],
        place: rule(project, RuleKind::Text, "", None).place,
    }
}

async fn run(build: &CustomBuild) -> (Result<(), bundle::Error>, Vec<String>) {
    let lines = std::sync::Mutex::new(Vec::new());
    let done = bundle::run_custom_build(build, &|line| lines.lock().unwrap().push(line.to_owned())).await;
    (done, lines.into_inner().unwrap())
}

#[tokio::test]
async fn a_build_command_makes_the_main_file() {
    let project = project("src/index.ts", &[("src/index.ts", "export default {}")]);
    let command = "mkdir -p dist && echo building for $WRANGLER_COMMAND && echo 'export default {}; export class Made {}' > dist/made.js";
    let (done, lines) = run(&custom(&project, command)).await;
    done.unwrap();
    assert_eq!(
        lines,
        [format!("Running: {command}"), "building for dev".to_owned()]
    );
    let mut config = Config {
        main: Some(project.path().join("dist/made.js")),
        ..project.config()
    };
    config.bundling.build = Some(custom(&project, command));
    let bundle = build(&config);
    assert_eq!(bundle.exports, ["Made", "default"]);
    // What the command writes must not start it again.
    assert_eq!(bundle.inputs, [project.path().join("src/index.ts")]);

    let (done, lines) = run(&custom(&project, "echo no >&2; exit 3")).await;
    let text = done.unwrap_err().to_string();
    assert!(
        text.starts_with("Running custom build `echo no >&2; exit 3` failed")
            && text.ends_with("There are likely more logs from your build command above."),
        "{text}"
    );
    assert_eq!(lines[1], "no");
}

#[tokio::test]
async fn a_build_command_ends_with_whoever_started_it() {
    let project = project("src/index.ts", &[("src/index.ts", "export default {}")]);
    let build = custom(&project, "(sleep 600 & echo $! ; wait)");
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let line = move |line: &str| {
        let _ = tell.send(line.to_owned());
    };
    let child = {
        let mut running = Box::pin(bundle::run_custom_build(&build, &line));
        loop {
            tokio::select! {
                _ = &mut running => panic!("it ended by itself"),
                line = told.recv() => {
                    if let Ok(id) = line.unwrap().parse::<i32>() {
                        break id;
                    }
                }
            }
        }
    };
    // The process is gone, or a zombie until somebody reaps it.
    let stat = format!("/proc/{child}/stat");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while std::fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z ")) {
        assert!(std::time::Instant::now() < deadline, "{child} still runs");
        tokio::task::yield_now().await;
    }
}
