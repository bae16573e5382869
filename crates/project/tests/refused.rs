//! What is said about configurations that wrangler refuses: its own words, with the place, all of them at once.
#![allow(clippy::unwrap_used)] // The helpers of a test are tests too.

mod support;

use std::collections::BTreeMap;

use stepwell_project::config;
use support::Project;

/// What every case has, so that nothing else is wrong.
const BASE: &str = r#""name":"w","main":"src/index.ts","compatibility_date":"2026-09-01""#;

/// What is added to [`BASE`] on the second line, and what is said about it.
const ADDED: &[(&str, &[&str])] = &[
    (
        r#""compatibility_flags":"nodejs_compat""#,
        &["2:23: Expected \"compatibility_flags\" to be of type string array but got \"nodejs_compat\"."],
    ),
    (
        r#""vars":"x""#,
        &["2:8: The field \"vars\" should be an object but got \"x\"."],
    ),
    (
        r#""secrets":{"required":["A",5]}"#,
        &["2:28: Expected \"secrets.required.[1]\" to be of type string but got 5."],
    ),
    (
        r#""define":{"X":1}"#,
        &["2:15: The field \"define.X\" should be a string but got 1."],
    ),
    (
        r#""alias":{"a":1}"#,
        &["2:14: Expected alias[\"a\"] to be a string, but got number"],
    ),
    (
        r#""rules":[{"type":"Txt","globs":["*.md"]}]"#,
        &[
            "2:18: \"rules[0]\": bindings should have a string \"type\" field, which contains one of \"ESModule\", \"CommonJS\", \"CompiledWasm\", \"Text\", or \"Data\".",
        ],
    ),
    (
        r#""rules":[{"type":"Text"}]"#,
        &["2:10: Expected \"rules[0].globs\" to be an array of strings but got undefined"],
    ),
    (
        r#""minify":"yes""#,
        &["2:10: Expected \"minify\" to be of type boolean but got \"yes\"."],
    ),
    (
        r#""build":{"command":["a"]}"#,
        &["2:20: Expected \"build.command\" to be of type string but got [\"a\"]."],
    ),
    (
        r#""services":[{"binding":"S"}]"#,
        &[
            "2:13: \"services[0]\" bindings should have a string \"service\" field but got {\"binding\":\"S\"}.",
        ],
    ),
    (
        r#""services":{"binding":"S"}"#,
        &["2:12: The field \"services\" should be an array but got {\"binding\":\"S\"}."],
    ),
    (
        r#""assets":{"directory":"public"}"#,
        &[
            "2:23: The directory specified by the \"assets.directory\" field in your configuration file does not exist: …/public",
        ],
    ),
    (
        r#""assets":{"directory":"src","html_handling":"nope"}"#,
        &[
            "2:45: Expected \"assets.html_handling\" field to be one of [\"auto-trailing-slash\",\"force-trailing-slash\",\"drop-trailing-slash\",\"none\"] but got \"nope\".",
        ],
    ),
    (
        r#""assets":{"binding":"A"}"#,
        &["2:1: The `assets` property in your configuration is missing the required `directory` property."],
    ),
    (
        r#""assets":{"directory":"src","run_worker_first":3}"#,
        &[
            "2:48: The field \"assets.run_worker_first\" should be an array of strings or a boolean, but got 3.",
        ],
    ),
    (
        r#""triggers":{"crons":"* * * * *"}"#,
        &["2:21: Expected \"triggers.crons\" to be of type array, but got {\"crons\":\"* * * * *\"}."],
    ),
    (
        r#""version_metadata":{}"#,
        &["2:20: \"version_metadata\": binding should have a string \"binding\" field."],
    ),
    (
        r#""dev":{"local_protocol":"ftp"}"#,
        &["2:25: Expected \"dev.local_protocol\" field to be one of [\"http\",\"https\"] but got \"ftp\"."],
    ),
    (
        r#""dev":{"port":"80"}"#,
        &["2:15: Expected \"dev.port\" to be of type number but got \"80\"."],
    ),
    (
        r#""durable_objects":{"bindings":[{"name":"A"}]}"#,
        &["2:32: \"durable_objects.bindings[0]\": binding should have a string \"class_name\" field."],
    ),
    (
        r#""durable_objects":{"bindings":[{"name":"A","class_name":"B","environment":"x"}]}"#,
        &[
            "2:61: \"durable_objects.bindings[0]\": binding should have a \"script_name\" field if \"environment\" is present.",
        ],
    ),
    (
        r#""workflows":[{"binding":"A","name":"a"}]"#,
        &[
            "2:14: \"workflows[0]\" bindings should have a string \"class_name\" field but got {\"binding\":\"A\",\"name\":\"a\"}.",
        ],
    ),
    (
        r#""migrations":[{"new_sqlite_classes":["A"]}]"#,
        &["2:15: \"migrations[0].tag\" is a required field."],
    ),
    (
        r#""migrations":[{"tag":"v1","new_sqlite_classes":["A"]}],"exports":{"A":{"type":"durable-object","storage":"sqlite"}}"#,
        &[
            "2:1: `migrations` and `exports` are mutually exclusive. Choose one or the other to declare your Durable Object lifecycle, but not both.",
        ],
    ),
    (
        r#""exports":{"A":{"type":"thing"}}"#,
        &[
            "2:24: \"exports.A.type\" must be \"durable-object\", \"worker\", or \"workflow\", but got \"thing\".",
        ],
    ),
    (
        r#""routes":[{"pattern":"x"}]"#,
        &[
            "2:11: Expected \"routes\" to be an array of either strings or objects with the shape { pattern, custom_domain, zone_id | zone_name, enabled, previews_enabled }, but these weren't valid: {\"pattern\":\"x\"}.",
        ],
    ),
    (
        r#""routes":["a"],"route":"b""#,
        &["2:1: Expected exactly one of the following fields [\"routes\",\"route\"]."],
    ),
    (
        r#""placement":{"mode":"quick"}"#,
        &[
            "2:21: Expected \"placement.mode\" field to be one of [\"off\",\"smart\",\"targeted\"] but got \"quick\".",
        ],
    ),
    (
        r#""observability":{}"#,
        &[
            "2:17: \"observability.enabled\" or \"observability.logs.enabled\" or \"observability.traces.enabled\" or \"observability.issues.enabled\" is required.",
        ],
    ),
    (
        r#""limits":{"cpu_ms":"fast"}"#,
        &["2:20: Expected \"limits.cpu_ms\" to be of type number but got \"fast\"."],
    ),
    (
        r#""kv_namespaces":[{"id":"x"}]"#,
        &[
            "2:18: \"kv_namespaces[0]\" bindings should have a string \"binding\" field but got {\"id\":\"x\"}.",
        ],
    ),
    (
        r#""d1_databases":{"binding":"D"}"#,
        &["2:16: The field \"d1_databases\" should be an array but got {\"binding\":\"D\"}."],
    ),
    (
        r#""queues":[]"#,
        &["2:10: The field \"queues\" should be an object but got []."],
    ),
    (
        r#""ai":{}"#,
        &["2:6: \"ai\": binding should have a string \"binding\" field."],
    ),
    (
        r#""legacy_env":true"#,
        &[
            "2:1: The \"legacy_env\" field is no longer supported, so please remove it from your configuration file.",
        ],
    ),
    (
        r#""node_compat":true"#,
        &[
            "2:1: The \"node_compat\" field is no longer supported as of Wrangler v4. Instead, use the `nodejs_compat` compatibility flag. This includes the functionality from legacy `node_compat` polyfills and natively implemented Node.js APIs. See https://developers.cloudflare.com/workers/runtime-apis/nodejs for more information.",
        ],
    ),
];

/// Whole files, with the environment, and what is said about them.
const WHOLE: &[(&str, Option<&str>, &[&str])] = &[
    (
        r#"{
"name":"Bad Name","main":"src/index.ts"}"#,
        None,
        &[
            "2:8: Expected \"name\" to be of type string, alphanumeric and lowercase with dashes only but got \"Bad Name\".",
        ],
    ),
    (
        r#"{"name":"w",
"main":3}"#,
        None,
        &["2:8: Expected \"main\" to be of type string but got 3."],
    ),
    (
        r#"{"name":"w",
"main":"src/gone.ts"}"#,
        None,
        &["2:8: The entry-point file at \"src/gone.ts\" was not found."],
    ),
    (
        r#"{"name":"w",
"main":"src"}"#,
        None,
        &["2:8: The provided entry-point path, \"src\", points to a directory, rather than a file."],
    ),
    (
        r#"{"name":"w"}"#,
        None,
        &["1:1: Missing entry-point to Worker script or to assets directory"],
    ),
    (
        r#"{"name":"w","main":"src/index.ts",
"compatibility_date":"soon"}"#,
        None,
        &[
            "2:22: \"compatibility_date\" field should be a valid ISO-8601 date (YYYY-MM-DD), but got \"soon\".",
        ],
    ),
    (
        r#"{"name":"w","main":"src/index.ts",
"compatibility_date":"2024–01–01"}"#,
        None,
        &[
            "2:22: \"compatibility_date\" field should use ISO-8601 accepted hyphens (-) rather than en-dashes (–) or em-dashes (—).",
        ],
    ),
    (
        r#"{BASE,
"env":{"staging":{},"production":{}}}"#,
        Some("stagin"),
        &["2:1: No environment found in configuration with name \"stagin\"."],
    ),
    (
        r#"{BASE,"env":{"staging":{
"vars":3}}}"#,
        Some("staging"),
        &["2:8: The field \"env.staging.vars\" should be an object but got 3."],
    ),
    (
        r#"{"name":"w","compatibility_date":"2026-09-01",
"assets":{"directory":"src","binding":"A"}}"#,
        None,
        &["2:39: Cannot use assets with a binding in an assets-only Worker."],
    ),
    (
        r#"{BASE,"workflows":[{"binding":"A","name":"a","class_name":"A"},
{"binding":"B","name":"a","class_name":"A"}]}"#,
        None,
        &[
            "2:23: \"workflows\" bindings must have unique \"name\" values; duplicate(s) found: \"a\" (the first is on line 1)",
        ],
    ),
    (
        r#"{BASE,"vars":{"A":"1"},
"kv_namespaces":[{"binding":"A","id":"x"}]}"#,
        None,
        &["2:29: A assigned to Environment Variable and KV Namespace bindings (the first is on line 1)."],
    ),
    (
        r#"{"name":"w"
"main":"x"}"#,
        None,
        &["1:12: …/wrangler.jsonc is not valid JSON: Expected comma"],
    ),
];

fn said(text: &str, environment: Option<&str>) -> Vec<String> {
    let project = Project::new(&[("wrangler.jsonc", text), ("src/index.ts", "export default {}")]);
    let directory = project.request().directory.display().to_string();
    let request = config::Request {
        environment,
        ..project.request()
    };
    let error = config::load(request).unwrap_err();
    let found = error.diagnostics().iter();
    found
        .map(|found| {
            let line = found
                .one_line()
                .replace(&format!("{directory}/wrangler.jsonc:"), "");
            line.replace(&directory, "…")
        })
        .collect()
}

#[test]
fn every_refusal_has_a_place_and_wranglers_words() {
    for (body, expected) in ADDED {
        assert_eq!(said(&format!("{{{BASE},\n{body}}}"), None), *expected, "{body}");
    }
    for (text, environment, expected) in WHOLE {
        assert_eq!(
            said(&text.replace("BASE", BASE), *environment),
            *expected,
            "{text}"
        );
    }
}

/// Values that a key may have by mistake.
const VALUES: [&str; 17] = [
    "null",
    "true",
    "-1.5",
    "1e999",
    "\"\"",
    "\"x\"",
    "[]",
    "[null]",
    "[\"x\", 1]",
    "[[]]",
    "{}",
    "[{}]",
    "{ \"x\": null }",
    "{ \"x\": { \"type\": \"durable-object\", \"state\": 1 } }",
    "[{ \"binding\": 1, \"name\": [], \"class_name\": {}, \"tag\": 2, \"type\": null, \"pattern\": 1 }]",
    "{ \"bindings\": [1, { \"name\": 1 }], \"crons\": [1], \"producers\": [1], \"required\": {}, \"command\": \"\", \"watch_dir\": [1] }",
    "{ \"directory\": 1, \"binding\": 1, \"mode\": 1, \"hint\": 1, \"logs\": 1, \"port\": 1e9, \"run_worker_first\": [1, \"x\", \"!y\"] }",
];

/// The keys that [`config`] knows, from the source of its table.
fn keys() -> Vec<String> {
    let table = include_str!("../src/config/keys.rs");
    let table = table.split_once("fn treatment(").unwrap().1;
    let table = table.split_once("_ => return None").unwrap().0;
    table
        .split('"')
        .skip(1)
        .step_by(2)
        .filter(|key| !key.contains(' '))
        .map(str::to_owned)
        .collect()
}

/// Whatever a key says, there is an answer, and every error has a place.
#[test]
fn no_value_of_any_key_makes_it_panic() {
    let keys = keys();
    assert!(keys.len() > 90, "{keys:?}");
    let project = Project::new(&[("src/index.ts", "export default {}")]);
    for value in VALUES {
        let set = |key: &&String| format!("\"{key}\": {value}");
        let all = keys.iter().filter(|key| *key != "env");
        let all: Vec<String> = all.map(|key| set(&key)).collect();
        check(&project, &format!("{{ {} }}", all.join(",\n")));
        check(
            &project,
            &format!("{{ {BASE}, \"env\": {{ \"e\": {{ {} }} }} }}", all.join(",\n")),
        );
        // Those that decide what happens to the others, by themselves.
        for key in [
            "env",
            "name",
            "main",
            "assets",
            "vars",
            "workflows",
            "durable_objects",
            "migrations",
        ] {
            let one = set(&&key.to_owned());
            check(&project, &format!("{{ \"name\": \"w\", {one} }}"));
            check(
                &project,
                &format!("{{ {BASE}, \"{key}\": [], \"env\": {{ \"e\": {{ {one} }} }} }}"),
            );
            check(
                &project,
                &format!("{{ {BASE}, \"env\": {{ \"e\": {value} }}, {one} }}"),
            );
        }
    }
}

fn check(project: &Project, text: &str) {
    project.write("wrangler.json", text);
    for environment in [None, Some("e")] {
        let request = config::Request {
            environment,
            ..project.request()
        };
        match config::load(request) {
            Ok(loaded) => drop(config::variables(&loaded.config, &[], &BTreeMap::new()).unwrap()),
            Err(error) => {
                assert!(!error.diagnostics().is_empty(), "{text}: {error}");
                assert!(
                    error.diagnostics().iter().all(|found| found.place.is_some()),
                    "{text}"
                );
            }
        }
    }
}
