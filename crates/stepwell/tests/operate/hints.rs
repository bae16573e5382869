//! What is said when something is wrong, and what helps.

use super::served::{Server, text};
use super::{Said, stepwell};
use serde_json::{Value, json};
use stepwell_e2e::wait::eventually;
use stepwell_e2e::{ADMIN_TOKEN, Project};

const CODE: &str = r#"
import { WorkflowEntrypoint } from "cloudflare:workers";
export class Orders extends WorkflowEntrypoint {
  async run(event, step) {
    if (event.payload.sleeps) await step.sleep("a while", event.payload.sleeps);
    await step.do("charge", { retries: { limit: 1, delay: 1 } }, async () => {
      if (event.payload.fails) throw new TypeError("no luck");
    });
  }
}
export default { fetch() { return new Response("hello"); } };
"#;

const CONFIG: &str = r#"{
  "name": "shop", "main": "index.js", "compatibility_date": "2026-04-01",
  "workflows": [{ "name": "orders", "binding": "ORDERS", "class_name": "Orders" }]
}"#;

fn deployed() -> Server {
    let server = Server::start();
    let files = [("wrangler.json", CONFIG), ("index.js", CODE)];
    let project = Project::of_files(env!("CARGO_BIN_EXE_stepwell"), &files);
    server.run(&["deploy", text(&project.path(""))]).ok();
    server
}

fn at(url: &str, arguments: &[&str]) -> Said {
    let environment = [
        ("CLOUDFLARE_API_BASE_URL", url),
        ("CLOUDFLARE_API_TOKEN", ADMIN_TOKEN),
    ];
    stepwell(arguments, &environment)
}

#[test]
fn the_address_of_a_server() {
    let server = Server::start();
    let whole = server.served.api_url();
    let origin = whole.strip_suffix("/client/v4").expect("it is the API's");
    for url in [whole.as_str(), origin, &format!("{origin}/")] {
        assert_eq!(
            at(url, &["workflows", "list", "--json"]).json(),
            json!([]),
            "{url}"
        );
    }
    let https = origin.replace("http://", "https://");
    let failed = at(&https, &["workflows", "list"]).failed();
    assert!(
        failed.contains("speaks http, not https") && failed.contains(origin),
        "{failed}"
    );
    let failed = at("localhost:8788", &["workflows", "list"]).failed();
    assert!(failed.contains("begins with http:// or https://"), "{failed}");
    let failed = at("http://127.0.0.1:1", &["workflows", "list"]).failed();
    assert!(
        failed.contains("http://127.0.0.1:1/client/v4") && failed.contains("`stepwell serve` starts one"),
        "{failed}"
    );
    // The token is data, told once: not in the log too.
    assert!(!server.served.log().text().contains(ADMIN_TOKEN));
}

#[test]
fn what_is_missing_is_told_without_what_the_environment_gives() {
    let said = at("http://127.0.0.1:1", &["why"]);
    assert_eq!(said.code, Some(2));
    assert!(
        said.stderr
            .contains("Usage: stepwell why [OPTIONS] <WORKFLOW> <ID>"),
        "{}",
        said.stderr
    );
    let said = at(
        "http://127.0.0.1:1",
        &["workflows", "instances", "pause", "--nonsense"],
    );
    assert!(
        said.stderr
            .contains("Usage: stepwell workflows instances pause [OPTIONS] <WORKFLOW> <ID>"),
        "{}",
        said.stderr
    );
}

#[test]
fn why_an_instance_has_failed_and_why_one_is_not_moved() {
    let server = deployed();
    for (id, params) in [("fails", r#"{"fails":true}"#), ("works", "{}")] {
        server
            .run(&["workflows", "trigger", "orders", params, "--id", id])
            .ok();
    }
    for (id, status) in [("fails", "errored"), ("works", "complete")] {
        eventually("its end", || {
            let why = server.run(&["why", "orders", id, "--json"]).json();
            (why["status"] == status).then_some(())
        });
    }
    let why = server.run(&["why", "orders", "fails"]).ok();
    assert!(
        why.contains("TypeError: no luck") && why.contains("charge-1, after 2 attempts"),
        "{why}"
    );
    let why = server.run(&["why", "orders", "fails", "--json"]).json();
    assert_eq!(why["error"], json!({ "name": "TypeError", "message": "no luck" }));
    assert_eq!(why["failed_step"], json!({ "name": "charge-1", "attempts": 2 }));
    let migrate = [
        "workflows",
        "instances",
        "migrate",
        "orders",
        "works",
        "nobody",
        "fails",
    ];
    let said = server.run(&migrate);
    assert_eq!(said.code, Some(1));
    let expected = "  - works: it has ended: complete\n  - nobody: there is no such instance\n  - fails: it has ended: errored\n";
    assert!(said.stderr.contains(expected), "{}", said.stderr);
}

#[test]
fn who_asks_for_json_gets_errors_as_json() {
    let server = Server::start();
    let said = server.run(&["workflows", "describe", "nothing", "--json"]);
    assert_eq!((said.code, said.stderr.as_str()), (Some(1), ""));
    let error: Value = serde_json::from_str(&said.stdout).expect("JSON");
    let expected = json!({ "error": {
        "message": "workflows.api.error.workflow.not_found [code: 10200]",
        "hint": "see which there are: stepwell workflows list",
        "code": 10200,
    } });
    assert_eq!(error, expected);
}

#[test]
fn what_is_watched_is_shown_again_when_it_has_changed() {
    let server = deployed();
    let trigger = [
        "workflows",
        "trigger",
        "orders",
        r#"{"sleeps":"3 seconds"}"#,
        "--id",
        "o1",
    ];
    server.run(&trigger).ok();
    let watch = ["workflows", "instances", "describe", "orders", "o1", "--watch"];
    let shown = server.run(&watch).ok();
    let pictures: Vec<&str> = shown
        .lines()
        .filter_map(|line| line.strip_prefix("Status:"))
        .map(str::trim)
        .collect();
    let waiting = pictures.iter().filter(|status| status.contains("Waiting"));
    assert_eq!(waiting.count(), 1, "{shown}");
    assert!(
        pictures.last().is_some_and(|last| last.contains("Completed")),
        "{shown}"
    );
}

#[test]
fn a_file_of_options_says_where_it_is_wrong() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("stepwell.toml");
    std::fs::write(&file, "# the heap\nheap_mb = 5\n").expect("it can be written");
    let file = file.to_str().expect("text");
    let failed = stepwell(&["serve", "--config", file], &[]).failed();
    let expected = format!("error: {file}:2: heap_mb = \"5\": 5 is not in 64..=4294967295");
    assert!(failed.contains(&expected), "{failed}");
    let said = stepwell(&["serve", "--listen", "example.com:80"], &[]);
    assert!(said.stderr.contains("localhost:8787"), "{}", said.stderr);
}
