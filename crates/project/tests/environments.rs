//! Named environments: what they inherit, and what is said about what they do not.
#![allow(clippy::unwrap_used)] // The helpers of a test are tests too.

mod support;

use stepwell_project::config::{self, Error, Loaded};
use support::Project;

fn load(project: &Project, environment: Option<&str>) -> Result<Loaded, Error> {
    config::load(config::Request {
        environment,
        ..project.request()
    })
}

/// The warnings without the directory.
fn warnings(project: &Project, loaded: &Loaded) -> Vec<String> {
    let prefix = format!("{}/", project.request().directory.display());
    let all = loaded.warnings.iter();
    all.map(|warning| warning.to_string().replace(&prefix, ""))
        .collect()
}

fn project(config: &str) -> Project {
    Project::new(&[
        ("wrangler.jsonc", config),
        ("src/index.ts", "export default {}"),
        ("src/other.ts", "export default {}"),
        ("public/a.txt", ""),
    ])
}

const FULL: &str = r#"{
"name": "app", "main": "src/index.ts", "compatibility_date": "2026-09-01",
"compatibility_flags": ["nodejs_compat"], "minify": true, "define": { "A": "1", "B": "2" },
"assets": { "directory": "public" }, "triggers": { "crons": ["0 0 * * *"] }, "limits": { "cpu_ms": 50 },
"build": { "command": "make" }, "dev": { "port": 9000 }, "alias": { "x": "y" },
"vars": { "TOP": "1", "BOTH": "top" },
"workflows": [{ "binding": "FLOW", "name": "flow", "class_name": "Flow" }],
"services": [{ "binding": "OTHER", "service": "other" }],
"durable_objects": { "bindings": [{ "name": "ROOM", "class_name": "Room" }] },
"migrations": [{ "tag": "v1", "new_sqlite_classes": ["Room"] }],
"kv_namespaces": [{ "binding": "KV", "id": "x" }],
"env": {
"staging": { "vars": { "BOTH": "env" }, "define": { "A": "3", "C": "4" }, "minify": false,
  "workflows": [{ "binding": "EXTRA", "name": "extra", "class_name": "Extra", "script_name": "app-staging" }],
  "durable_objects": { "bindings": [] }, "dev": {}, "nonsense": 1 },
"named": { "name": "own-name", "main": "src/other.ts", "vars": { "TOP": "1", "BOTH": "2" } },
"broken": { "vars": 3, "workflows": [{ "binding": "A" }], "name": 5 }
} }"#;

#[test]
fn an_environment_inherits_what_wrangler_says() {
    let project = project(FULL);
    let loaded = load(&project, Some("staging")).unwrap();
    let config = &loaded.config;
    assert_eq!(config.name, "app-staging");
    assert_eq!(config.environment.as_deref(), Some("staging"));
    // Inherited, or overridden.
    assert_eq!(config.main, Some(project.path().join("src/index.ts")));
    assert_eq!(config.compatibility_flags, ["nodejs_compat"]);
    assert_eq!(
        (config.crons.as_ref().map(Vec::len), config.limits.cpu_ms),
        (Some(1), Some(50))
    );
    assert!(config.assets.is_some() && config.bundling.build.is_some());
    assert!(!config.bundling.minify);
    assert_eq!(config.migrations.len(), 1);
    // The same for all.
    assert_eq!((config.dev.port, config.bundling.alias.len()), (Some(9000), 1));
    // Not inherited.
    assert_eq!(config.vars.len(), 1);
    assert_eq!(config.vars["BOTH"], "env");
    assert_eq!(config.bundling.define.len(), 2);
    assert_eq!(config.workflows.len(), 1);
    // The name of the Worker is that of the environment.
    assert_eq!(config.workflows[0].script_name, None);
    assert!(
        config.services.is_empty()
            && config.durable_objects.is_empty()
            && config.unsupported_bindings.is_empty()
    );

    let not_inherited = |key: &str| {
        format!(
            "\"{key}\" exists at the top level, but not on \"env.staging\". This is not what you probably want, since \"{key}\" is not inherited by environments. Please add \"{key}\" to \"env.staging\"."
        )
    };
    let mut expected = vec![
        format!("13:1: {}", not_inherited("services")),
        format!("13:1: {}", not_inherited("kv_namespaces")),
        "13:14: The following vars exist at the top level, but not on \"env.staging.vars\". This is probably not what you want, since \"vars\" configuration is not inherited by environments. Please add these vars to \"env.staging.vars\": TOP".to_owned(),
        "13:41: The following define entries exist at the top level, but not on \"env.staging.define\". This is probably not what you want, since \"define\" configuration is not inherited by environments. Please add these entries to \"env.staging.define\": B".to_owned(),
        "13:63: \"C\" exists on \"env.staging\", but not on the top level. This is not what you probably want, since \"define\" configuration within environments can only override existing top level \"define\" configuration. Please remove \"env.staging.define.C\", or add \"define.C\".".to_owned(),
        "14:3: There is a workflows binding with name \"FLOW\" at the top level, but not on \"env.staging\". This is not what you probably want, since \"workflows\" configuration is not inherited by environments. Please add a binding for \"FLOW\" to \"env.staging.workflows.bindings\".".to_owned(),
        "15:3: The following bindings are at the top level, but not on \"env.staging\". This is not what you probably want, since \"durable_objects\" configuration is not inherited by environments. Please add a binding for each to \"env.staging.durable_objects.bindings\": ROOM".to_owned(),
        "15:42: Unexpected fields found in env.staging field: \"dev\"".to_owned(),
        "15:53: Unexpected fields found in env.staging field: \"nonsense\"".to_owned(),
    ];
    for text in &mut expected {
        text.insert_str(0, "wrangler.jsonc:");
    }
    assert_eq!(warnings(&project, &loaded), expected);
}

#[test]
fn an_environment_may_have_its_own_name_and_none_is_chosen_by_itself() {
    let project = project(FULL);
    let named = load(&project, Some("named")).unwrap().config;
    assert_eq!(named.name, "own-name");
    assert_eq!(named.main, Some(project.path().join("src/other.ts")));
    for none in [None, Some("")] {
        let top = load(&project, none).unwrap();
        assert_eq!(
            (top.config.name.as_str(), &top.config.environment),
            ("app", &None)
        );
        assert_eq!(top.config.vars["TOP"], "1");
        let others = warnings(&project, &top);
        // wrangler dev says nothing of environments that were not asked for, not even of broken ones.
        assert!(
            others.iter().all(|text| text.contains("`kv_namespaces`")),
            "{others:?}"
        );
    }
}

#[test]
fn a_broken_environment_is_told_with_its_path() {
    let errors = load(&project(FULL), Some("broken")).unwrap_err();
    let texts: Vec<&str> = errors
        .diagnostics()
        .iter()
        .map(|found| found.text.as_str())
        .collect();
    let entry = r#"{"binding":"A"}"#;
    assert_eq!(
        texts,
        [
            "The field \"env.broken.vars\" should be an object but got 3.".to_owned(),
            format!(
                "\"env.broken.workflows[0]\" bindings should have a string \"name\" field but got {entry}."
            ),
            format!(
                "\"env.broken.workflows[0]\" bindings should have a string \"class_name\" field but got {entry}."
            ),
            "Expected \"name\" to be of type string, alphanumeric and lowercase with dashes only but got 5."
                .to_owned(),
        ]
    );
    // The top is checked too, and what is inherited is told once.
    let both = project(
        "{ \"name\": \"a\", \"main\": \"src/index.ts\",\n\"minify\": 1,\n\"vars\": 2,\n\"env\": { \"x\": {\n\"vars\": 3 } } }",
    );
    let errors = load(&both, Some("x")).unwrap_err();
    let lines: Vec<u32> = errors
        .diagnostics()
        .iter()
        .map(|found| found.place.as_ref().unwrap().line)
        .collect();
    assert_eq!(lines, [2, 3, 5], "{errors}");
}

#[test]
fn an_unknown_environment_is_an_error_with_the_known_ones() {
    let error = load(&project(FULL), Some("prod")).unwrap_err();
    let found = &error.diagnostics()[0];
    assert_eq!(
        found.text,
        "No environment found in configuration with name \"prod\"."
    );
    assert_eq!(found.place.as_ref().unwrap().line, 12);
    assert_eq!(
        found.notes,
        [
            "Before using `--env=prod` there should be an equivalent environment section in the configuration.",
            "The available configured environment names are: [\"staging\",\"named\",\"broken\"]",
            "Consider adding an environment configuration section to the wrangler.jsonc file: \"env\": { \"prod\": {} }",
        ]
    );
    // Without any environment it is a warning, and the Worker has the name all the same.
    let none = Project::new(&[
        (
            "wrangler.toml",
            "name = 'a'\nmain = 'i.js'\ncompatibility_date = '2026-09-01'\n[vars]\nA = 'x'\n",
        ),
        ("i.js", ""),
    ]);
    let loaded = load(&none, Some("prod")).unwrap();
    assert_eq!(
        (loaded.config.name.as_str(), loaded.config.vars.len()),
        ("a-prod", 1)
    );
    assert_eq!(
        warnings(&none, &loaded),
        [
            "wrangler.toml:1:1: No environment found in configuration with name \"prod\". Before using `--env=prod` there should be an equivalent environment section in the configuration. Consider adding an environment configuration section to the wrangler.toml file: [env.prod]"
        ]
    );
}

#[test]
fn custom_domains_are_not_taken_away_in_silence() {
    let project = project(
        "{ \"name\": \"a\", \"main\": \"src/index.ts\", \"compatibility_date\": \"2026-09-01\", \"routes\": [{ \"pattern\": \"a.com\", \"custom_domain\": true }],\n\"env\": { \"x\": {}, \"y\": { \"routes\": [] } } }",
    );
    let loaded = load(&project, Some("x")).unwrap();
    assert!(
        loaded.warnings[0]
            .text
            .contains("includes the custom domain(s): a.com."),
        "{loaded:?}"
    );
    assert_eq!(load(&project, Some("y")).unwrap().warnings, []);
}
