//! Where the variables of local development come from.
#![allow(clippy::unwrap_used)] // The helpers of a test are tests too.

mod support;

use std::collections::BTreeMap;
use std::path::PathBuf;

use stepwell_project::config::{self, Config, Error, Variables};
use support::Project;

const CONFIG: &str = r#"{ "name": "a", "main": "i.js", "compatibility_date": "2026-09-01", "vars": { "PLAIN": "1" },
"workflows": [{ "binding": "FLOW", "name": "flow", "class_name": "F" }], "env": { "staging": {} } }"#;

fn project(files: &[(&str, &str)]) -> Project {
    let project = Project::new(&[("wrangler.jsonc", CONFIG), ("i.js", "")]);
    for (name, content) in files {
        project.write(name, content);
    }
    project
}

fn config(project: &Project, environment: Option<&str>) -> Config {
    let request = config::Request {
        environment,
        ..project.request()
    };
    config::load(request).unwrap().config
}

fn read(project: &Project, environment: Option<&str>) -> Variables {
    config::variables(&config(project, environment), &[], &BTreeMap::new()).unwrap()
}

fn pairs(variables: &Variables) -> Vec<(&str, &str)> {
    let all = variables.secrets.iter();
    all.map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

fn process(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(own).collect()
}

#[test]
fn dev_vars_go_before_dot_env() {
    let project = project(&[
        (".dev.vars", "A=dev\nFLOW=no\n"),
        (".dev.vars.staging", "B=staging\n"),
        (".env", "A=env\nC=env\n"),
    ]);
    let found = read(&project, None);
    // A binding keeps its name.
    assert_eq!(pairs(&found), [("A", "dev")]);
    assert_eq!(found.sources, [".dev.vars"]);
    // The file of the environment stands for the other one, whole.
    let found = read(&project, Some("staging"));
    assert_eq!(pairs(&found), [("B", "staging")]);
    assert_eq!(found.sources, [".dev.vars.staging"]);
}

#[test]
fn dot_env_files_are_laid_over_each_other() {
    let project = project(&[
        (".env", "A=1\nB=1\nC=1\nD=1\nAB=${A}${B}\n"),
        (".env.local", "B=2\nC=2\nD=2\n"),
        (".env.staging", "C=3\nD=3\n"),
        (".env.staging.local", "D=4\n"),
    ]);
    let found = read(&project, Some("staging"));
    assert_eq!(
        pairs(&found),
        [("A", "1"), ("AB", "12"), ("B", "2"), ("C", "3"), ("D", "4")]
    );
    assert_eq!(
        found.sources,
        [".env", ".env.local", ".env.staging", ".env.staging.local"]
    );
    assert_eq!(pairs(&read(&project, None))[4], ("D", "2"));
}

#[test]
fn variables_of_the_process_decide() {
    let project = project(&[(".env", "A=file\nB=$HOME\n")]);
    let config = config(&project, None);
    let read = |pairs: &[(&str, &str)]| config::variables(&config, &[], &process(pairs));
    let off = read(&[("CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV", "FALSE")]).unwrap();
    assert_eq!(off, Variables::default());
    let alone = read(&[("A", "process"), ("HOME", "/h")]).unwrap();
    assert_eq!(pairs(&alone), [("A", "file"), ("B", "")]);
    let on = read(&[
        ("CLOUDFLARE_INCLUDE_PROCESS_ENV", "true"),
        ("A", "process"),
        ("HOME", "/h"),
    ])
    .unwrap();
    assert_eq!(&pairs(&on)[..2], [("A", "process"), ("B", "/h")]);
    assert_eq!(on.secrets["HOME"], "/h");
    assert_eq!(on.sources, [".env", "process.env"]);
    let wrong = read(&[("CLOUDFLARE_INCLUDE_PROCESS_ENV", "yes")]).unwrap_err();
    assert!(matches!(wrong, Error::Variable { .. }));
    assert_eq!(
        wrong.to_string(),
        "Expected CLOUDFLARE_INCLUDE_PROCESS_ENV to be \"true\" or \"false\", but got \"yes\""
    );
}

#[test]
fn named_files_stand_for_all_others() {
    let project = project(&[
        (".dev.vars", "A=1"),
        (".env", "B=1"),
        ("x/.env.one", "C=1\nD=1"),
        ("two", "D=2"),
    ]);
    let files = [
        PathBuf::from("x/.env.one"),
        PathBuf::from("two"),
        PathBuf::from("gone"),
    ];
    let found = config::variables(&config(&project, None), &files, &BTreeMap::new()).unwrap();
    assert_eq!(pairs(&found), [("C", "1"), ("D", "2")]);
}

#[test]
fn required_secrets_are_the_only_ones() {
    let project = project(&[(".dev.vars", "A=1\nPLAIN=2\nOTHER=3\n")]);
    project.write(
        "wrangler.jsonc",
        CONFIG.replace(
            "\"env\"",
            "\"secrets\": { \"required\": [\"A\", \"B\", \"C\"] }, \"env\"",
        ),
    );
    let found = read(&project, None);
    assert_eq!(pairs(&found), [("A", "1"), ("PLAIN", "2")]);
    assert_eq!(
        found.missing.unwrap(),
        "Missing required secrets: B, C. Add them to .dev.vars, .env, or set as environment variables."
    );
    // Without .dev.vars the process has them.
    std::fs::remove_file(project.path().join(".dev.vars")).unwrap();
    let process = process(&[("A", "1"), ("B", "2"), ("C", "3"), ("HOME", "/h")]);
    let found = config::variables(&config(&project, None), &[], &process).unwrap();
    assert_eq!(pairs(&found), [("A", "1"), ("B", "2"), ("C", "3")]);
    assert_eq!(found.missing, None);
}

#[test]
fn bad_lines_are_told_with_their_place() {
    let project = project(&[(".dev.vars", "A=1\noops\n")]);
    let found = read(&project, None);
    assert_eq!(pairs(&found), [("A", "1")]);
    let place = &found.warnings[0].place;
    assert_eq!((place.line, place.column), (2, 1));
    assert!(place.file.ends_with(".dev.vars"));
}
