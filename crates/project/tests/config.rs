//! Loads configurations, good and bad, in JSONC and TOML.
#![allow(clippy::unwrap_used)] // The helpers of a test are tests too.

mod support;

use std::path::Path;

use stepwell_project::config::{self, Retention};
use support::Project;

const CODE: &str = "export default {}";

fn jsonc(body: &str) -> Project {
    Project::new(&[("wrangler.jsonc", body), ("src/index.ts", CODE)])
}

fn toml(body: &str) -> Project {
    Project::new(&[("wrangler.toml", body), ("src/index.ts", CODE)])
}

const FULL_JSONC: &str = r#"{
  // What people have.
  "$schema": "node_modules/wrangler/config-schema.json",
  "name": "orders",
  "main": "src/index.ts",
  "compatibility_date": "2026-09-01",
  "compatibility_flags": ["nodejs_compat"],
  "vars": { "GREETING": "hi", "LIMITS": { "max": 3 }, "N": 1.5 },
  "workflows": [
    {
      "binding": "ORDERS", "name": "orders-flow", "class_name": "Orders",
      "limits": { "steps": 500 }, "concurrency": { "limit": 10 },
      "schedules": ["*/5 * * * *", "0 3 * * MON"],
      "default_retention": { "success_retention": 60000, "error_retention": "3 days" },
      "jurisdiction": "eu",
    },
    { "binding": "OTHER", "name": "other", "class_name": "Other", "schedules": "0 0 1 * *", "script_name": "orders" },
  ],
  "durable_objects": { "bindings": [{ "name": "ROOM", "class_name": "Room" }] },
  "migrations": [{ "tag": "v1", "new_sqlite_classes": ["Hall"] }, { "tag": "v2", "renamed_classes": [{ "from": "Hall", "to": "Room" }] }],
  "limits": { "cpu_ms": 60000 },
  "observability": { "enabled": true },
  "dev": { "port": 9000 },
}"#;

const FULL_TOML: &str = r#"
name = "orders"
main = "src/index.ts"
compatibility_date = "2026-09-01"
compatibility_flags = ["nodejs_compat"]

[vars]
GREETING = "hi"
LIMITS = { max = 3 }
N = 1.5

[[workflows]]
binding = "ORDERS"
name = "orders-flow"
class_name = "Orders"
schedules = ["*/5 * * * *", "0 3 * * MON"]
jurisdiction = "eu"
limits = { steps = 500 }
[workflows.concurrency]
limit = 10
[workflows.default_retention]
success_retention = 60_000
error_retention = "3 days"

[[workflows]]
binding = "OTHER"
name = "other"
class_name = "Other"
schedules = "0 0 1 * *"
script_name = "orders"

[[durable_objects.bindings]]
name = "ROOM"
class_name = "Room"

[[migrations]]
tag = "v1"
new_sqlite_classes = ["Hall"]

[[migrations]]
tag = "v2"
[[migrations.renamed_classes]]
from = "Hall"
to = "Room"

[limits]
cpu_ms = 60000

[observability]
enabled = true

[dev]
port = 9000
"#;

fn load(directory: &Path, file: Option<&Path>) -> Result<config::Loaded, config::Error> {
    config::load(config::Request {
        directory,
        file,
        environment: None,
    })
}

#[test]
fn reads_the_same_from_jsonc_and_toml() {
    for project in [jsonc(FULL_JSONC), toml(FULL_TOML)] {
        let warnings = project.warnings();
        let of_keys =
            |warning: &String| warning.contains("`workflows[") && warning.contains("is not supported by");
        assert!(warnings.iter().all(of_keys), "{warnings:?}");
        assert_eq!(warnings.len(), 4, "{warnings:?}");
        let config = project.config();
        assert_eq!(config.name, "orders");
        assert_eq!(config.main, Some(project.path().join("src/index.ts")));
        assert_eq!(config.project_dir, project.path());
        assert_eq!(config.compatibility_flags, ["nodejs_compat"]);
        assert_eq!(config.vars["GREETING"], "hi");
        assert_eq!(config.vars["LIMITS"], serde_json::json!({ "max": 3 }));
        assert_eq!(config.vars["N"], serde_json::json!(1.5));
        let orders = &config.workflows[0];
        assert_eq!(
            (orders.binding.as_str(), orders.name.as_str()),
            ("ORDERS", "orders-flow")
        );
        assert_eq!(
            (orders.limits_steps, orders.concurrency_limit),
            (Some(500), Some(10))
        );
        assert_eq!(orders.schedules, ["*/5 * * * *", "0 3 * * MON"]);
        assert_eq!(
            orders.default_retention,
            Retention {
                success_ms: Some(60_000),
                error_ms: Some(259_200_000)
            }
        );
        assert_eq!(orders.jurisdiction.as_deref(), Some("eu"));
        // The Worker's own name is no other Worker.
        assert_eq!(config.workflows[1].script_name, None);
        assert_eq!(config.workflows[1].schedules, ["0 0 1 * *"]);
        let classes = config.durable_object_classes();
        assert_eq!(classes.len(), 1);
        assert_eq!(
            (classes[0].class_name.as_str(), classes[0].sqlite),
            ("Room", true)
        );
        assert_eq!(config.limits.cpu_ms, Some(60_000));
        assert_eq!(config.dev.port, Some(9000));
        assert_eq!(config.unsupported_bindings, []);
    }
}

#[test]
fn prefers_files_as_wrangler_does() {
    let project =
        jsonc("{\"name\":\"second\",\"main\":\"src/index.ts\",\"compatibility_date\":\"2026-09-01\"}");
    project.write("wrangler.toml", "name = 'third'\nmain = 'src/index.ts'\n");
    assert_eq!(project.config().name, "second");
    project.write(
        "wrangler.json",
        "{\"name\":\"first\", /* c */ \"main\":\"src/index.ts\"}",
    );
    assert_eq!(project.config().name, "first");
    let explicit = load(&project.path(), Some(&project.path().join("wrangler.toml"))).unwrap();
    assert_eq!(explicit.config.name, "third");
}

#[test]
fn says_what_it_looked_for() {
    let project = Project::new(&[("src/index.ts", CODE)]);
    let text = project.load().unwrap_err().to_string();
    for part in [
        "wrangler.json, wrangler.jsonc and wrangler.toml",
        "-c",
        "`stepwell init`",
        "stepwell dev src/index.ts",
    ] {
        assert!(text.contains(part), "{text}");
    }
    let missing = load(&project.path().join("nowhere"), None)
        .unwrap_err()
        .to_string();
    assert!(missing.contains("nowhere does not exist"), "{missing}");
    project.write("notes.md", "");
    let file = load(&project.path().join("notes.md"), None)
        .unwrap_err()
        .to_string();
    assert!(file.contains("is a file that is no script"), "{file}");
    let script = load(&project.path().join("src/gone.ts"), None)
        .unwrap_err()
        .to_string();
    assert!(script.contains("src/gone.ts\" was not found"), "{script}");
    let explicit = load(&project.path(), Some(Path::new("/nowhere/w.toml")))
        .unwrap_err()
        .to_string();
    assert!(
        explicit.contains("no configuration file /nowhere/w.toml"),
        "{explicit}"
    );
    let kind = load(&project.path(), Some(&project.path().join("src/index.ts"))).unwrap_err();
    assert!(
        kind.to_string().contains("must end in .json, .jsonc or .toml"),
        "{kind}"
    );
}

#[test]
fn points_at_broken_syntax() {
    for (project, place) in [
        (
            jsonc("{\n  \"name\": \"a\"\n  \"main\": \"b\"\n}"),
            "wrangler.jsonc:",
        ),
        (jsonc("{\n  \"name\": "), "wrangler.jsonc:2:"),
        (jsonc(""), "wrangler.jsonc:1:1: "),
        (
            jsonc("[]"),
            "wrangler.jsonc:1:1: a wrangler configuration is an object",
        ),
        (toml("name = \"a\"\nmain = \n"), "wrangler.toml:2:"),
        (toml("name = \"a\"\n[vars\n"), "wrangler.toml:2:"),
        (toml("name = \"a\"\nname = \"b\"\n"), "wrangler.toml:2:1: "),
    ] {
        let errors = project.errors();
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert!(errors[0].starts_with(place), "{place} in {errors:?}");
        assert!(!errors[0].contains('\n'), "{errors:?}");
    }
    let project = Project::new(&[]);
    project.write("wrangler.toml", b"name = \"a\"\nmain = \"\xff\"\n");
    assert!(
        project.errors()[0].starts_with("wrangler.toml:2:9: "),
        "{:?}",
        project.errors()
    );
}

#[test]
fn main_must_be_there() {
    for (project, expected) in [
        (
            jsonc("{\n  \"name\": \"a\"\n}"),
            "wrangler.jsonc:1:1: Missing entry-point to Worker script or to assets directory",
        ),
        (
            jsonc("{\n  \"main\": \"src/gone.ts\"\n}"),
            "wrangler.jsonc:2:11: The entry-point file at \"src/gone.ts\" was not found.",
        ),
        (
            toml("name = \"a\"\nmain = \"src/gone.ts\"\n"),
            "wrangler.toml:2:8: The entry-point file at \"src/gone.ts\" was not found.",
        ),
        (
            jsonc("{ \"main\": \"src\" }"),
            "wrangler.jsonc:1:11: The provided entry-point path, \"src\", points to a directory, rather than a file.",
        ),
        (
            jsonc("{ \"main\": 3 }"),
            "wrangler.jsonc:1:11: Expected \"main\" to be of type string but got 3.",
        ),
    ] {
        let errors = project.errors();
        assert!(errors[0].starts_with(expected), "{expected} in {errors:?}");
    }
}

#[test]
fn names_are_unique() {
    let project = toml(
        "main = \"src/index.ts\"\n[[workflows]]\nbinding = \"A\"\nname = \"same\"\nclass_name = \"A\"\n\n[[workflows]]\nbinding = \"B\"\nname = \"same\"\nclass_name = \"B\"\n",
    );
    assert_eq!(
        project.errors(),
        [
            "wrangler.toml:9:8: \"workflows\" bindings must have unique \"name\" values; duplicate(s) found: \"same\" (the first is on line 2)"
        ]
    );
    let project = jsonc(
        "{ \"main\": \"src/index.ts\",\n\"vars\": { \"A\": 1 },\n\"kv_namespaces\": [{ \"binding\": \"K\" }, { \"binding\": \"K\" }],\n\"workflows\": [{ \"binding\": \"A\", \"name\": \"n\", \"class_name\": \"C\" }] }",
    );
    assert_eq!(
        project.errors(),
        [
            "wrangler.jsonc:3:52: K assigned to multiple KV Namespace bindings (the first is on line 3).",
            "wrangler.jsonc:4:28: A assigned to Environment Variable and Workflow bindings (the first is on line 2).",
        ]
    );
}

#[test]
fn other_keys_are_checked() {
    for (body, expected) in [
        (
            "\"name\": \"Not Valid\"",
            "Expected \"name\" to be of type string, alphanumeric and lowercase with dashes only but got \"Not Valid\".",
        ),
        (
            "\"compatibility_date\": \"soon\"",
            "\"compatibility_date\" field should be a valid ISO-8601 date (YYYY-MM-DD), but got \"soon\".",
        ),
        (
            "\"compatibility_date\": 2026",
            "Expected \"compatibility_date\" to be of type string but got 2026.",
        ),
        (
            "\"compatibility_flags\": \"nodejs_compat\"",
            "Expected \"compatibility_flags\" to be of type string array but got \"nodejs_compat\".",
        ),
        (
            "\"vars\": []",
            "The field \"vars\" should be an object but got [].",
        ),
        (
            "\"limits\": { \"cpu_ms\": -5 }",
            "\"limits.cpu_ms\" field must be a positive integer but got -5.",
        ),
        (
            "\"triggers\": { \"crons\": [\"* * *\"] }",
            "\"triggers.crons[0]\": \"* * *\" is not a valid cron expression: it has 3 fields",
        ),
        (
            "\"durable_objects\": { \"bindings\": {} }",
            "The field \"durable_objects.bindings\" should be an array but got {}.",
        ),
        (
            "\"durable_objects\": { \"bindings\": [{ \"name\": \"A\" }] }",
            "\"durable_objects.bindings[0]\": binding should have a string \"class_name\" field.",
        ),
        (
            "\"migrations\": [{ \"new_classes\": [] }]",
            "\"migrations[0].tag\" is a required field",
        ),
        (
            "\"migrations\": [{ \"tag\": \"a\" }, { \"tag\": \"a\" }]",
            "\"migrations[1]\" has the tag \"a\", which an earlier migration has already.",
        ),
        (
            "\"migrations\": [{ \"tag\": \"a\", \"deleted_classes\": [\"X\"] }]",
            "\"migrations[0]\": the class \"X\", which is deleted, does not exist at this point",
        ),
        (
            "\"migrations\": [{ \"tag\": \"a\", \"renamed_classes\": [1] }]",
            "Expected \"migrations[0].renamed_classes\" to be an array of",
        ),
        (
            "\"dev\": { \"port\": 70000 }",
            "\"dev.port\" must be a port number from 0 to 65535 but got 70000.",
        ),
    ] {
        let errors = jsonc(&format!("{{\n{body},\n\"main\": \"src/index.ts\" }}")).errors();
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert!(
            errors[0].starts_with("wrangler.jsonc:2:") && errors[0].contains(expected),
            "{expected} in {errors:?}"
        );
    }
    let date =
        toml("main = \"src/index.ts\"\ncompatibility_date = 2026-01-01\n[vars]\nD = 2026-01-02\n").errors();
    assert_eq!(
        date[0],
        "wrangler.toml:2:22: Expected \"compatibility_date\" to be of type string but got a TOML date (2026-01-01)."
    );
    assert!(
        date[1].starts_with("wrangler.toml:4:5: The field \"vars.D\" is a TOML date"),
        "{date:?}"
    );
}

#[test]
fn dates_are_filled_in_and_clamped() {
    let none = jsonc("{ \"name\": \"a\", \"main\": \"src/index.ts\" }");
    assert_eq!(none.config().compatibility_date, "2026-11-17");
    assert!(
        none.warnings()[0].contains("No compatibility_date was specified"),
        "{:?}",
        none.warnings()
    );
    let newer =
        jsonc("{ \"name\": \"a\", \"main\": \"src/index.ts\",\n\"compatibility_date\": \"2027-01-01\" }");
    assert_eq!(newer.config().compatibility_date, "2026-11-17");
    assert_eq!(
        newer.warnings(),
        [
            "wrangler.jsonc:2:23: The latest compatibility date supported by this workerd is 2026-11-17, but 2027-01-01 was requested; 2026-11-17 is used"
        ]
    );
}

#[test]
fn nothing_is_ignored_in_silence() {
    let project = jsonc(
        r#"{
"name": "app", "main": "src/index.ts", "compatibility_date": "2026-09-01",
"containers": [{ "image": "x:1" }],
"kv_namespaces": [{ "binding": "CACHE", "id": "x" }],
"ai": { "binding": "AI" },
"queues": { "producers": [{ "binding": "Q", "queue": "q" }], "consumers": [{ "queue": "q" }] },
"dev": { "host": "example.com", "generate_types": true, "nonsense": 1 },
"exports": { "Far": { "type": "worker" } },
"workflow": [],
"wasm_modules": { "W": "w.wasm" },
"triggers": { "events": [1] },
"services": [{ "binding": "S", "service": "s", "remote": true, "environment": "e", "extra": 1 }],
"durable_objects": { "bindings": [{ "name": "DO", "class_name": "X", "script_name": "other" }, { "name": "OWN", "class_name": "Own" }] },
"workflows": [{ "binding": "FAR", "name": "far", "class_name": "Far", "script_name": "other" }],
"account_id": "x", "workers_dev": true, "observability": { "enabled": true }, "routes": ["example.com/*"],
"cloudchamber": {}, "logfwdr": { "bindings": [] }, "unsafe": {}, "tail_consumers": []
}"#,
    );
    let expected = [
        "3:1: `containers` is not supported by Stepwell yet; it is ignored",
        "4:32: `kv_namespaces` is not supported by Stepwell yet; env.CACHE is a placeholder whose first use fails",
        "5:20: `ai` is not supported by Stepwell yet; env.AI is a placeholder whose first use fails",
        "6:40: `queues` is not supported by Stepwell yet; env.Q is a placeholder whose first use fails",
        "6:62: `queues.consumers` is not supported by Stepwell yet; no message reaches the Worker",
        "7:33: `dev.generate_types` is not supported by Stepwell yet; run `wrangler types` yourself",
        "7:57: Unexpected fields found in dev field: \"nonsense\"",
        "8:1: `exports` is not supported by Stepwell yet; declare Workflows in `workflows` and Durable Objects in `durable_objects` and `migrations`",
        "9:1: Unexpected fields found in top-level field: \"workflow\"; did you mean \"workflows\"?",
        "10:19: `wasm_modules` is not supported by Stepwell yet; env.W is a placeholder whose first use fails",
        "11:15: `triggers.events` is not supported by Stepwell yet; no Workflow is started by them",
        "12:48: `services[0].remote` is not supported by stepwell dev: everything runs on this machine; the local Worker is called",
        "12:64: `services[0].environment` is not supported by stepwell dev: an environment is a Worker of its own, named in `service` (NAME-ENVIRONMENT); it is ignored",
        "12:84: Unexpected fields found in services[0] field: \"extra\"",
        "13:1: In your wrangler.jsonc file, you have configured `durable_objects` exported by this Worker (Own), but no `migrations` for them. This may not work as expected until you add a `migrations` section to your wrangler.jsonc file. Here they get SQLite storage. Add the following configuration: \"migrations\": [{ \"tag\": \"v1\", \"new_sqlite_classes\": [\"Own\"] }]",
    ];
    assert_eq!(
        project.warnings(),
        expected.map(|text| format!("wrangler.jsonc:{text}"))
    );
    let config = project.config();
    let bindings: Vec<(&str, &str)> = config
        .unsupported_bindings
        .iter()
        .map(|found| (found.name.as_str(), found.kind.as_str()))
        .collect();
    let expected = [
        ("CACHE", "kv_namespaces"),
        ("AI", "ai"),
        ("Q", "queues"),
        ("W", "wasm_modules"),
    ];
    assert_eq!(bindings, expected);
    // What is in other Workers stays what it is: whether they run is not known here.
    assert_eq!(config.workflows[0].script_name.as_deref(), Some("other"));
    assert_eq!(config.durable_objects[0].script_name.as_deref(), Some("other"));
    assert_eq!(config.services[0].service, "s");
}

#[test]
fn all_errors_are_printed_with_their_lines() {
    let project = jsonc("{\n  \"name\": 5,\n  \"main\": \"gone.js\"\n}");
    let text = project.load().unwrap_err().to_string();
    assert!(text.contains("2 |   \"name\": 5,\n  |           ^"), "{text}");
    assert!(text.contains("\n\nerror: The entry-point file"), "{text}");
    assert!(
        text.contains("the path is relative to the configuration file"),
        "{text}"
    );
}

/// Whatever is in the file, there is an answer: every prefix, and every file with a piece missing.
#[test]
fn nothing_makes_it_panic() {
    let project = Project::new(&[("src/index.ts", CODE)]);
    for (name, full) in [("wrangler.json", FULL_JSONC), ("wrangler.toml", FULL_TOML)] {
        let path = project.path().join(name);
        for at in (0..full.len()).step_by(11) {
            for length in [1, 7, full.len()] {
                let end = (at + length).min(full.len());
                project.write(name, [&full.as_bytes()[..at], &full.as_bytes()[end..]].concat());
                if let Err(error) = load(&project.path(), Some(&path)) {
                    assert!(
                        error.diagnostics().iter().all(|found| found.place.is_some()),
                        "{error}"
                    );
                    assert!(!error.to_string().is_empty());
                }
            }
        }
    }
}
