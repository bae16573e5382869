//! What the keys that are used become.
#![allow(clippy::unwrap_used)] // The helpers of a test are tests too.

mod support;

use stepwell_project::config::{Dev, RuleKind, RunWorkerFirst};
use support::Project;

fn project(body: &str) -> Project {
    let text = format!(
        "{{ \"name\": \"app\", \"main\": \"src/index.ts\", \"compatibility_date\": \"2026-09-01\",\n{body} }}"
    );
    Project::new(&[
        ("wrangler.jsonc", &text),
        ("src/index.ts", "export default {}"),
        ("public/a.txt", ""),
    ])
}

#[test]
fn bundling() {
    let project = project(
        r#""rules": [{ "type": "Text", "globs": ["**/*.md"], "fallthrough": true }, { "type": "Data", "globs": [] }],
"define": { "VERSION": "'1'" }, "alias": { "a": "./b" }, "tsconfig": "ts/tsconfig.json", "jsx_factory": "h",
"jsx_fragment": "F", "minify": true, "keep_names": false, "no_bundle": true, "find_additional_modules": false,
"base_dir": "src", "preserve_file_names": true,
"build": { "command": "make all", "cwd": "tools", "watch_dir": ["./src", "schema"] }"#,
    );
    assert_eq!(project.warnings(), Vec::<String>::new());
    let (root, found) = (project.path(), project.config().bundling);
    assert_eq!(
        (found.rules[0].kind, found.rules[0].fallthrough),
        (RuleKind::Text, Some(true))
    );
    assert_eq!(
        (found.rules[1].kind, found.rules[1].fallthrough),
        (RuleKind::Data, None)
    );
    assert_eq!(found.rules[0].globs, ["**/*.md"]);
    assert_eq!(
        (found.define["VERSION"].as_str(), found.alias["a"].as_str()),
        ("'1'", "./b")
    );
    assert_eq!(found.tsconfig, Some(root.join("ts/tsconfig.json")));
    assert_eq!(found.base_dir, Some(root.join("src")));
    assert_eq!(
        (found.jsx_factory.as_deref(), found.jsx_fragment.as_deref()),
        (Some("h"), Some("F"))
    );
    assert!(found.minify && !found.keep_names && found.no_bundle && found.preserve_file_names);
    assert_eq!(found.find_additional_modules, Some(false));
    let build = found.build.unwrap();
    assert_eq!(
        (build.command.as_str(), build.directory),
        ("make all", root.join("tools"))
    );
    assert_eq!(build.watch, [root.join("src"), root.join("schema")]);
}

#[test]
fn a_build_command_makes_the_entry_file() {
    let project = project("\"build\": { \"command\": \"make\" }");
    std::fs::remove_file(project.path().join("src/index.ts")).unwrap();
    let config = project.config();
    assert_eq!(config.main, Some(project.path().join("src/index.ts")));
    let build = config.bundling.build.unwrap();
    assert_eq!(
        (build.directory, build.watch),
        (project.path(), vec![project.path().join("src")])
    );
}

#[test]
fn an_entry_file_may_be_named_without_its_extension() {
    let project = project("\"minify\": false");
    project.write("wrangler.jsonc", "{ \"name\": \"a\", \"main\": \"src/index\" }");
    assert_eq!(project.config().main, Some(project.path().join("src/index.ts")));
    project.write("wrangler.jsonc", "{ \"name\": \"a\", \"main\": \"src\" }");
    let error = project.load().unwrap_err();
    assert_eq!(
        error.diagnostics()[0].notes[0],
        "Did you mean to set the main field to: \"src/index.ts\""
    );
}

#[test]
fn assets() {
    let with = project(
        r#""assets": { "directory": "public", "binding": "FILES", "html_handling": "none", "not_found_handling": "404-page",
"run_worker_first": ["/api/*", "!/api/docs"] }"#,
    );
    let found = with.config().assets.unwrap();
    assert_eq!(
        (found.directory, found.binding.as_deref()),
        (with.path().join("public"), Some("FILES"))
    );
    assert_eq!(
        (
            found.html_handling.as_deref(),
            found.not_found_handling.as_deref()
        ),
        (Some("none"), Some("404-page"))
    );
    assert_eq!(
        found.run_worker_first,
        RunWorkerFirst::Patterns(vec!["/api/*".into(), "!/api/docs".into()])
    );
    let only = project("\"minify\": false");
    only.write("wrangler.jsonc", "{ \"name\": \"a\", \"compatibility_date\": \"2026-09-01\", \"assets\": { \"directory\": \"public\" } }");
    let config = only.config();
    assert_eq!((config.main, only.warnings()), (None, Vec::new()));
    let first = project("\"assets\": { \"directory\": \"public\", \"run_worker_first\": true }");
    assert!(first.warnings()[0].contains("run_worker_first=true set without an assets binding"));
    for (patterns, text) in [
        ("[]", "No `run_worker_first` rules were provided"),
        (
            "[\"!/a\"]",
            "Only negative `run_worker_first` rules were provided",
        ),
        ("[\"a\"]", "'a': rules must start with '/' or '!/'"),
    ] {
        let bad = project(&format!(
            "\"assets\": {{ \"directory\": \"public\", \"run_worker_first\": {patterns} }}"
        ));
        assert!(bad.errors()[0].contains(text), "{:?}", bad.errors());
    }
}

#[test]
fn what_is_bound_and_how_it_listens() {
    let project = project(
        r#""services": [{ "binding": "A", "service": "app", "entrypoint": "Admin", "props": { "level": 3 } }],
"version_metadata": { "binding": "VERSION" }, "triggers": { "crons": ["*/5 * * * *"] }, "secrets": { "required": ["KEY"] },
"dev": { "ip": "0.0.0.0", "port": 0, "local_protocol": "https", "upstream_protocol": "https", "inspector_port": 9230, "host": "app.example.com" },
"routes": [{ "pattern": "*.example.com/*", "zone_name": "example.com" }]"#,
    );
    assert_eq!(project.warnings(), Vec::<String>::new());
    let config = project.config();
    let service = &config.services[0];
    assert_eq!(
        (service.service.as_str(), service.entrypoint.as_deref()),
        ("app", Some("Admin"))
    );
    assert_eq!(service.props, Some(serde_json::json!({ "level": 3 })));
    assert_eq!(config.version_metadata.as_deref(), Some("VERSION"));
    assert_eq!(config.crons, Some(vec!["*/5 * * * *".to_owned()]));
    assert_eq!(config.required_secrets, Some(vec!["KEY".to_owned()]));
    let expected = Dev {
        ip: Some("0.0.0.0".to_owned()),
        port: Some(0),
        https: true,
        host: Some("app.example.com".to_owned()),
        upstream_https: Some(true),
        inspector_port: Some(9230),
    };
    assert_eq!(config.route_host.as_deref(), Some("example.com"));
    assert_eq!(config.dev, expected);
}
