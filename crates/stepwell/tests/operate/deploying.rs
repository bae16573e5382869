//! What `stepwell deploy` does beside the upload, as `wrangler deploy` does it for the same configuration.

use super::served::{Server, text};
use super::stepwell;
use serde_json::{Value, json};
use stepwell_e2e::Project;

const CODE: &str = r#"
import { WorkflowEntrypoint } from "cloudflare:workers";
export class Orders extends WorkflowEntrypoint { async run() { return 1; } }
export default { fetch() { return new Response("hello"); }, queue() {}, scheduled() {} };
"#;

/// A Worker of this name that has the Workflow `orders`, and what else its configuration says.
fn project(name: &str, more: &Value) -> Project {
    let mut config = json!({
        "name": name, "main": "index.js", "compatibility_date": "2026-04-01",
        "workflows": [{ "name": "orders", "binding": "ORDERS", "class_name": "Orders" }],
    });
    if let (Some(config), Some(more)) = (config.as_object_mut(), more.as_object()) {
        config.extend(more.clone());
    }
    Project::of_files(
        env!("CARGO_BIN_EXE_stepwell"),
        &[("wrangler.json", &config.to_string()), ("index.js", CODE)],
    )
}

#[test]
fn routes_queues_and_schedules_are_registered() {
    let server = Server::start();
    let more = json!({
        "queues": {
            "producers": [{ "binding": "JOBS", "queue": "jobs" }, { "binding": "MY_MAIL" }],
            "consumers": [{ "queue": "jobs", "max_batch_size": 5, "max_batch_timeout": 2, "dead_letter_queue": "dead" }],
        },
        "routes": ["shop.example.com/*", { "pattern": "shop.example.org", "custom_domain": true }],
        "triggers": { "crons": ["*/5 * * * *"] },
    });
    let shop = project("shop", &more);
    let directory = shop.path("");
    let directory = text(&directory);
    for _ in 0..2 {
        let said = server.run(&["deploy", directory]);
        assert!(
            said.stderr
                .contains("warning: crons are stored; they do not fire yet"),
            "{}",
            said.stderr
        );
        let said = said.ok();
        let targets: Vec<&str> = said.lines().filter(|line| line.starts_with("  ")).collect();
        let expected = [
            "  shop.example.com/*",
            "  shop.example.org (custom domain)",
            "  schedule: */5 * * * *",
            "  Producer for jobs",
            "  Producer for shop-my-mail",
            "  Consumer for jobs",
            "  workflow: orders",
        ];
        assert_eq!(targets, expected);
        let queues = server.served.call("GET", "/queues", None).json();
        let names: Vec<&Value> = queues["result"].as_array().into_iter().flatten().collect();
        let jobs = names
            .iter()
            .find(|queue| queue["queue_name"] == "jobs")
            .expect("it was made");
        let consumers = jobs["consumers"].as_array().expect("a list");
        assert_eq!(consumers.len(), 1, "{jobs}");
        assert_eq!(
            consumers[0]["settings"],
            json!({ "batch_size": 5, "max_wait_time_ms": 2000 })
        );
        assert_eq!(consumers[0]["dead_letter_queue"], "dead");
        assert_eq!(names.len(), 2, "{queues}");
    }
    for host in ["shop.example.com", "shop.example.org"] {
        let answer = server.served.workers().get_with("/", &[("host", host)]);
        assert_eq!(answer.expect("it answers").text, "hello", "{host}");
    }
    // What the configuration does not name is kept, as with wrangler.
    shop.write("wrangler.json", &project_text(&json!({})));
    server.run(&["deploy", directory]).ok();
    let schedules = server
        .served
        .call("GET", "/workers/scripts/shop/schedules", None)
        .json();
    assert_eq!(schedules["result"]["schedules"][0]["cron"], "*/5 * * * *");
    // A queue that is read and that nobody makes.
    let more = json!({ "queues": { "consumers": [{ "queue": "nowhere" }] } });
    let wrong = project("wrong", &more);
    let failed = server.run(&["deploy", text(&wrong.path(""))]).failed();
    assert!(failed.contains("Queue \"nowhere\" does not exist"), "{failed}");
    let worker = server.served.call("GET", "/workers/services/wrong", None);
    assert_eq!(worker.status, 404, "nothing was uploaded");
}

fn project_text(more: &Value) -> String {
    let project = project("shop", more);
    std::fs::read_to_string(project.path("wrangler.json")).expect("it was written")
}

#[test]
fn what_belongs_to_another_worker_is_said() {
    let server = Server::start();
    let routes = json!({ "routes": ["shop.example.com/*"] });
    let shop = project("shop", &routes);
    server.run(&["deploy", text(&shop.path(""))]).ok();

    let other = project("other", &json!({}));
    let other = other.path("");
    let refused = server.run(&["deploy", text(&other), "--strict"]).failed();
    assert!(
        refused.contains("  - \"orders\" (currently belongs to \"shop\")")
            && refused.contains("Deploying will reassign these workflows to \"other\".")
            && refused.contains("remove the `--strict` flag"),
        "{refused}"
    );
    assert_eq!(
        server.served.call("GET", "/workers/services/other", None).status,
        404,
        "nothing was uploaded"
    );
    let taken = server.run(&["deploy", text(&other)]);
    assert!(
        taken.stderr.contains("belong to different workers"),
        "{}",
        taken.stderr
    );
    taken.ok();
    let workflow = server.run(&["workflows", "describe", "orders", "--json"]).json();
    assert_eq!(workflow["script_name"], "other");

    let third = project("third", &routes);
    let refused = server.run(&["deploy", text(&third.path(""))]).failed();
    assert!(
        refused.contains("Can't deploy routes that are assigned to another worker.")
            && refused.contains("\"shop\" is already assigned to routes:\n  - shop.example.com/*"),
        "{refused}"
    );
    let answer = server
        .served
        .workers()
        .get_with("/", &[("host", "shop.example.com")]);
    assert_eq!(answer.expect("it answers").status, 200);
}

#[test]
fn an_environment_that_is_not_there_stops_a_deploy_where_there_are_others() {
    let server = Server::start();
    let shop = project("shop", &json!({ "env": { "staging": {} } }));
    let failed = server
        .run(&["deploy", text(&shop.path("")), "-e", "stagin"])
        .failed();
    assert!(
        failed.contains("No environment found in configuration with name \"stagin\".")
            && failed.contains("[\"staging\"]"),
        "{failed}"
    );
    assert_eq!(
        server.run(&["workflows", "list", "--json"]).json(),
        json!([]),
        "nothing was deployed"
    );
}

#[test]
fn outside_of_a_project_the_hint_is_about_deploying() {
    let nowhere = tempfile::tempdir().expect("a directory");
    let directory = nowhere.path().to_str().expect("text");
    let failed = stepwell(&["deploy", directory], &[]).failed();
    assert!(
        failed.contains("no wrangler configuration") && failed.contains("`stepwell deploy DIR`"),
        "{failed}"
    );
}
