//! Which file is read: the search upward, scripts, and the redirections of build tools.
#![allow(clippy::unwrap_used)] // The helpers of a test are tests too.

mod support;

use std::collections::BTreeMap;
use std::path::Path;

use stepwell_project::config::{self, Error, Loaded};
use support::Project;

const CODE: &str = "export default {}";

fn load(directory: &Path, file: Option<&Path>, environment: Option<&str>) -> Result<Loaded, Error> {
    config::load(config::Request {
        directory,
        file,
        environment,
    })
}

fn config(name: &str) -> String {
    format!("{{ \"name\": \"{name}\", \"main\": \"index.js\", \"compatibility_date\": \"2026-09-01\" }}")
}

#[test]
fn the_search_goes_upward_name_by_name() {
    let project = Project::new(&[
        ("wrangler.jsonc", &config("above")),
        ("index.js", CODE),
        ("sub/deep/x.txt", ""),
    ]);
    let deep = project.path().join("sub/deep");
    let loaded = load(&deep, None, None).unwrap();
    assert_eq!(loaded.config.name, "above");
    assert_eq!(loaded.config.project_dir, project.path());
    assert_eq!(loaded.path, Some(project.path().join("wrangler.jsonc")));
    assert_eq!(
        loaded.notes,
        [format!(
            "Using the configuration {}/wrangler.jsonc",
            project.path().display()
        )]
    );
    assert!(load(&project.path(), None, None).unwrap().notes.is_empty());
    // As with wrangler, a name that comes first is looked for everywhere before the next.
    project.write("sub/deep/wrangler.toml", "name = 'near'\nmain = '../../index.js'");
    assert_eq!(load(&deep, None, None).unwrap().config.name, "above");
    project.write(
        "sub/deep/wrangler.jsonc",
        config("near").replace("index.js", "../../index.js"),
    );
    assert_eq!(load(&deep, None, None).unwrap().config.name, "near");
}

#[test]
fn a_script_stands_for_a_directory() {
    let project = Project::new(&[("src/index.ts", CODE), ("src/other.ts", CODE)]);
    let script = project.path().join("src/other.ts");
    let alone = load(&script, None, None).unwrap();
    assert_eq!(
        (alone.config.name.as_str(), &alone.config.main),
        ("worker", &Some(script.clone()))
    );
    assert_eq!(alone.config.compatibility_date, "2026-11-17");
    assert_eq!((alone.path, alone.warnings), (None, Vec::new()));
    assert!(
        alone.notes[0].contains("No wrangler configuration found"),
        "{:?}",
        alone.notes
    );
    // It is the configuration's `main`, which need not even be there.
    project.write("wrangler.jsonc", config("app"));
    let loaded = load(&script, None, None).unwrap();
    assert_eq!(
        (loaded.config.name.as_str(), &loaded.config.main),
        ("app", &Some(script.clone()))
    );
    let explicit = load(&script, Some(&project.path().join("wrangler.jsonc")), None).unwrap();
    assert_eq!(explicit.config.main, Some(script));
}

/// What Cloudflare's Vite plugin leaves.
fn built() -> Project {
    let generated = r#"{ "configPath": "x", "userConfigPath": "y", "topLevelName": "app", "definedEnvironments": ["staging"],
"legacy_env": true, "name": "app-staging", "main": "index.js", "targetEnvironment": "staging", "no_bundle": true,
"compatibility_date": "2026-09-01", "rules": [{ "type": "ESModule", "globs": ["**/*.js", "**/*.mjs"] }],
"triggers": {}, "assets": { "directory": "../client" }, "vars": {}, "durable_objects": { "bindings": [] }, "workflows": [],
"migrations": [], "kv_namespaces": [], "cloudchamber": {}, "send_email": [], "queues": { "producers": [], "consumers": [] },
"r2_buckets": [], "logfwdr": { "bindings": [] }, "observability": { "enabled": true },
"python_modules": { "exclude": ["**/*.pyc"] }, "unsafe": {}, "tail_consumers": [], "jsx_factory": "React.createElement",
"dev": { "ip": "localhost", "local_protocol": "http", "upstream_protocol": "http", "enable_containers": true, "generate_types": false } }"#;
    Project::new(&[
        ("wrangler.jsonc", &config("app")),
        (
            ".wrangler/deploy/config.json",
            r#"{"configPath":"../../dist/app/wrangler.json","auxiliaryWorkers":[]}"#,
        ),
        ("dist/app/wrangler.json", generated),
        ("dist/app/index.js", CODE),
        ("dist/client/a.txt", ""),
        (".dev.vars", "A=1"),
    ])
}

#[test]
fn a_redirection_is_followed() {
    let project = built();
    let root = project.path();
    let loaded = load(&root, None, None).unwrap();
    assert_eq!(loaded.warnings, []);
    let config = &loaded.config;
    assert_eq!(config.name, "app-staging");
    assert_eq!(loaded.path, Some(root.join("dist/app/wrangler.json")));
    assert_eq!(loaded.redirected_from, Some(root.join("wrangler.jsonc")));
    assert_eq!(config.main, Some(root.join("dist/app/index.js")));
    assert_eq!(config.project_dir, root);
    assert_eq!(
        config.assets.as_ref().unwrap().directory.canonicalize().unwrap(),
        root.join("dist/client")
    );
    assert!(config.bundling.no_bundle);
    assert_eq!(loaded.notes[0], "Using redirected Wrangler configuration.");
    for name in [
        "wrangler.jsonc",
        ".wrangler/deploy/config.json",
        "dist/app/wrangler.json",
        ".dev.vars",
        ".env.local",
    ] {
        assert!(
            loaded.watched.contains(&root.join(name)),
            "{name} in {:?}",
            loaded.watched
        );
    }
    // The variables lie beside the user's file.
    let variables = config::variables(config, &[], &BTreeMap::new()).unwrap();
    assert_eq!(variables.secrets["A"], "1");
    // A file that is named is that file.
    let explicit = load(&root, Some(&root.join("dist/app/wrangler.json")), None);
    assert!(
        explicit
            .unwrap_err()
            .to_string()
            .contains("\"legacy_env\" field is no longer supported")
    );
}

#[test]
fn a_redirection_was_built_for_its_environment() {
    let project = built();
    let same = load(&project.path(), None, Some("staging")).unwrap();
    assert_eq!(same.config.name, "app-staging");
    let other = load(&project.path(), None, Some("production")).unwrap_err();
    let found = &other.diagnostics()[0];
    assert!(
        found
            .text
            .starts_with("You have specified the environment \"production\" via the `--env/-e` CLI argument")
    );
    assert_eq!(
        found.notes[0],
        "This does not match the target environment \"staging\" that was used when building the application."
    );
    project.write(
        "dist/app/wrangler.json",
        "{ \"name\": \"a\", \"main\": \"index.js\",\n\"env\": { \"x\": {} } }",
    );
    let error = load(&project.path(), None, None).unwrap_err();
    assert!(
        error.diagnostics()[0].one_line().contains("wrangler.json:2:1: Redirected configurations cannot include environments but the following have been found: x"),
        "{error}"
    );
}

#[test]
fn a_redirection_that_leads_nowhere_says_why() {
    let project = built();
    let file = ".wrangler/deploy/config.json";
    for (content, place, text) in [
        (
            "{ \"configPath\": }",
            "1:",
            "Failed to parse the deploy configuration file at",
        ),
        (
            "{}",
            "1:1: ",
            "But this is not valid - the required \"configPath\" property was not found.",
        ),
        (
            "{\n\"configPath\": \"gone.json\" }",
            "2:15: ",
            "But the redirected configuration path it points to, ",
        ),
    ] {
        project.write(file, content);
        let error = load(&project.path(), None, None).unwrap_err();
        let line = error.diagnostics()[0].one_line();
        assert!(
            line.contains(&format!("config.json:{place}")) && line.contains(text),
            "{line}"
        );
    }
    // Not beside the user's file.
    let project = built();
    project.write("sub/wrangler.jsonc", config("sub"));
    let error = load(&project.path().join("sub"), None, None)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("But these do not share the same base path so it is not clear which should be used."),
        "{error}"
    );
}
